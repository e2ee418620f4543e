using System.Runtime.InteropServices;

using Pitfalls.Runtime.Signals.Blocking;

namespace Pitfalls.Runtime.Tests.Signals.Blocking;

public class WaitPairingTests
{
    private readonly WaitPairing _pairing = new();

    [Fact]
    public void A_wait_lasts_from_its_start_to_its_stop()
    {
        _pairing.Start(1, 100, Stack(1, 2, 3, 4));
        _pairing.Start(2, 150, Stack(5, 6, 7, 8));

        var wait = _pairing.Stop(1, 400);

        Assert.Equal((1, 100, 400), (wait!.Value.Wait.ThreadId, wait.Value.Wait.Start, wait.Value.End));
        Assert.False(wait.Value.WasTold);
        Assert.Equal(2, Assert.Single(_pairing.Snapshot()).ThreadId);
    }

    [Fact]
    public void A_wait_within_a_wait_is_one()
    {
        var outer = Stack(10, 11, 12, 13, 14, 15);
        _pairing.Start(1, 100, outer);
        _pairing.Start(1, 110, Stack(20, 10, 11, 12, 13, 14, 15));

        Assert.Null(_pairing.Stop(1, 300));
        Assert.Same(outer, _pairing.Stop(1, 310)!.Value.Wait.Stack);
    }

    [Fact]
    public void A_wait_whose_stop_never_came_does_not_swallow_the_next()
    {
        _pairing.Start(1, 100, Stack(10, 11, 12, 13, 14, 15));
        var next = Stack(30, 31, 32, 33, 34, 35);
        _pairing.Start(1, 200, next);

        Assert.Same(next, _pairing.Stop(1, 300)!.Value.Wait.Stack);
        Assert.Empty(_pairing.Snapshot());
    }

    [Fact]
    public void A_stop_without_a_start_is_nothing()
    {
        Assert.Null(_pairing.Stop(1, 100));
        _pairing.Start(1, 200, Stack(1, 2, 3, 4));
        _pairing.Forget();
        Assert.Null(_pairing.Stop(1, 300));
    }

    [Fact]
    public void A_long_wait_is_told_once_while_it_runs_and_says_so_at_its_end()
    {
        _pairing.Start(1, 100, Stack(1, 2, 3, 4));
        _pairing.Start(2, 900, Stack(1, 2, 3, 4));

        Assert.Equal(1, Assert.Single(_pairing.TakeLong(startedBefore: 500)).ThreadId);
        Assert.Empty(_pairing.TakeLong(startedBefore: 500));
        Assert.True(_pairing.Stop(1, 2000)!.Value.WasTold);
        Assert.False(_pairing.Stop(2, 2000)!.Value.WasTold);
    }

    [Fact]
    public void More_threads_than_there_can_be_do_not_fill_the_memory()
    {
        var stack = Stack(1, 2, 3, 4);
        for (var thread = 0; thread < 100_000; thread++)
            _pairing.Start(thread, 1, stack);

        Assert.InRange(_pairing.Snapshot().Count, 1, 20_000);
    }

    [Fact]
    public void The_book_of_stacks_knows_a_stack_again_and_stays_small()
    {
        var book = new StackBook();
        var first = book.Find(Bytes(1, 2, 3));
        Assert.Same(first, book.Find(Bytes(1, 2, 3)));
        Assert.NotSame(first, book.Find(Bytes(1, 2, 4)));

        for (var i = 0; i < 3 * StackBook.MaxStacks; i++)
            book.Find(Bytes(i, i + 1));
        Assert.InRange(book.Count, 1, StackBook.MaxStacks);
    }

    [Fact]
    public void Bursts_come_less_often_while_they_show_nothing_new()
    {
        var budget = new BurstBudget(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        List<int> taken = [];
        for (var second = 0; second < 30; second++)
        {
            if (!budget.Take(TimeSpan.FromSeconds(second)))
                continue;
            taken.Add(second);
            budget.Learn(foundNew: second == 0);
        }

        Assert.Equal([0, 1, 3, 7, 12, 17, 22, 27], taken);
    }

    private static CallStack Stack(params long[] addresses) => new(Bytes(addresses));

    private static ReadOnlySpan<byte> Bytes(params long[] addresses) => MemoryMarshal.AsBytes<long>(addresses);
}
