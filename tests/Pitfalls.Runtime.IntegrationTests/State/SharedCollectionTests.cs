#pragma warning disable CA1051, CA1812, CA1852, CA2211, CA2008, CS4014, IDE0044 // code as people write it

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.State;

/// <summary>PIT2003 through a real host: who changes a shared collection without a lock, and who may.</summary>
[Collection(StaticsCollection.Name)]
public class SharedCollectionTests
{
    private const string Here = "Pitfalls.Runtime.IntegrationTests.State.SharedCollectionTests.";

    [Fact]
    public async Task Flags_the_dictionary_of_every_beginners_app()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/{i}", (int i) => Beginner.Users[i] = "user"));

        await app.ServeAsync(3, 3, "/{i}");

        var finding = await app.FindAsync("PIT2003", Here + "Beginner.Users");
        Assert.NotNull(finding);
        Assert.StartsWith(
            $"{Here}Beginner.Users (Dictionary<int, string>) is shared by all requests and changed by SharedCollectionTests.Flags_the_dictionary_of_every_beginners_app+lambda in SharedCollectionTests.cs:line ",
            finding.Message, StringComparison.Ordinal);
        Assert.EndsWith(" without a lock, and a Dictionary is not made for two threads.", finding.Message, StringComparison.Ordinal);
        Assert.Equal("SharedCollectionTests.cs", finding.Location?.File);
        Assert.Equal("code", finding.Evidence["seenIn"]);
    }

    [Fact]
    public async Task Flags_every_kind_of_collection_from_everywhere()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.UseMiddleware<Counting>();
                a.MapControllers();
                a.MapGet("/add/{i}", async (int i, Registry registry, IStore store) =>
                {
                    registry.Add(i);
                    await registry.AddLaterAsync(i);
                    registry.AddInPool(i).Wait();
                    store.Put(i);
                    return "";
                });
            },
            s =>
            {
                s.AddSingleton<Registry>();
                s.AddSingleton<IStore, Store>();
                s.AddControllers().AddApplicationPart(typeof(SharedCollectionTests).Assembly);
            });

        await app.ServeAsync(3, 2, "/add/{i}", "/unlocked/{i}");

        string[] expected =
        [
            "Counting.s_paths", "Registry._list", "Registry._set", "Registry._queue", "Registry._stack", "Registry._sorted", "Registry._linked", "Registry._priorities",
            "Registry._table", "Registry._afterAwait", "Registry._inPool", "Registry._property", "Registry._someLocked", "Registry._inReaderLock", "Store._items",
        ];
        var found = (await app.FindingsAsync()).Where(f => f.RuleId == "PIT2003").Select(f => (string)f.Evidence["field"])
            .Where(f => f.StartsWith(Here, StringComparison.Ordinal) && !f.Contains("Beginner", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Assert.Equal(expected.Select(e => Here + e).Order(StringComparer.Ordinal), found);
        Assert.NotNull(await app.FindAsync("PIT2003", "Pitfalls.Runtime.IntegrationTests.State.UnlockedController.s_seen"));
        var some = await app.FindAsync("PIT2003", Here + "Registry._someLocked");
        Assert.DoesNotContain("AddLocked", (string)some!.Evidence["writers"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task StaysSilent_on_writers_inside_a_lock()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/{i}", async (int i, Locked locked) =>
            {
                await locked.AddAsync(i);
                return "";
            }),
            s => s.AddSingleton<Locked>());

        await app.ServeAsync(4, 2, "/{i}");

        await AssertSilentAsync(app);
    }

    [Fact]
    public async Task StaysSilent_on_what_requests_do_not_change()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                StartUp.Fill();
                a.MapGet("/{i}", async (int i, Scoped scoped, Consumer consumer, Actor actor, Swapped swapped, OncePerApp once, Worker worker) =>
                {
                    scoped.Add(i);
                    swapped.Add(i);
                    await consumer.AddAsync(i);
                    await actor.TellAsync(i);
                    await worker.WaitAsync();
                    Safe.Add(i);
                    return once.Of(i) + StartUp.Countries.Count;
                });
            },
            s =>
            {
                s.AddScoped<Scoped>();
                s.AddSingleton<Swapped>();
                s.AddSingleton<Actor>();
                s.AddSingleton<OncePerApp>();
                s.AddSingleton<Consumer>();
                s.AddHostedService(p => p.GetRequiredService<Consumer>());
                s.AddSingleton<Worker>();
                s.AddHostedService(p => p.GetRequiredService<Worker>());
            });

        await app.ServeAsync(4, 3, "/{i}");

        await AssertSilentAsync(app);
    }

    [Fact]
    public async Task StaysSilent_where_it_is_allowed()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/{i}", (int i) =>
        {
            Allowed.OnField.Add(i);
            Allowed.AddWhereAllowed(i);
            return "";
        }));

        await app.ServeAsync(4, 2, "/{i}");

        await AssertSilentAsync(app, "Allowed");
    }

    [Theory]
    [InlineData("/each", "Enumerated", "Each")]
    [InlineData("/async", "EnumeratedAsync", "EachAsync")]
    [InlineData("/linq", "Queried", "Query")]
    [InlineData("/sorted", "Sorted", "EachSorted")]
    [InlineData("/joined", "Joined", "Join")]
    public async Task Flags_the_runtimes_own_proof_with_its_request(string path, string field, string method)
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.MapGet("/each", Faulty.Each);
                a.MapGet("/async", Faulty.EachAsync);
                a.MapGet("/linq", Faulty.Query);
                a.MapGet("/sorted", Faulty.EachSorted);
                a.MapGet("/joined", Faulty.Join);
            });
        await app.SampleAsync();

        Assert.Equal("caught", await app.Client.GetStringAsync(path));

        var finding = await app.ExpectAsync("PIT2003", where: f => (string)f.Evidence["field"] == $"{Here}Faulty.{field}");
        Assert.Equal("exception", finding.Evidence["seenIn"]);
        Assert.Equal(["GET " + path], finding.Routes);
        Assert.Equal($"{Here}Faulty.{method}", finding.Location?.Function);
        Assert.Contains("was changed while it was being read: the runtime threw InvalidOperationException in Faulty." + method, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/each", "Enumerated")]
    [InlineData("/query", "Filled")]
    public async Task Flags_the_proof_in_optimised_code(string path, string field)
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            a.MapGet("/each", ReleaseApp.Collections.Each);
            a.MapGet("/query", ReleaseApp.Collections.Query);
        });
        await app.SampleAsync();

        Assert.Equal("caught", await app.Client.GetStringAsync(path));

        var finding = await app.ExpectAsync("PIT2003", where: f => (string)f.Evidence["field"] == "Pitfalls.Runtime.ReleaseApp.Collections." + field);
        Assert.Equal("Collections.cs", finding.Location?.File);
    }

    [Fact]
    public async Task Flags_a_dictionary_that_two_threads_have_torn()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/", () => Torn.Break()));
        await app.SampleAsync();

        Assert.Equal("caught", await app.Client.GetStringAsync("/"));

        var finding = await app.ExpectAsync("PIT2003", where: f => (string)f.Evidence["field"] == Here + "Torn.Map");
        Assert.Contains("was changed by two threads at once and is damaged", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StaysSilent_on_the_same_exceptions_of_what_is_not_shared()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/", (OwnList own) =>
            {
                try
                {
                    List<int> local = [1, 2, 3];
                    foreach (var i in local)
                        local.Add(i);
                }
                catch (InvalidOperationException)
                {
                }

                try
                {
                    throw new InvalidOperationException("Collection was modified; enumeration operation may not execute.");
                }
                catch (InvalidOperationException)
                {
                    return own.Break() + Safe.List.Count;
                }
            }),
            s => s.AddScoped<OwnList>());

        await app.ServeAsync(4, 1, "/");

        await AssertSilentAsync(app);
    }

    private static async Task AssertSilentAsync(TestApp app, string? only = null)
    {
        // Statics of other tests live in the same process.
        var findings = (await app.FindingsAsync()).Where(f =>
            f.RuleId == "PIT2003"
            && (string)f.Evidence["field"] is var field
            && (only is not null ? field.StartsWith(Here + only, StringComparison.Ordinal) : !field.Contains("Faulty.", StringComparison.Ordinal) && !field.Contains("Torn.", StringComparison.Ordinal)));
        Assert.Empty(findings.Select(f => f.Message));
    }

    private static class Beginner
    {
        public static readonly Dictionary<int, string> Users = [];
    }

    private sealed class Counting(RequestDelegate next)
    {
        private static readonly Dictionary<string, int> s_paths = [];

        public Task InvokeAsync(HttpContext context)
        {
            s_paths[context.Request.Path] = 1;
            return next(context);
        }
    }

    private interface IStore
    {
        void Put(int i);
    }

    private sealed class Store : IStore
    {
        private readonly List<int> _items = [];

        public void Put(int i) => _items.Add(i);
    }

    private sealed class Registry
    {
        private readonly List<int> _list = [];
        private readonly HashSet<int> _set = [];
        private readonly Queue<int> _queue = new();
        private readonly Stack<int> _stack = new();
        private readonly SortedDictionary<int, int> _sorted = [];
        private readonly LinkedList<int> _linked = new();
        private readonly PriorityQueue<int, int> _priorities = new();
        private readonly System.Collections.Hashtable _table = [];
        private readonly List<int> _afterAwait = [];
        private readonly List<int> _inPool = [];
        private readonly List<int> _someLocked = [];
        private readonly List<int> _inReaderLock = [];
        private readonly ReaderWriterLockSlim _readers = new();

        private List<int> _property { get; } = [];

        public void Add(int i)
        {
            // Something comes and something goes: the number stays the same.
            _list.Add(i);
            if (_list.Count > 1)
                _list.RemoveAt(0);
            _set.Add(i);
            _queue.Enqueue(i);
            _stack.Push(i);
            _sorted[i] = i;
            _linked.AddLast(i);
            _priorities.Enqueue(i, i);
            _table[i] = i;
            _property.Add(i);
            AddLocked(i);
            _someLocked.Remove(i - 1);
            _readers.EnterReadLock();
            _inReaderLock.Add(i);
            _readers.ExitReadLock();
        }

        public async Task AddLaterAsync(int i)
        {
            await Task.Yield();
            _afterAwait.Add(i);
        }

        public Task AddInPool(int i)
        {
            lock (_readers)
                return Task.Run(() => _inPool.Add(i));
        }

        private void AddLocked(int i)
        {
            lock (_someLocked)
                _someLocked.Add(i);
        }
    }

    private sealed class Locked
    {
        private readonly Lock _gate = new();
        private readonly SemaphoreSlim _one = new(1);
        private readonly ReaderWriterLockSlim _readers = new();
        private readonly Mutex _mutex = new();
        private readonly List<int> _inLock = [];
        private readonly List<int> _inNewLock = [];
        private readonly List<int> _inMonitor = [];
        private readonly List<int> _inSemaphore = [];
        private readonly List<int> _inWriterLock = [];
        private readonly List<int> _inMutex = [];
        private readonly List<int> _oneCallAway = [];
        private readonly List<int> _synchronized = [];
        private readonly List<int> _inSpinGate = [];
        private int _spin;

        public async Task AddAsync(int i)
        {
            lock (_inLock)
                _inLock.Add(i);
            lock (_gate)
            {
                _inNewLock.Add(i);
                AddUnderLock(i);
            }

            var taken = false;
            try
            {
                Monitor.TryEnter(_inMonitor, ref taken);
                if (taken)
                    _inMonitor.Add(i);
            }
            finally
            {
                if (taken)
                    Monitor.Exit(_inMonitor);
            }

            await _one.WaitAsync();
            try
            {
                await Task.Yield();
                _inSemaphore.Add(i);
            }
            finally
            {
                _one.Release();
            }

            _readers.EnterWriteLock();
            try
            {
                _inWriterLock.Add(i);
            }
            finally
            {
                _readers.ExitWriteLock();
            }

            _mutex.WaitOne();
            _inMutex.Add(i);
            _mutex.ReleaseMutex();
            AddSynchronized(i);
            AddInSpinGate(i);
        }

        private void AddUnderLock(int i) => _oneCallAway.Add(i);

        [MethodImpl(MethodImplOptions.Synchronized)]
        private void AddSynchronized(int i) => _synchronized.Add(i);

        private void AddInSpinGate(int i)
        {
            if (Interlocked.CompareExchange(ref _spin, 1, 0) != 0)
                return;
            _inSpinGate.Add(i);
            Interlocked.Exchange(ref _spin, 0);
        }
    }

    private static class StartUp
    {
        public static readonly Dictionary<string, string> Countries = [];

        public static void Fill()
        {
            for (var i = 0; i < 300; i++)
                Countries[$"c{i}"] = "";
        }
    }

    private sealed class Scoped
    {
        private readonly List<int> _seen = [];

        public void Add(int i) => _seen.Add(i);
    }

    /// <summary>The first request fills it, and no other changes it.</summary>
    private sealed class OncePerApp
    {
        private readonly Dictionary<int, int> _squares = [];

        public int Of(int i)
        {
            if (_squares.Count == 0)
            {
                for (var n = 0; n < 100; n++)
                    _squares[n] = n * n;
            }

            return _squares[i % 100];
        }
    }

    /// <summary>Every writer makes a list of its own and puts it in the place of the other.</summary>
    private sealed class Swapped
    {
        private volatile List<int> _current = [];

        public void Add(int i)
        {
            var copy = new List<int>(_current) { i };
            _current = copy;
        }
    }

    /// <summary>Requests put into a channel; one loop changes the list.</summary>
    private sealed class Consumer : BackgroundService
    {
        private readonly Channel<(int, TaskCompletionSource)> _work = Channel.CreateUnbounded<(int, TaskCompletionSource)>();
        private readonly List<int> _done = [];

        public async Task AddAsync(int i)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _work.Writer.WriteAsync((i, done));
            await done.Task;
        }

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (var (i, done) in _work.Reader.ReadAllAsync(stoppingToken))
            {
                Take(i);
                done.SetResult();
            }
        }

        private void Take(int i) => _done.Add(i);
    }

    /// <summary>The same without a hosted service: the object begins its own loop.</summary>
    private sealed class Actor
    {
        private readonly Channel<(int, TaskCompletionSource)> _mail = Channel.CreateUnbounded<(int, TaskCompletionSource)>();
        private readonly Dictionary<int, int> _state = [];

        public Actor() => _ = Task.Run(RunAsync);

        public async Task TellAsync(int i)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _mail.Writer.WriteAsync((i, done));
            await done.Task;
        }

        private async Task RunAsync()
        {
            await foreach (var (i, done) in _mail.Reader.ReadAllAsync())
            {
                _state[i] = i;
                done.SetResult();
            }
        }
    }

    /// <summary>A timer's handler and a loop of a pool task that the host began.</summary>
    private sealed class Worker : IHostedService
    {
        private readonly List<int> _ticks = [];
        private readonly List<int> _turns = [];
        private readonly SemaphoreSlim _ticked = new(0);
        private readonly System.Timers.Timer _timer = new(1) { AutoReset = true };
        private bool _stop;

        public Task WaitAsync() => _ticked.WaitAsync();

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _timer.Elapsed += (_, _) => _ticks.Add(1);
            _timer.Start();
            Task.Factory.StartNew(Loop, TaskCreationOptions.LongRunning);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            _stop = true;
            _timer.Dispose();
            return Task.CompletedTask;
        }

        private void Loop()
        {
            for (; !_stop; _ticked.Release())
            {
                _turns.Add(1);
                Thread.Sleep(1);
            }
        }
    }

    private static class Safe
    {
        public static readonly List<int> List = [];
        private static readonly ConcurrentDictionary<int, int> s_map = new();
        private static readonly ConcurrentQueue<int> s_queue = new();
        private static ImmutableList<int> s_immutable = [];

        public static void Add(int i)
        {
            s_map[i] = i;
            s_queue.Enqueue(i);
            ImmutableInterlocked.Update(ref s_immutable, l => l.Add(i));
        }
    }

    private static class Allowed
    {
        [AllowPitfall("PIT2003", "one client at a time, by contract")]
        public static readonly List<int> OnField = [];

        private static readonly List<int> s_onMethod = [];

        [AllowPitfall("UnsynchronizedSharedCollection", "one client at a time, by contract")]
        public static void AddWhereAllowed(int i) => s_onMethod.Add(i);
    }

    /// <summary>One thread makes the runtime notice what two threads would.</summary>
    private static class Faulty
    {
        public static readonly List<int> Enumerated = [1, 2, 3];
        public static readonly List<int> EnumeratedAsync = [1, 2, 3];
        public static readonly List<string> Joined = ["1", "2", "3"];
        public static readonly SortedSet<int> Sorted = [1, 2, 3];
        public static readonly Dictionary<int, int> Queried = new() { [1] = 1, [2] = 2 };

        public static string Each()
        {
            try
            {
                foreach (var i in Enumerated)
                    Enumerated.Add(i);
                return "";
            }
            catch (InvalidOperationException)
            {
                return "caught";
            }
        }

        public static async Task<string> EachAsync()
        {
            try
            {
                foreach (var i in EnumeratedAsync)
                {
                    await Task.Yield();
                    EnumeratedAsync.Add(i);
                }

                return "";
            }
            catch (InvalidOperationException)
            {
                return "caught";
            }
        }

        public static string Query()
        {
            try
            {
                return Queried.Where(p => Queried.TryAdd(p.Key + 100, 1)).Select(p => p.Key).ToArray().Length + "";
            }
            catch (InvalidOperationException)
            {
                return "caught";
            }
        }

        public static string EachSorted()
        {
            try
            {
                foreach (var i in Sorted)
                    Sorted.Add(i + 100);
                return "";
            }
            catch (InvalidOperationException)
            {
                return "caught";
            }
        }

        public static string Join()
        {
            try
            {
                return string.Join(',', Joined.Where(Grows));
            }
            catch (InvalidOperationException)
            {
                return "caught";
            }
        }

        private static bool Grows(string text)
        {
            Joined.Add(text);
            return true;
        }
    }

    private static class Torn
    {
        public static readonly Dictionary<int, int> Map = new() { [1] = 1, [2] = 2 };

        /// <summary>What two threads do to it by chance, done on purpose: a chain of entries that leads back to itself.</summary>
        public static string Break()
        {
            const System.Reflection.BindingFlags Own = System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic;
            var entries = (Array)typeof(Dictionary<int, int>).GetField("_entries", Own)!.GetValue(Map)!;
            for (var i = 0; i < entries.Length; i++)
            {
                var entry = entries.GetValue(i)!;
                entry.GetType().GetField("next")!.SetValue(entry, i);
                entries.SetValue(entry, i);
            }

            try
            {
                for (var i = 100; i < 200; i++)
                    Map.TryAdd(i, i);
                return "";
            }
            catch (InvalidOperationException)
            {
                return "caught";
            }
        }
    }

    private sealed class OwnList
    {
        private readonly List<int> _items = [1, 2];

        public string Break()
        {
            try
            {
                foreach (var i in _items)
                    _items.Remove(i);
            }
            catch (InvalidOperationException)
            {
                return "caught";
            }

            return "";
        }
    }
}

[ApiController]
public sealed class UnlockedController : ControllerBase
{
    private static readonly List<int> s_seen = [];

    [HttpGet("/unlocked/{id}")]
    public string Get(int id)
    {
        s_seen.Add(id);
        return "";
    }
}
