using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Tests.Signals.Exceptions;

/// <summary>The handler of the process: told of everything, harmed by nothing.</summary>
public class FirstChanceTests
{
    [Fact]
    public void A_subscriber_hears_of_each_throw_until_it_leaves()
    {
        var mine = new InvalidOperationException();
        var recorder = new Recorder(mine);

        using (FirstChance.Join(recorder))
        {
            Throw(mine);
            Throw(mine);
        }

        Throw(mine);
        Assert.Equal(2, recorder.Times);
        Assert.True(recorder.WasPrepared);
    }

    [Fact]
    public void One_that_throws_harms_neither_the_app_nor_the_process()
    {
        var mine = new InvalidOperationException();
        var recorder = new Recorder(mine, fails: true);

        using (FirstChance.Join(recorder))
        {
            Throw(mine);
            Throw(mine);
        }

        Assert.Equal(2, recorder.Times);
    }

    [Fact]
    public void What_it_throws_and_catches_itself_does_not_come_back_to_it()
    {
        var mine = new InvalidOperationException();
        var recorder = new Recorder(mine, triesItself: true);

        using (FirstChance.Join(recorder))
            Throw(mine);

        Assert.Equal(1, recorder.Times);
        Assert.Equal(0, recorder.OwnTimes);
    }

    [Fact]
    public void Many_come_and_go_while_exceptions_fly()
    {
        var mine = new InvalidOperationException();
        var stays = new Recorder(mine);
        using var membership = FirstChance.Join(stays);

        Parallel.For(0, 8, i =>
        {
            for (var n = 0; n < 200; n++)
            {
                if (i % 2 == 0)
                    Throw(mine);
                else
                    FirstChance.Join(new Recorder(mine)).Dispose();
            }
        });

        Assert.Equal(800, stays.Times);
    }

    private static void Throw(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (InvalidOperationException)
        {
        }
    }

    private sealed class Recorder(Exception mine, bool fails = false, bool triesItself = false) : IFirstChanceSubscriber
    {
        private readonly Exception _own = new InvalidOperationException();
        private int _times;
        private int _ownTimes;

        public int Times => _times;

        public int OwnTimes => _ownTimes;

        public bool WasPrepared { get; private set; }

        public void Prepare() => WasPrepared = true;

        public void OnThrown(Exception exception, RequestScope? scope)
        {
            if (ReferenceEquals(exception, _own))
                Interlocked.Increment(ref _ownTimes);
            if (!ReferenceEquals(exception, mine))
                return;
            Interlocked.Increment(ref _times);
            if (triesItself)
                Throw(_own);
            if (fails)
                throw new TimeoutException();
        }
    }
}
