using System.Collections.Concurrent;

using CsCheck;

using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Tests.Reporting;

public class BoundedWorkerTests
{
    private readonly ConcurrentQueue<int> _handled = [];
    private readonly ConcurrentQueue<string> _dropped = [];

    [Fact]
    public async Task Items_are_handled_in_order_on_a_thread_of_its_own()
    {
        var threads = new ConcurrentDictionary<string, bool>();
        using var worker = new BoundedWorker<int>("Test worker", 1000, TimeSpan.Zero, i =>
        {
            threads[Thread.CurrentThread.Name ?? "?"] = Thread.CurrentThread.IsBackground && !Thread.CurrentThread.IsThreadPoolThread;
            _handled.Enqueue(i);
        }, _dropped.Enqueue);

        for (var i = 0; i < 500; i++)
            Assert.True(worker.TryPost(i));
        await worker.DrainAsync();

        Assert.Equal(Enumerable.Range(0, 500), _handled);
        Assert.Equal(KeyValuePair.Create("Test worker", true), Assert.Single(threads));
    }

    [Fact]
    public void Without_an_item_there_is_no_thread_and_nothing_to_wait_for()
    {
        using var worker = Worker(10);

        Assert.True(worker.DrainAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task What_does_not_fit_is_dropped_and_counted_and_never_waits()
    {
        using var hold = new ManualResetEventSlim();
        using var busy = new ManualResetEventSlim();
        using var worker = new BoundedWorker<int>("Test worker", 10, TimeSpan.Zero, i =>
        {
            busy.Set();
            hold.Wait();
            _handled.Enqueue(i);
        }, _dropped.Enqueue);
        worker.TryPost(-1);
        busy.Wait();

        var taken = Enumerable.Range(0, 25).Count(worker.TryPost);

        Assert.Equal(10, taken);
        Assert.Equal(Enumerable.Repeat("queue_full", 15), _dropped);
        hold.Set();
        await worker.DrainAsync();
        Assert.Equal(11, _handled.Count);
        // With the queue empty again there is room again.
        Assert.True(worker.TryPost(99));
    }

    [Fact]
    public void Disposed_it_has_handled_what_was_left_and_takes_no_more()
    {
        var worker = new BoundedWorker<int>("Test worker", 1000, TimeSpan.FromSeconds(30), _handled.Enqueue, _dropped.Enqueue);
        for (var i = 0; i < 20; i++)
            worker.TryPost(i);

        worker.Dispose();

        Assert.Equal(20, _handled.Count);
        Assert.False(worker.TryPost(21));
        Assert.Equal("stopped", Assert.Single(_dropped));
        Assert.True(worker.DrainAsync().IsCompleted);
        worker.Dispose();
    }

    [Fact]
    public async Task A_drain_does_not_wait_for_the_linger()
    {
        using var worker = new BoundedWorker<int>("Test worker", 1000, TimeSpan.FromHours(1), _handled.Enqueue, _dropped.Enqueue);
        worker.TryPost(1);

        await worker.DrainAsync();
        worker.TryPost(2);
        await worker.DrainAsync();

        Assert.Equal([1, 2], _handled);
    }

    [Fact]
    public async Task An_item_that_is_thrown_on_counts_as_dropped_and_the_thread_goes_on()
    {
        using var worker = new BoundedWorker<int>("Test worker", 100, TimeSpan.Zero, i =>
        {
            if (i % 2 == 1)
                throw new InvalidOperationException("odd");
            _handled.Enqueue(i);
        }, _dropped.Enqueue);

        for (var i = 0; i < 10; i++)
            worker.TryPost(i);
        await worker.DrainAsync();

        Assert.Equal([0, 2, 4, 6, 8], _handled);
        Assert.Equal(5, _dropped.Count);
    }

    [Fact]
    public async Task It_may_dispose_of_itself()
    {
        BoundedWorker<int>? worker = null;
        var done = new TaskCompletionSource();
        worker = new BoundedWorker<int>("Test worker", 10, TimeSpan.Zero, _ =>
        {
            worker!.Dispose();
            done.SetResult();
        }, _dropped.Enqueue);

        worker.TryPost(1);

        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public Task Whatever_is_posted_from_wherever_is_handled_or_counted() => Check.SampleAsync(
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, 200], Gen.Int[1, 50], Gen.Bool, Gen.Bool),
        async sample =>
        {
            var (threads, items, capacity, lingers, disposesEarly) = sample;
            var (handled, dropped) = (0, 0);
            var worker = new BoundedWorker<int>(
                "Test worker", capacity, lingers ? TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, _ => Interlocked.Increment(ref handled), _ => Interlocked.Increment(ref dropped));

            var posting = Enumerable.Range(0, threads).Select(_ => Task.Run(async () =>
            {
                var taken = 0;
                for (var i = 0; i < items; i++)
                {
                    if (worker.TryPost(i))
                        taken++;
                    if (i % 17 == 0)
                        await worker.DrainAsync().WaitAsync(TimeSpan.FromSeconds(20));
                }

                return taken;
            })).ToArray();
            if (disposesEarly)
                worker.Dispose();
            var taken = (await Task.WhenAll(posting)).Sum();
            await worker.DrainAsync().WaitAsync(TimeSpan.FromSeconds(20));
            worker.Dispose();

            Assert.Equal(threads * items, taken + dropped);
            // A post that met the end of the thread may be lost with it; never more than one for each poster.
            Assert.InRange(handled, disposesEarly ? taken - threads : taken, taken);
        },
        iter: 200,
        threads: 1);

    private BoundedWorker<int> Worker(int capacity) => new("Test worker", capacity, TimeSpan.Zero, _handled.Enqueue, _dropped.Enqueue);
}
