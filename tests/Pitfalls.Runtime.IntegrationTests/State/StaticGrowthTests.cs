#pragma warning disable CA1859 // the field is meant to be an interface

using System.Collections.Concurrent;
using System.Collections.Immutable;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.State;

/// <summary>PIT2001 through a real host: every collection a static field can lead to, from every place user code runs in.</summary>
[Collection(StaticsCollection.Name)]
public class StaticGrowthTests
{
    private const string Here = "Pitfalls.Runtime.IntegrationTests.State.StaticGrowthTests.";

    [Fact]
    public async Task Flags_the_cache_of_every_beginners_app()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/users/{id}", UserOf));

        await app.ServeAsync(6, 25, "/users/{i}");

        var finding = await app.FindAsync("PIT2001", Here + "Beginner.Users");
        Assert.NotNull(finding);
        Assert.Equal(Here + "UserOf", finding.Location?.Function);
        Assert.Equal("StaticGrowthTests.cs", finding.Location?.File);
        Assert.Equal(LineOf("Beginner.Users.Add(id, user)"), finding.Location?.Line);
        Assert.Equal(1.0, finding.Evidence["entriesPerRequest"]);
        Assert.Equal("int", finding.Evidence["keyType"]);
        Assert.Equal("User", finding.Evidence["valueType"]);
        Assert.Contains("grew from 25 to 150 entries in 5 samples, 1.0 per request, and never shrank; StaticGrowthTests.UserOf in StaticGrowthTests.cs:line ", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_every_kind_of_collection_wherever_it_hides()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/add/{i}", (int i) =>
        {
            // Ten keys a request, so that few requests make a leak.
            foreach (var key in Enumerable.Range(i * 10, 10))
                Kinds.AddTo(key);
            return "";
        }));

        await app.ServeAsync(6, 2, "/add/{i}");

        string[] expected =
        [
            "Concurrent", "Set", "Words", "Queue", "Stack", "Bag", "ConcurrentQueue", "Sorted", "Linked", "Immutable", "ImmutableWords", "Lazy", "s_plainField",
            "Property", "Instance._numbers", "Instance.Inner.Deep.Numbers", "Interface", "Tasked", "Array", "Own",
        ];
        var found = (await app.FindingsAsync()).Where(f => f.RuleId == "PIT2001").Select(f => (string)f.Evidence["field"]).Where(f => f.StartsWith(Here + "Kinds.", StringComparison.Ordinal));
        Assert.Equal(expected.Select(e => Here + "Kinds." + e).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        Assert.All((await app.FindingsAsync()).Where(f => f.RuleId == "PIT2001" && f.Evidence["field"].ToString()!.Contains("Kinds.", StringComparison.Ordinal)), f =>
        {
            Assert.Equal("StaticGrowthTests.cs", f.Location?.File);
            Assert.EndsWith(".AddTo", f.Location?.Function.Replace("Registry.Add", "Registry.AddTo", StringComparison.Ordinal), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Flags_a_controllers_and_a_middlewares_static_and_a_generic_types()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.UseMiddleware<CountingMiddleware>();
                a.MapControllers();
            },
            s => s.AddControllers().AddApplicationPart(typeof(StaticGrowthTests).Assembly));

        await app.ServeAsync(6, 20, "/growing/{i}");

        Assert.Equal("Pitfalls.Runtime.IntegrationTests.State.GrowingController.Get", (await app.FindAsync("PIT2001", "Pitfalls.Runtime.IntegrationTests.State.GrowingController.s_seen"))?.Location?.Function);
        Assert.Equal(Here + "CountingMiddleware.InvokeAsync", (await app.FindAsync("PIT2001", Here + "CountingMiddleware.s_paths"))?.Location?.Function);
        Assert.Equal(Here + "Store<T>.Put", (await app.FindAsync("PIT2001", Here + "Store<T>.s_items"))?.Location?.Function);
    }

    [Fact]
    public async Task StaysSilent_on_what_does_not_leak()
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            Silent.FillAtStart();
            a.MapGet("/{i}", (int i) =>
            {
                Silent.Tenant(i);
                Silent.Toggle(i);
                Silent.Drain(i);
                Silent.Recent(i);
                return Silent.Countries.Count;
            });
        });

        await app.ServeAsync(8, 200, "/{i}");

        Assert.Equal(500, Silent.Tenants.Count);
        var findings = (await app.FindingsAsync()).Where(f => f.Evidence.GetValueOrDefault("field") is string field && field.StartsWith(Here + "Silent.", StringComparison.Ordinal));
        Assert.Empty(findings);
    }

    [Fact]
    public async Task StaysSilent_where_it_is_allowed()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/{i}", (int i) =>
        {
            Allowed.OnField[i] = i;
            Allowed.OnProperty[i] = i;
            AllowedType.Cache[i] = i;
            return "";
        }));

        await app.ServeAsync(6, 25, "/{i}");

        Assert.DoesNotContain(await app.FindingsAsync(), f => f.Evidence.GetValueOrDefault("field") is string field && field.StartsWith(Here + "Allowed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_type_nobody_has_touched_stays_untouched()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/", () => ""));

        await app.ServeAsync(2, 1, "/");

        Assert.False(Touch.WasTouched);
    }

    [Fact]
    public async Task The_clock_alone_is_enough()
    {
        // Nobody asks for a sample here: the interval set in configuration does it.
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/{i}", (int i) => ClockOnly.Seen.TryAdd(i, i)),
            settings: [new("Pitfalls:Rules:PIT2001:SampleInterval", "50 ms")]);
        using var stop = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
                await app.Client.GetStringAsync($"/{i}");
        });

        var finding = await app.ExpectAsync("PIT2001", where: f => (string)f.Evidence["field"] == Here + "ClockOnly.Seen");
        stop.Cancel();
        await load;

        Assert.Equal("ConcurrentDictionary", finding.Evidence["kind"]);
    }

    private static User UserOf(int id)
    {
        if (Beginner.Users.TryGetValue(id, out var user))
            return user;
        user = new User("User " + id);
        Beginner.Users.Add(id, user);
        return user;
    }

    private static int LineOf(string code, [System.Runtime.CompilerServices.CallerFilePath] string file = "") =>
        File.ReadLines(file).Index().First(l => l.Item.TrimStart().StartsWith(code, StringComparison.Ordinal)).Index + 1;

    private sealed record User(string Name);

    private static class Beginner
    {
        public static readonly Dictionary<int, User> Users = [];
    }

    private static class Kinds
    {
        private static readonly HashSet<int> s_plainField = [];

        public static readonly ConcurrentDictionary<int, string> Concurrent = new();
        public static readonly HashSet<int> Set = [];
        public static readonly List<string> Words = [];
        public static readonly Queue<int> Queue = new();
        public static readonly Stack<int> Stack = new();
        public static readonly ConcurrentBag<int> Bag = [];
        public static readonly ConcurrentQueue<int> ConcurrentQueue = new();
        public static readonly SortedDictionary<int, int> Sorted = [];
        public static readonly LinkedList<int> Linked = new();
        public static readonly Lazy<Dictionary<int, int>> Lazy = new(() => []);
        public static readonly Registry Instance = new();
        public static readonly IDictionary<int, int> Interface = new Dictionary<int, int>();
        public static readonly Task<List<int>> Tasked = Task.FromResult(new List<int>());
        public static readonly OwnList Own = [];
        public static ImmutableDictionary<int, int> Immutable = ImmutableDictionary<int, int>.Empty;
        public static ImmutableList<int> ImmutableWords = [];
        public static int[] Array = [];

        public static List<int> Property { get; } = [];

        public static void AddTo(int key)
        {
            Concurrent.TryAdd(key, "");
            Set.Add(key);
            Words.Add("");
            Queue.Enqueue(key);
            Stack.Push(key);
            Bag.Add(key);
            ConcurrentQueue.Enqueue(key);
            Sorted[key] = key;
            Linked.AddLast(key);
            Lazy.Value[key] = key;
            Interface.Add(key, key);
            Tasked.Result.Add(key);
            Own.Add(key);
            s_plainField.Add(key);
            Property.Add(key);
            Immutable = Immutable.Add(key, key);
            ImmutableWords = ImmutableWords.Add(key);
            System.Array.Resize(ref Array, Array.Length + 1);
            Instance.Add(key);
        }
    }

    private sealed class OwnList : List<int>;

    private sealed class Registry
    {
        private readonly List<int> _numbers = [];

        public Inner Inner { get; } = new();

        public void Add(int key)
        {
            _numbers.Add(key);
            Inner.Deep.Numbers.Add(key);
        }
    }

    private sealed class Inner
    {
        public Deep Deep { get; } = new();
    }

    private sealed class Deep
    {
        public List<int> Numbers { get; } = [];
    }

    private sealed class CountingMiddleware(Microsoft.AspNetCore.Http.RequestDelegate next)
    {
        private static readonly ConcurrentDictionary<string, int> s_paths = new();

        public Task InvokeAsync(Microsoft.AspNetCore.Http.HttpContext context)
        {
            s_paths.AddOrUpdate(context.Request.Path.Value!, 1, (_, n) => n + 1);
            return next(context);
        }
    }

    internal static class Store<T>
    {
        private static readonly ConcurrentQueue<int> s_items = new();

        public static void Put(int item) => s_items.Enqueue(item);
    }

    private static class Silent
    {
        private static readonly Queue<int> s_recent = new();
        private static readonly ConcurrentQueue<int> s_work = new();
        private static readonly Dictionary<int, int> s_toggled = [];

        public static Dictionary<string, string> Countries { get; } = [];

        public static ConcurrentDictionary<int, string> Tenants { get; } = new();

        public static void FillAtStart()
        {
            for (var i = 0; i < 5000; i++)
                Countries[$"c{i}"] = "";
        }

        public static void Tenant(int request) => Tenants.GetOrAdd(request % 500, "");

        public static void Toggle(int request)
        {
            lock (s_toggled)
            {
                if (request % 300 == 299)
                    s_toggled.Clear();
                s_toggled[request] = request;
            }
        }

        public static void Drain(int request)
        {
            s_work.Enqueue(request);
            if (s_work.Count > 150)
            {
                while (s_work.TryDequeue(out _))
                {
                }
            }
        }

        public static void Recent(int request)
        {
            lock (s_recent)
            {
                s_recent.Enqueue(request);
                if (s_recent.Count > 200)
                    s_recent.Dequeue();
            }
        }
    }

    private static class Allowed
    {
        [AllowPitfall("PIT2001", "as many as there are orders in a day")]
        public static readonly ConcurrentDictionary<int, int> OnField = new();

        [AllowPitfall("UnboundedStaticCollection", "as many as there are orders in a day")]
        public static ConcurrentDictionary<int, int> OnProperty { get; } = new();
    }

    [AllowPitfall("PIT2001", "as many as there are orders in a day")]
    private static class AllowedType
    {
        public static readonly ConcurrentDictionary<int, int> Cache = new();
    }

    private static class ClockOnly
    {
        public static readonly ConcurrentDictionary<int, int> Seen = new();
    }

    private static class Touch
    {
        public static bool WasTouched { get; set; }
    }

    private static class Untouched
    {
        public static readonly List<int> Values;

        static Untouched()
        {
            Touch.WasTouched = true;
            Values = [1];
        }
    }
}

[ApiController]
public sealed class GrowingController : ControllerBase
{
    private static readonly Dictionary<int, string> s_seen = [];

    [HttpGet("/growing/{id}")]
    public async Task<string> Get(int id)
    {
        await Task.Yield();
        lock (s_seen)
            s_seen[id] = "";
        StaticGrowthTests.Store<string>.Put(id);
        return "";
    }
}
