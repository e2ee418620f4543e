using System.Reflection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Code;
using Pitfalls.Runtime.Symbols;
using Pitfalls.Runtime.Tests.Signals.Code.Fixtures;
using Pitfalls.Runtime.Tests.Signals.State;

namespace Pitfalls.Runtime.Tests.Signals.Code;

public sealed class CodeBookTests : IClassFixture<CodeBookTests.Book>
{
    private readonly CodeBook _book;

    public CodeBookTests(Book book) => _book = book.Value;

    [Theory]
    [InlineData(nameof(Writers.Plain), "Writers.AddPlain in Fixture.cs:line 101")]
    [InlineData(nameof(Writers.Ternary), "Writers.AddTernary in Fixture.cs:line 103")]
    [InlineData(nameof(Writers.Conditional), "Writers.AddConditional in Fixture.cs:line 105")]
    [InlineData(nameof(Writers.ThroughLocal), "Writers.AddThroughLocal in Fixture.cs:line 111")]
    [InlineData(nameof(Writers.ThroughProperty), "Writers.AddThroughProperty in Fixture.cs:line 114")]
    [InlineData(nameof(Writers.ThroughAsync), "Writers.AddThroughAsync in Fixture.cs:line 119")]
    public void Names_the_line_that_adds(string field, string place) => Assert.Equal([place], Changes<Writers>(field).Select(c => c.Short));

    [Theory]
    [InlineData(nameof(Writers.AfterAwait), "AddAfterAwait")]
    [InlineData(nameof(Writers.ThroughLambda), "AddThroughLambda+lambda")]
    [InlineData(nameof(Writers.ThroughLocalFunction), "AddThroughLocalFunction+Add")]
    [InlineData(nameof(Writers.ThroughParameter), "AddThroughParameter")]
    [InlineData(nameof(Writers.ThroughAsyncParameter), "AddThroughAsyncParameter")]
    [InlineData(nameof(Writers.InLazy), "AddInLazy")]
    [InlineData(nameof(Writers.Concurrent), "AddConcurrent")]
    [InlineData(nameof(Writers.Immutable), "AddImmutable")]
    [InlineData(nameof(Writers.Interlocked), "AddInterlocked")]
    [InlineData(nameof(Writers.Resized), "AddResized")]
    [InlineData(nameof(Writers.ByReference), "AddByReference")]
    [InlineData(nameof(Writers.Interface), "AddInterface")]
    [InlineData(nameof(Writers.InSwitch), "AddInSwitch")]
    [InlineData(nameof(Writers.InCatch), "AddInCatch")]
    public void Finds_the_method_that_adds(string field, string method)
    {
        var place = Assert.Single(Changes<Writers>(field));
        Assert.True(place.Adds);
        Assert.EndsWith("Writers." + method, place.Location.Function, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(Writers.OnlyRead))]
    [InlineData(nameof(Writers.Nested))]
    [InlineData(nameof(Writers.CopiedOnWrite))]
    public void Does_not_take_reading_for_writing(string field) => Assert.Empty(Changes<Writers>(field));

    [Fact]
    public void Tells_removing_from_adding() => Assert.False(Assert.Single(Changes<Writers>(nameof(Writers.Removed))).Adds);

    [Fact]
    public void Tells_the_constructor_of_the_object_from_later() =>
        Assert.Equal([("Writers", true), ("AddOwn", false)], Changes<Writers>("_own").Select(c => (c.Location.Function.Split('.')[^1], c.IsConstruction)));

    [Fact]
    public void Finds_who_fills_a_memory_cache()
    {
        Assert.EndsWith("Writers.AddCached", Assert.Single(Changes<Writers>("_cache")).Location.Function, StringComparison.Ordinal);
        Assert.Contains(_book.MemoryCacheChanges(), c => c.Location.Function.EndsWith("Writers.AddCached", StringComparison.Ordinal));
    }

    [Fact]
    public void Finds_the_writer_of_a_generic_type() =>
        Assert.EndsWith("GenericWriter<T>.Add", Assert.Single(Changes<GenericWriter<string>>("Items")).Location.Function, StringComparison.Ordinal);

    [Theory]
    [InlineData(nameof(Locks.InLock))]
    [InlineData(nameof(Locks.InNewLock))]
    [InlineData(nameof(Locks.InMonitor))]
    [InlineData(nameof(Locks.InWriterLock))]
    [InlineData(nameof(Locks.InSemaphore))]
    [InlineData(nameof(Locks.InAwaitedSemaphore))]
    [InlineData(nameof(Locks.InSynchronized))]
    [InlineData(nameof(Locks.InWrapper))]
    [InlineData(nameof(Locks.InCallersLock))]
    [InlineData(nameof(Locks.InDelegate))]
    [InlineData(nameof(Locks.InLockedLambda))]
    [InlineData(nameof(Locks.AfterEach))]
    public void Sees_the_lock(string field) => Assert.True(Assert.Single(Changes<Locks>(field)).IsLocked);

    [Theory]
    [InlineData(nameof(Locks.Bare))]
    [InlineData(nameof(Locks.InReaderLock))]
    [InlineData(nameof(Locks.InSomeCallersLock))]
    [InlineData(nameof(Locks.BetweenLocks))]
    [InlineData(nameof(Locks.AfterLock))]
    public void Sees_that_there_is_no_lock(string field) => Assert.False(Assert.Single(Changes<Locks>(field)).IsLocked);

    [Theory]
    [InlineData(nameof(Store.ByRequests), true)]
    [InlineData(nameof(Store.ByBoth), true)]
    [InlineData(nameof(Store.ByWorker), false)]
    [InlineData(nameof(Store.ByMain), false)]
    [InlineData(nameof(Store.ByThread), false)]
    [InlineData(nameof(Store.ByTimer), false)]
    [InlineData(nameof(Store.ByEvent), false)]
    [InlineData(nameof(Store.ByOwnEvent), true)]
    [InlineData(nameof(Store.ByToken), false)]
    [InlineData(nameof(Store.ByLoop), false)]
    [InlineData(nameof(Store.ByPoolFromMain), false)]
    [InlineData(nameof(Store.ByPoolFromRequests), true)]
    public void Tells_requests_from_start_up_and_background_work(string field, bool isFromRequests) =>
        Assert.Equal(isFromRequests, Assert.Single(Changes<Store>(field).Select(c => c.IsFromRequests).Distinct()));

    [Fact]
    public void A_lock_is_left_behind_by_what_the_pool_does_later() => Assert.False(Assert.Single(Changes<Store>(nameof(Store.ByPoolInLock))).IsLocked);

    [Theory]
    [InlineData(nameof(Locks.InGate), true)]
    [InlineData(nameof(Locks.BesideExchange), false)]
    public void Tells_a_gate_from_an_exchange_of_objects(string field, bool isLocked) => Assert.Equal(isLocked, Assert.Single(Changes<Locks>(field)).IsLocked);

    [Fact]
    public void Finds_who_assigns_a_field() =>
        Assert.Equal(["Writers.AddImmutable"], _book.AssignmentsOf(Field(typeof(Writers), nameof(Writers.Immutable))).Where(a => !a.IsConstruction).Select(a => a.Short.Split(' ')[0]));

    [Fact]
    public void Knows_what_user_code_constructs()
    {
        Assert.True(_book.IsConstructed(typeof(AsyncGate)));
        Assert.False(_book.IsConstructed(typeof(HomeController)));
    }

    [Fact]
    public void Knows_the_receiver_of_a_call_by_its_place()
    {
        var method = typeof(Writers).GetMethod(nameof(Writers.Read))!;
        var scan = new CodeScan(WalkRecorder.ThisAssembly);

        Assert.Equal(FieldKey.Of(Field(typeof(Writers), nameof(Writers.OnlyRead))), scan.ReceiverAt(method, 5, "get_Count").Field);
    }

    private static FieldInfo Field(Type type, string name)
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        return type.GetField(name, Any) ?? type.GetField($"<{name}>k__BackingField", Any)!;
    }

    private IReadOnlyList<CodePlace> Changes<T>(string field) => Changes(typeof(T), field);

    private IReadOnlyList<CodePlace> Changes(Type type, string field) => _book.ChangesOf([Field(type, field)]);

    /// <summary>The code is read once for all tests: that is how it is meant to be used.</summary>
    public sealed class Book
    {
        internal CodeBook Value { get; } = new(new CodeScan(WalkRecorder.ThisAssembly), new SourceLocator(new SourceLines()), new StatusNotes());
    }
}
