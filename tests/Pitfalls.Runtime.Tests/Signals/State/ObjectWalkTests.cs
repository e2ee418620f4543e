using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Microsoft.AspNetCore.Http;

using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Tests.Signals.State;

public class ObjectWalkTests
{
    [Fact]
    public void Names_the_way_as_its_author_would()
    {
        var walked = new WalkRecorder().Run(new Shop());

        Assert.Equal(2, walked.Counts["root.Customers"]);
        Assert.Equal(1, walked.Counts["root._lazy._orders"]);
        Assert.Equal(3, walked.Counts["root.numbers"]);
        Assert.Equal(1, walked.Counts["root._pair._orders"]);
        Assert.Equal("<Customers>k__BackingField", walked.Fields["root.Customers"]);
        Assert.Equal("_orders", walked.Fields["root._lazy._orders"]);
    }

    [Fact]
    public void Ends_at_depth_four()
    {
        var chain = new Link { Items = [0] };
        for (var i = 0; i < 6; i++)
            chain = new Link { Next = chain, Items = [i] };

        var walked = new WalkRecorder().Run(chain);

        Assert.Equal(
            ["root.Items", "root.Next.Items", "root.Next.Next.Items", "root.Next.Next.Next.Items"],
            walked.Counts.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Finds_everything_on_its_shortest_way_and_once()
    {
        var shared = new Link { Items = [1] };
        var deep = new Link { Next = new Link { Next = shared } };

        var walked = new WalkRecorder().Run(deep, shared);

        Assert.Equal(["root1.Items"], walked.Counts.Keys);
    }

    [Fact]
    public void Tells_the_other_ways_to_a_collection()
    {
        List<int> items = [1];

        var walked = new WalkRecorder().Run(new Link { Items = items }, new Link { Items = items });

        Assert.Equal(["root0.Items"], walked.Counts.Keys);
        Assert.Equal(["root1.Items"], walked.Others);
    }

    [Fact]
    public void The_same_way_has_the_same_number_in_every_walk()
    {
        var walk = new WalkRecorder();
        var root = new Link { Next = new Link { Items = [1] }, Items = [1] };
        var first = walk.Run(root).Paths.ToDictionary();
        root.Next = new Link { Items = [1, 2] };

        Assert.Equal(first, walk.Run(root).Paths);
        Assert.Equal(2, first.Values.Distinct().Count());
    }

    [Fact]
    public void Follows_a_few_elements_and_never_those_of_a_large_collection()
    {
        var few = new Link { Others = [.. Links(16)], Listed = [.. Links(3)] };
        var many = new Link { Others = [.. Links(17)], Listed = [.. Links(17)] };

        var shorter = new WalkRecorder().Run(few);
        var longer = new WalkRecorder().Run(many);

        Assert.Equal(16, shorter.All.Count(c => c.Path == "root.Others.Items"));
        Assert.Equal(3, shorter.All.Count(c => c.Path == "root.Listed.Items"));
        Assert.Equal(shorter.All.Count, shorter.All.Select(c => c.Id).Distinct().Count());
        Assert.DoesNotContain(longer.All, c => c.Path.EndsWith(".Items", StringComparison.Ordinal));
        Assert.Equal(17, longer.Counts["root.Others"]);

        static IEnumerable<Link> Links(int count) => Enumerable.Range(0, count).Select(_ => new Link { Items = [1] });
    }

    [Fact]
    public void Stays_out_of_other_libraries()
    {
        var walked = new WalkRecorder().Run(new Request { Context = new DefaultHttpContext { Items = { ["k"] = "v" } } });

        Assert.Empty(walked.Counts);
        Assert.Equal([("root.Context", HeldKind.HttpContext)], walked.HeldThings);
        Assert.Equal(2, walked.Walk.Objects);
    }

    [Fact]
    public void Ends_at_its_bound()
    {
        var wide = new Wide { Links = new Link[ObjectWalk.MaxElements][] };
        var walk = new WalkRecorder();

        // 16 × 16 × 16 × 16 nodes are below the bound, so many roots are what goes over it.
        walk.Run(Enumerable.Range(0, ObjectWalk.MaxObjects + 10).Select(i => (new WalkRoot(RootKind.Static, "r", i, null, typeof(Link)), (object)new Link())));

        Assert.True(walk.Walk.IsCut);
        Assert.False(walk.Run(wide).Walk.IsCut);
    }

    [Fact]
    public void Keeps_nothing_alive()
    {
        var walk = new WalkRecorder();
        var walked = Walked(walk);

        for (var i = 0; i < 10 && walked.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(walked.IsAlive);
        Assert.Equal(1, walk.Counts["root.Items"]);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Walked(WalkRecorder walk)
        {
            var link = new Link { Items = [1], Next = new Link() };
            walk.Run(link);
            return new WeakReference(link);
        }
    }

    [Fact]
    public void Skips_and_counts_what_cannot_be_read()
    {
        // A field of a type whose assembly is not there: as after trimming, or with a file left out.
        var missing = new PersistedAssemblyBuilder(new AssemblyName("Missing"), typeof(object).Assembly);
        var gone = missing.DefineDynamicModule("Missing").DefineType("Gone", TypeAttributes.Public);
        gone.CreateType();
        var made = new PersistedAssemblyBuilder(new AssemblyName("Trimmed"), typeof(object).Assembly);
        var module = made.DefineDynamicModule("Trimmed");
        var broken = module.DefineType("Broken", TypeAttributes.Public);
        broken.DefineField("Lost", gone, FieldAttributes.Public);
        broken.DefineDefaultConstructor(MethodAttributes.Public);
        broken.CreateType();
        var statics = module.DefineType("BrokenStatics", TypeAttributes.Public);
        statics.DefineField("Lost", gone, FieldAttributes.Public | FieldAttributes.Static);
        statics.CreateType();
        using var image = new MemoryStream();
        made.Save(image);
        var trimmed = Assembly.Load(image.ToArray());
        var code = new UserCode(["Trimmed", typeof(ObjectWalkTests).Assembly.GetName().Name!], null, null);
        var plans = new TypePlans(code);
        var roots = new StaticRoots(code, plans, InitializedTypes.TryCreate(out _)!);

        Assert.NotNull(roots.Read().ToList());
        var walked = new WalkRecorder(plans).Run(new Link { Items = [1], Anything = RuntimeHelpers.GetUninitializedObject(trimmed.GetType("Broken")!) });

        Assert.True(roots.Unreadable > 0, "the static field was not counted");
        Assert.Contains("Broken", plans.Unreadable.Keys);
        Assert.Equal(1, walked.Counts["root.Items"]);
    }

    /// <summary>The promise "never runs the app's code": every way an object has of running code when it is looked at is a trap here.</summary>
    [Fact]
    public void No_trap_goes_off()
    {
        var holder = new Holder
        {
            Any = new Trap(),
            Comparer = new Dictionary<Trap, Trap>(new TrapComparer()),
            Own = new TrapDictionary(),
            Lazy = new Lazy<List<int>>(() => throw Tripwire.Trip("Lazy factory")),
            Task = new Task<List<int>>(() => throw Tripwire.Trip("task body")),
            Castable = new TrapCastable(),
            Listed = [new Trap(), new TrapCastable()],
            Concurrent = new ConcurrentDictionary<Trap, Trap>(new TrapComparer()),
        };
        Tripwire.IsArmed = false;
        for (var i = 0; i < 50; i++)
        {
            holder.Comparer[new Trap()] = new Trap();
            holder.Concurrent[new Trap()] = new Trap();
            holder.Own[i] = i;
        }

        Tripwire.IsArmed = true;
        var statics = new StaticRoots(WalkRecorder.ThisAssembly, new TypePlans(WalkRecorder.ThisAssembly), InitializedTypes.TryCreate(out _)!);
        var read = statics.Read().Select(r => r.Root.Name).ToList();
        var walked = new WalkRecorder().Run(holder);

        Assert.Empty(Tripwire.Tripped);
        Assert.Equal(50, walked.Counts["root.Own"]);
        Assert.Equal(50, walked.Counts["root.Comparer"]);
        Assert.Equal(50, walked.Counts["root.Concurrent"]);
        Assert.Equal(1, walked.Counts["root.Any._inside"]);
        Assert.DoesNotContain(read, name => name.Contains(nameof(TrapStatics), StringComparison.Ordinal));
        Assert.True(statics.Types > 0);

        // The counter-proof: the wire is live.
        Assert.Throws<InvalidOperationException>(() => holder.Any.ToString());
        Assert.Contains("ToString", Tripwire.Tripped);
        Tripwire.Tripped.Clear();
    }

    /// <summary>Writers on every kind of collection while it is walked: nothing throws, no count is impossible.</summary>
    [Fact]
    public async Task Writers_at_work_do_no_harm()
    {
        const int Max = 2000;
        var busy = new Busy();
        using var stop = new CancellationTokenSource();
        var writers = busy.Writers(Max, stop.Token).Select(w => Task.Factory.StartNew(w, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        var walk = new WalkRecorder();
        var seen = new HashSet<string>();
        var highest = 0L;

        for (var i = 0; i < 150; i++)
        {
            walk.Run(busy);
            foreach (var (path, count) in walk.Counts)
            {
                Assert.True(count is >= 0 and <= Max + 2, $"{path} is said to have {count} entries");
                highest = Math.Max(highest, count);
                seen.Add(path);
            }
        }

        stop.Cancel();
        await Task.WhenAll(writers);
        Assert.Equal(0, walk.Walk.Unreadable);
        Assert.Equal(25, seen.Count);
        Assert.True(highest > 100, $"the writers were not at work: {highest}");
    }

    private static class Tripwire
    {
        public static bool IsArmed { get; set; }

        public static ConcurrentQueue<string> Tripped { get; } = new();

        public static InvalidOperationException Trip(string what)
        {
            if (IsArmed)
                Tripped.Enqueue(what);
            return new InvalidOperationException(what);
        }
    }

    [AttributeUsage(AttributeTargets.All)]
    private sealed class TrapAttribute : Attribute
    {
        public TrapAttribute() => throw Tripwire.Trip("attribute");
    }

    [Trap]
    private static class TrapStatics
    {
        [Trap]
        public static readonly Dictionary<int, int> Cache;

        static TrapStatics()
        {
            Cache = [];
            Tripwire.Trip("static constructor");
        }

        public static List<int> Computed => throw Tripwire.Trip("static getter");
    }

    [Trap]
    private class Trap : IEnumerable<int>, IReadOnlyCollection<int>, IConvertible, IDisposable, IComparable
    {
        [Trap]
        private readonly List<int> _inside = [1];

        public List<int> Property => throw Tripwire.Trip("getter");

        public int Count => throw Tripwire.Trip("Count");

        public object this[int index] => throw Tripwire.Trip("indexer " + index + _inside);

        public override string ToString() => throw Tripwire.Trip("ToString");

        public override bool Equals(object? obj) => throw Tripwire.Trip("Equals");

        // Dictionaries need it when the trap is laid.
        public override int GetHashCode() => Tripwire.IsArmed ? throw Tripwire.Trip("GetHashCode") : 7;

        public IEnumerator<int> GetEnumerator() => throw Tripwire.Trip("GetEnumerator");

        IEnumerator IEnumerable.GetEnumerator() => throw Tripwire.Trip("IEnumerable.GetEnumerator");

        public void Dispose() => throw Tripwire.Trip("Dispose");

        public int CompareTo(object? obj) => throw Tripwire.Trip("CompareTo");

        public TypeCode GetTypeCode() => throw Tripwire.Trip("GetTypeCode");

        public bool ToBoolean(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public byte ToByte(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public char ToChar(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public DateTime ToDateTime(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public decimal ToDecimal(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public double ToDouble(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public short ToInt16(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public int ToInt32(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public long ToInt64(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public sbyte ToSByte(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public float ToSingle(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public string ToString(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public object ToType(Type conversionType, IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public ushort ToUInt16(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public uint ToUInt32(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");

        public ulong ToUInt64(IFormatProvider? provider) => throw Tripwire.Trip("IConvertible");
    }

    private sealed class TrapComparer : IEqualityComparer<Trap>
    {
        public bool Equals(Trap? x, Trap? y) => Tripwire.IsArmed ? throw Tripwire.Trip("comparer") : ReferenceEquals(x, y);

        public int GetHashCode(Trap obj) => Tripwire.IsArmed ? throw Tripwire.Trip("comparer") : RuntimeHelpers.GetHashCode(obj);
    }

    private sealed class TrapDictionary : Dictionary<int, int>, ICollection, IReadOnlyCollection<KeyValuePair<int, int>>
    {
        public new int Count => throw Tripwire.Trip("own Count");

        int ICollection.Count => throw Tripwire.Trip("own ICollection.Count");

        int IReadOnlyCollection<KeyValuePair<int, int>>.Count => throw Tripwire.Trip("own IReadOnlyCollection.Count");

        IEnumerator IEnumerable.GetEnumerator() => throw Tripwire.Trip("own GetEnumerator");
    }

    /// <summary>An object that is asked, by every cast to an interface, whether it is one.</summary>
    private sealed class TrapCastable : IDynamicInterfaceCastable
    {
        public RuntimeTypeHandle GetInterfaceImplementation(RuntimeTypeHandle interfaceType) => throw Tripwire.Trip("GetInterfaceImplementation");

        public bool IsInterfaceImplemented(RuntimeTypeHandle interfaceType, bool throwIfNotImplemented) => throw Tripwire.Trip("IsInterfaceImplemented");
    }

    private sealed class Holder
    {
        public object? Any;
        public Dictionary<Trap, Trap> Comparer = [];
        public TrapDictionary Own = [];
        public Lazy<List<int>>? Lazy;
        public Task<List<int>>? Task;
        public object? Castable;
        public List<object>? Listed;
        public ConcurrentDictionary<Trap, Trap> Concurrent = new();
    }

    private sealed class Request
    {
        public HttpContext? Context;
    }

    private sealed class Shop(params int[] numbers)
    {
        private readonly Lazy<Orders> _lazy = Made(new Lazy<Orders>(() => new Orders()));
        private readonly (int, Orders) _pair = (1, new Orders());

        public Shop()
            : this(1, 2, 3)
        {
        }

        public Dictionary<string, int> Customers { get; } = new() { ["a"] = 1, ["b"] = 2 };

        public int Sum => numbers.Length + (_lazy.IsValueCreated ? 1 : 0) + _pair.Item1;

        private static Lazy<T> Made<T>(Lazy<T> lazy)
        {
            _ = lazy.Value;
            return lazy;
        }
    }

    private sealed class Orders
    {
        private readonly List<int> _orders = [1];

        public int Count => _orders.Count;
    }

    private sealed class Link
    {
        public Link? Next;
        public object? Anything;
        public List<int>? Items;
        public Link[]? Others;
        public List<Link>? Listed;
    }

    private sealed class Wide
    {
        public Link[][]? Links;
    }

    private sealed class Busy
    {
        public readonly Dictionary<int, int> Dictionary = [];
        public readonly List<int> List = [];
        public readonly HashSet<int> Set = [];
        public readonly Queue<int> Queue = new();
        public readonly SortedDictionary<int, int> Sorted = [];
        public readonly LinkedList<int> Linked = new();
        public readonly ConcurrentDictionary<int, int> Concurrent = new();
        public readonly ConcurrentQueue<int> ConcurrentQueue = new();
        public readonly ConcurrentStack<int> ConcurrentStack = new();
        public readonly ConcurrentBag<int> Bag = [];
        public System.Collections.Immutable.ImmutableDictionary<int, int> Immutable = System.Collections.Immutable.ImmutableDictionary<int, int>.Empty;
        public readonly Stack<int> Stack = new();
        public readonly SortedSet<int> SortedSet = [];
        public readonly SortedList<int, int> SortedList = [];
        public readonly PriorityQueue<int, int> Priorities = new();
        public readonly OrderedDictionary<int, int> Ordered = [];
        public readonly System.Collections.Hashtable Table = [];
        public readonly System.Collections.ArrayList Old = [];
        public readonly System.Collections.Specialized.NameValueCollection Named = [];
        public readonly System.Collections.ObjectModel.Collection<int> Wrapped = [];
        public readonly System.Threading.Channels.Channel<int> Channel = System.Threading.Channels.Channel.CreateUnbounded<int>();
        public readonly Microsoft.Extensions.Caching.Memory.MemoryCache Cache = new(new Microsoft.Extensions.Caching.Memory.MemoryCacheOptions());
        public System.Collections.Immutable.ImmutableList<int> ImmutableList = [];
        public System.Collections.Immutable.ImmutableSortedSet<int> ImmutableSorted = [];
        public int[] Array = [];

        /// <summary>One writer a collection, so that only the walk looks on from outside: they fill it, and empty it again.</summary>
        public IEnumerable<Action> Writers(int max, CancellationToken stop)
        {
            yield return () => Loop(i => Dictionary[i] = i, i => Dictionary.Remove(i), Dictionary.Clear);
            yield return () => Loop(List.Add, _ => List.RemoveAt(List.Count - 1), List.Clear);
            yield return () => Loop(i => Set.Add(i), i => Set.Remove(i), Set.Clear);
            yield return () => Loop(Queue.Enqueue, _ => Queue.Dequeue(), Queue.Clear);
            yield return () => Loop(i => Sorted[i] = i, i => Sorted.Remove(i), Sorted.Clear);
            yield return () => Loop(i => Linked.AddLast(i), _ => Linked.RemoveLast(), Linked.Clear);
            yield return () => Loop(i => Concurrent[i] = i, i => Concurrent.TryRemove(i, out _), Concurrent.Clear);
            yield return () => Loop(ConcurrentQueue.Enqueue, _ => ConcurrentQueue.TryDequeue(out _), ConcurrentQueue.Clear);
            yield return () => Loop(ConcurrentStack.Push, _ => ConcurrentStack.TryPop(out _), ConcurrentStack.Clear);
            yield return () => Loop(Bag.Add, _ => Bag.TryTake(out _), Bag.Clear);
            yield return () => Loop(i => Immutable = Immutable.SetItem(i, i), i => Immutable = Immutable.Remove(i), () => Immutable = Immutable.Clear());
            yield return () => Loop(i => Array = new int[i], i => Array = new int[i], () => Array = []);
            yield return () => Loop(Stack.Push, _ => Stack.Pop(), Stack.Clear);
            yield return () => Loop(i => SortedSet.Add(i), i => SortedSet.Remove(i), SortedSet.Clear);
            yield return () => Loop(i => SortedList[i] = i, i => SortedList.Remove(i), SortedList.Clear);
            yield return () => Loop(i => Priorities.Enqueue(i, i), _ => Priorities.Dequeue(), Priorities.Clear);
            yield return () => Loop(i => Ordered[i] = i, i => Ordered.Remove(i), Ordered.Clear);
            yield return () => Loop(i => Table[i] = i, i => Table.Remove(i), Table.Clear);
            yield return () => Loop(i => Old.Add(i), _ => Old.RemoveAt(Old.Count - 1), Old.Clear);
            yield return () => Loop(i => Named.Add(i.ToString(), ""), i => Named.Remove(i.ToString()), Named.Clear);
            yield return () => Loop(Wrapped.Add, _ => Wrapped.RemoveAt(Wrapped.Count - 1), Wrapped.Clear);
            yield return () => Loop(i => Channel.Writer.TryWrite(i), _ => Channel.Reader.TryRead(out int _), () => Drain(Channel.Reader));
            yield return () => Loop(i => Cache.CreateEntry(i).Dispose(), i => Cache.Remove(i), Cache.Clear);
            yield return () => Loop(i => ImmutableList = ImmutableList.Add(i), _ => ImmutableList = ImmutableList.RemoveAt(ImmutableList.Count - 1), () => ImmutableList = []);
            yield return () => Loop(i => ImmutableSorted = ImmutableSorted.Add(i), i => ImmutableSorted = ImmutableSorted.Remove(i), () => ImmutableSorted = []);

            static void Drain(System.Threading.Channels.ChannelReader<int> reader)
            {
                while (reader.TryRead(out _))
                {
                }
            }

            void Loop(Action<int> add, Action<int> remove, Action clear)
            {
                while (!stop.IsCancellationRequested)
                {
                    for (var i = 0; i < max; i++)
                        add(i);
                    for (var i = max - 1; i >= max / 2; i--)
                        remove(i);
                    clear();
                }
            }
        }
    }
}
