using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.IntegrationTests.Transparency;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

/// <summary>Apps that are put together in ways nobody would think of, and that work without the library.</summary>
public class OddPipelinesTests
{
    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task The_startup_filters_run_a_second_time_within_the_pipeline(string environment)
    {
        // As multi-tenant frameworks do it for each tenant.
        await using var app = await TestApp.StartAsync(
            a =>
            {
                foreach (var filter in a.Services.GetServices<IStartupFilter>().OfType<RequestStartupFilter>())
                    filter.Configure(_ => { })(a);
                a.MapGet("/null", string[]? () => null);
            },
            environment: environment);

        for (var i = 0; i < 25; i++)
            Assert.Equal("null", await app.Client.GetStringAsync("/null"));

        var finding = await app.ExpectAsync("PIT3001");
        Assert.Equal("GET /null", Assert.Single(finding.Routes));
        Assert.Empty(app.Services.GetRequiredService<DetectorGuard>().All);
    }

    [Fact]
    public async Task Middleware_before_us_has_sent_the_headers_already()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/text", (HttpContext c) => c.Response.WriteAsync("and the rest")),
            services => services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter>(new WritesFirst())));

        for (var i = 0; i < 5; i++)
            Assert.EndsWith("first, and the rest", await app.Client.GetStringAsync("/text"), StringComparison.Ordinal);

        await app.DrainAsync();
        Assert.Empty(app.Services.GetRequiredService<DetectorGuard>().All);
        Assert.Equal(5, app.Services.GetRequiredService<ResponseSignal>().Requests);
    }

    [Fact]
    public async Task A_forgotten_task_goes_on_writing_after_its_response_has_ended()
    {
        var stop = new CancellationTokenSource();
        var writers = new List<Task>();
        await using var app = await TestApp.StartAsync(a =>
        {
            a.MapGet("/forgets", async (HttpContext c) =>
            {
                c.Response.ContentType = "application/json";
                await c.Response.WriteAsync("{\"ok\":true}");
                var body = c.Response.Body;
                lock (writers)
                    writers.Add(Task.Run(() => WriteOnAsync(body, stop.Token)));
            });
            a.MapGet("/clean", () => new { clean = true });
        });

        for (var i = 0; i < 50; i++)
        {
            var forgets = RawConnection.ExchangeAsync(app.Address, Compared.Get("/forgets"));
            var clean = await RawConnection.ExchangeAsync(app.Address, Compared.Get("/clean"));
            Assert.EndsWith("{\"clean\":true}", RawConnection.Joined(clean).Replace("\r\n0\r\n\r\n", "", StringComparison.Ordinal).TrimEnd('0', '\r', '\n'), StringComparison.Ordinal);
            await forgets;
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await app.DrainAsync();
        Assert.Empty(app.Services.GetRequiredService<DetectorGuard>().All);
    }

    private static async Task WriteOnAsync(Stream body, CancellationToken stop)
    {
        var bytes = Encoding.UTF8.GetBytes("{\"late\":1}");
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await body.WriteAsync(bytes, CancellationToken.None);
            }
            catch (Exception)
            {
                return;
            }
        }
    }

    private sealed class WritesFirst : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, following) =>
            {
                await context.Response.WriteAsync("first, ");
                await following(context);
            });
            next(app);
        };
    }
}
