using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.Threading.Channels;

using Microsoft.Extensions.Caching.Memory;

using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Tests.Signals.State;

public class CollectionReaderTests
{
    public static TheoryData<string, object, string> Filled()
    {
        int[] seven = [1, 2, 3, 4, 5, 6, 7];
        string[] words = [.. seven.Select(i => "w" + i)];
        var gapped = seven.Append(8).Append(9).ToDictionary(i => i);
        gapped.Remove(2);
        gapped.Remove(9);
        var gappedSet = new HashSet<string>([.. words, "more"]);
        gappedSet.Remove("more");
        var bag = new ConcurrentBag<int>([.. seven, 8]);
        bag.TryTake(out _);
        var drained = new ConcurrentQueue<int>(Enumerable.Range(0, 1000));
        while (drained.Count > 7)
            drained.TryDequeue(out _);
        var channel = Channel.CreateUnbounded<int>();
        var cache = new MemoryCache(new MemoryCacheOptions());
        foreach (var i in seven)
        {
            channel.Writer.TryWrite(i);
            cache.Set(i < 4 ? (object)i : "key" + i, i);
        }

        return new TheoryData<string, object, string>
        {
            { "Dictionary", gapped, "Dictionary" },
            { "HashSet", gappedSet, "HashSet" },
            { "List", seven.ToList(), "List" },
            { "List of words", words.ToList(), "List" },
            { "Queue", new Queue<int>(seven), "Queue" },
            { "Stack", new Stack<string>(words), "Stack" },
            { "LinkedList", new LinkedList<int>(seven), "LinkedList" },
            { "SortedDictionary", new SortedDictionary<int, int>(seven.ToDictionary(i => i)), "SortedDictionary" },
            { "SortedSet", new SortedSet<int>(seven), "SortedSet" },
            { "SortedList", new SortedList<int, int>(seven.ToDictionary(i => i)), "SortedList" },
            { "PriorityQueue", new PriorityQueue<int, int>(seven.Select(i => (i, i))), "PriorityQueue" },
            { "OrderedDictionary", new OrderedDictionary<int, int>(seven.ToDictionary(i => i)), "OrderedDictionary" },
            { "Hashtable", new Hashtable(seven.ToDictionary(i => i)), "Hashtable" },
            { "ArrayList", new ArrayList(seven), "ArrayList" },
            { "old Queue", new Queue(seven), "Queue" },
            { "old Stack", new Stack(seven), "Stack" },
            { "old SortedList", new SortedList(seven.ToDictionary(i => i)), "SortedList" },
            { "NameValueCollection", Named(words), "NameValueCollection" },
            { "ConcurrentDictionary", new ConcurrentDictionary<int, int>(seven.ToDictionary(i => i)), "ConcurrentDictionary" },
            { "ConcurrentQueue", drained, "ConcurrentQueue" },
            { "ConcurrentStack", new ConcurrentStack<int>(seven), "ConcurrentStack" },
            { "ConcurrentBag", bag, "ConcurrentBag" },
            { "ImmutableDictionary", seven.ToImmutableDictionary(i => i), "ImmutableDictionary" },
            { "ImmutableHashSet", seven.ToImmutableHashSet(), "ImmutableHashSet" },
            { "ImmutableList", seven.ToImmutableList(), "ImmutableList" },
            { "ImmutableSortedDictionary", seven.ToImmutableSortedDictionary(i => i, i => i), "ImmutableSortedDictionary" },
            { "ImmutableSortedSet", seven.ToImmutableSortedSet(), "ImmutableSortedSet" },
            { "ImmutableArray", seven.ToImmutableArray(), "Array" },
            { "array", seven, "Array" },
            { "MemoryCache", cache, "MemoryCache" },
            { "Collection", new Collection<int>([.. seven]), "List" },
            { "ObservableCollection", new ObservableCollection<string>(words), "List" },
            { "ReadOnlyCollection", words.ToList().AsReadOnly(), "List" },
            { "ReadOnlyDictionary", gapped.AsReadOnly(), "Dictionary" },
            { "BlockingCollection", new BlockingCollection<int>(new ConcurrentQueue<int>(seven)), "ConcurrentQueue" },
            { "unbounded channel", channel, "ConcurrentQueue" },
            { "Lazy", Made(new Lazy<List<int>>([.. seven])), "List" },
            { "Task", Task.FromResult(new List<int>(seven)), "List" },
            { "derived", new Own(seven), "Dictionary" },
        };
    }

    [Theory]
    [MemberData(nameof(Filled), DisableDiscoveryEnumeration = true)]
    public void Counts_seven(string _, object collection, string kind)
    {
        var walked = new WalkRecorder().Run(new Holder(collection));

        var found = Assert.Single(walked.Counts);
        Assert.Equal("root.Held", found.Key);
        Assert.Equal(7, found.Value);
        Assert.Equal(kind, walked.Kinds[found.Key]);
        Assert.Empty(walked.Plans.Unreadable);
        Assert.Equal(0, walked.Walk.Unreadable);
    }

    [Fact]
    public void Counts_an_empty_one_of_every_kind()
    {
        object[] empty =
        [
            new Dictionary<int, int>(), new List<int>(), new HashSet<int>(), new ConcurrentDictionary<int, int>(), new ConcurrentQueue<int>(),
            new ConcurrentStack<int>(), new ConcurrentBag<int>(), ImmutableDictionary<int, int>.Empty, ImmutableList<int>.Empty,
            ImmutableSortedSet<int>.Empty, ImmutableArray<int>.Empty, new SortedDictionary<int, int>(), new NameValueCollection(),
            new MemoryCache(new MemoryCacheOptions()),
        ];

        var walked = new WalkRecorder().Run(new Holder(empty));

        Assert.Equal(0, walked.Walk.Unreadable);
        Assert.All(walked.Counts.Where(c => walked.Kinds[c.Key] != "Array" || c.Value != empty.Length), c => Assert.Equal(0, c.Value));
    }

    [Fact]
    public void An_uninitialised_immutable_array_is_nothing()
    {
        Assert.Empty(new WalkRecorder().Run(new Holder(default(ImmutableArray<int>))).Counts);
    }

    [Fact]
    public void The_version_of_an_unsafe_collection_changes_with_it()
    {
        var list = new List<int> { 1 };
        var reader = CollectionReader.Create(CollectionKind.Of(typeof(List<>))!, typeof(List<int>))!;
        var before = reader.Version(list);

        list[0] = 2;

        Assert.NotEqual(before, reader.Version(list));
        Assert.Equal(1, reader.Count(list));
    }

    private static NameValueCollection Named(string[] words)
    {
        var named = new NameValueCollection();
        foreach (var word in words)
            named.Add(word, word);
        return named;
    }

    private static Lazy<T> Made<T>(Lazy<T> lazy)
    {
        _ = lazy.Value;
        return lazy;
    }

    private sealed class Holder(object held)
    {
        public object Held { get; } = held;
    }

    private sealed class Own(IEnumerable<int> entries) : Dictionary<int, int>(entries.Select(e => KeyValuePair.Create(e, e)));
}
