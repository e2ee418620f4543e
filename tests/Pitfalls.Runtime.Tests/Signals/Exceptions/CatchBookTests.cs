using System.Runtime.ExceptionServices;

using Microsoft.Extensions.Logging.Abstractions;

using Pitfalls.Runtime.ReleaseApp;
using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Tests.Signals.Exceptions;

/// <summary>Who caught an exception and what became of it, read from its trace and the catching method's code; here in code that is not optimised.</summary>
public class CatchBookTests
{
    private static readonly UserCode s_userCode = new([typeof(CatchBookTests).Assembly.GetName().Name!], null, null);

    public static TheoryData<string> Vanishes { get; } = [.. Vanishing.All.Keys];

    public static TheoryData<string> IsHandled { get; } = [.. Handled.All.Keys];

    [Theory]
    [MemberData(nameof(Vanishes))]
    public async Task An_exception_that_vanishes_is_known(string way)
    {
        var thrown = await CatchAsync(Vanishing.All[way]);

        var sites = thrown.Select(new CatchBook(s_userCode).Find).ToList();

        Assert.NotEmpty(sites);
        Assert.All(sites, site => Assert.True(site is { CatchesAll: true, Fate: CatchFate.Vanishes }, $"{site}"));
    }

    [Theory]
    [MemberData(nameof(IsHandled))]
    public async Task An_exception_that_is_handled_is_known(string way)
    {
        var thrown = await CatchAsync(Handled.All[way]);

        var sites = thrown.Select(new CatchBook(s_userCode).Find).ToList();

        Assert.NotEmpty(sites);
        Assert.All(sites, site => Assert.False(site is { CatchesAll: true, Fate: CatchFate.Vanishes }, $"{site}"));
    }

    [Fact]
    public async Task Code_that_is_not_the_users_is_none_of_ours()
    {
        var thrown = await CatchAsync(Vanishing.All["bare"]);

        Assert.All(thrown, exception => Assert.Null(new CatchBook(new UserCode(["Somebody.Elses"], null, null)).Find(exception)));
    }

    /// <summary>All that is thrown in this flow of control.</summary>
    private static async Task<IReadOnlyList<Exception>> CatchAsync(Catch way)
    {
        var here = new AsyncLocal<bool> { Value = true };
        var thrown = new List<Exception>();
        AppDomain.CurrentDomain.FirstChanceException += OnThrown;
        try
        {
            await way(new Thrower(), NullLogger.Instance);
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= OnThrown;
        }

        return thrown;

        void OnThrown(object? sender, FirstChanceExceptionEventArgs e)
        {
            lock (thrown)
            {
                if (here.Value && !thrown.Contains(e.Exception))
                    thrown.Add(e.Exception);
            }
        }
    }
}
