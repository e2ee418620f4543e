using CsCheck;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.IntegrationTests.Transparency;
using Pitfalls.Runtime.Sinks;

using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

/// <summary>Whatever throws where the library meets other people's code, alone or together: the app starts, answers and stops as without it.</summary>
public class ThrowingSeamsTests
{
    private static readonly string[] s_requests = ["/null", "/json", "/body-on-204", "/leak", "/throw", "/nowhere", "/metadata", "/null", "/json", "/leak", "/metadata", "/metadata"];

    public static TheoryData<string> EachAlone { get; } = [.. Enum.GetValues<Seams>().Where(s => s is not Seams.None and not Seams.All).Select(s => s.ToString())];

    [Theory]
    [MemberData(nameof(EachAlone))]
    public Task One_that_throws_changes_nothing(string seam) => AssertHarmlessAsync(Enum.Parse<Seams>(seam), "Development");

    [Fact]
    public Task Any_that_throw_together_change_nothing() => Check.SampleAsync(
        Gen.Select(Gen.Int[1, (int)Seams.All], Gen.Bool),
        sample => AssertHarmlessAsync((Seams)sample.Item1, sample.Item2 ? "Development" : "Production"),
        iter: 25,
        threads: 1,
        print: sample => $"{(Seams)sample.Item1} in {(sample.Item2 ? "Development" : "Production")}");

    [Fact]
    public async Task A_sink_that_throws_keeps_nothing_from_the_others()
    {
        using var seams = new ThrowingSeams(Seams.Sink | Seams.LoggerLog | Seams.MeterMeasured);
        await using var app = await StartAsync(seams, "Development");

        await app.Client.GetAsync("/null");

        await app.ExpectAsync("PIT3001");
        await app.DrainAsync();
        Assert.True(seams.Thrown > 0);
    }

    private static async Task AssertHarmlessAsync(Seams which, string environment)
    {
        await using var bare = await StartAsync(null, environment);
        using var seams = new ThrowingSeams(which);
        ThrowingSeams.BeginMine();
        await using (var app = await StartAsync(seams, environment))
        {
            foreach (var path in s_requests)
            {
                var expected = RawConnection.Normalized(await RawConnection.ExchangeAsync(bare.Address, Compared.Get(path)));
                var actual = RawConnection.Normalized(await RawConnection.ExchangeAsync(app.Address, Compared.Get(path)));
                Assert.Equal(expected, actual);
            }

            await app.DrainAsync();
            // The page still answers, and tells what it can.
            if (environment == "Development" && !which.HasFlag(Seams.Time))
                Assert.Contains("\"detectors\"", await app.Client.GetStringAsync("/_pitfalls/api/status"), StringComparison.Ordinal);
            if ((which & (Seams.Time | Seams.EndpointMetadata)) == 0)
                Assert.Contains(app.Services.GetRequiredService<FindingStore>().All(), f => f.RuleId == "PIT3001");
        }

        Assert.True(seams.Thrown > 0, $"{which} was never reached");
    }

    private static Task<TestApp> StartAsync(ThrowingSeams? seams, string environment) => TestApp.StartAsync(
        app =>
        {
            app.MapGet("/null", string[]? () => null);
            app.MapGet("/json", () => new { fine = true });
            app.MapGet("/body-on-204", (HttpContext c) =>
            {
                c.Response.StatusCode = 204;
                return c.Response.WriteAsync("no");
            });
            app.MapGet("/leak", () => Results.Text("System.InvalidOperationException: text\n   at Shop.Orders.Get(Int32 id) in /src/Orders.cs:line 7\n", statusCode: 500));
            app.MapGet("/throw", string () => throw new InvalidOperationException("the app's own"));
            var metadata = app.MapGet("/metadata", string[]? () => null);
            if (seams?.Metadata is { } thrower)
                metadata.WithMetadata(thrower);
        },
        environment: environment,
        withPitfalls: seams is not null,
        builder: web => seams?.AddTo(web));
}
