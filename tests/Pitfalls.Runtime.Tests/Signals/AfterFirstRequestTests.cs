using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.Signals;

namespace Pitfalls.Runtime.Tests.Signals;

public sealed class AfterFirstRequestTests : IDisposable
{
    private readonly Lifetime _lifetime = new();
    private readonly AfterFirstRequest _moment;
    private int _runs;

    public AfterFirstRequestTests() => _moment = new AfterFirstRequest(_lifetime);

    [Fact]
    public void Nothing_runs_before_the_host_has_started()
    {
        _moment.Run(() => _runs++);
        _moment.Answered();
        _moment.Open();

        Assert.Equal(0, _runs);
    }

    [Fact]
    public void What_waits_runs_once_when_the_first_request_has_been_answered()
    {
        _moment.Run(() => _runs++);
        _lifetime.Started.Cancel();
        _moment.Answered();
        _moment.Answered();

        Assert.Equal(1, _runs);
    }

    [Fact]
    public void What_comes_later_runs_at_once()
    {
        _moment.Run(() => { });
        _lifetime.Started.Cancel();
        _moment.Open();
        _moment.Run(() => _runs++);

        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task Without_a_request_it_runs_all_the_same()
    {
        var ran = new TaskCompletionSource();
        _moment.Run(ran.SetResult);
        _lifetime.Started.Cancel();

        await ran.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_host_that_has_ended_runs_nothing_that_waited()
    {
        _moment.Run(() => _runs++);
        _moment.Dispose();
        _lifetime.Started.Cancel();
        _moment.Open();

        Assert.Equal(0, _runs);
    }

    public void Dispose()
    {
        _moment.Dispose();
        _lifetime.Started.Dispose();
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationTokenSource Started { get; } = new();

        public CancellationToken ApplicationStarted => Started.Token;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
