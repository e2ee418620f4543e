using System.Runtime.CompilerServices;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

using Newtonsoft.Json.Serialization;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Errors;

/// <summary>PIT1004 through real hosts: tasks sent as answers, and faults that nobody looked at.</summary>
public class UnawaitedTaskOnKestrelTests
{
    private const string Id = "PIT1004";

    [Fact]
    public async Task Flags_tasks_sent_by_both_serializers()
    {
        var camel = new Newtonsoft.Json.JsonSerializerSettings { ContractResolver = new CamelCasePropertyNamesContractResolver() };
        await using var app = await TestApp.StartAsync(a =>
        {
            a.MapGet("/held", () => new { count = Task.FromResult(1) });
            a.MapGet("/value", () => new { count = new ValueTask<int>(1) });
            a.MapGet("/newtonsoft", () => Results.Text(Newtonsoft.Json.JsonConvert.SerializeObject(new { Count = Task.FromResult(1) }), "application/json"));
            a.MapGet("/newtonsoft-camel", () => Results.Text(Newtonsoft.Json.JsonConvert.SerializeObject(Task.FromResult("x"), camel), "application/json"));
        });

        string[] paths = ["/held", "/value", "/newtonsoft", "/newtonsoft-camel"];
        foreach (var path in paths)
            await app.Client.GetStringAsync(path);

        Assert.Equal(paths.Select(p => "GET " + p).Order(), (await app.FindingsAsync()).Where(f => f.RuleId == Id).SelectMany(f => f.Routes).Order());
    }

    [Fact]
    public async Task Flags_the_call_that_nobody_awaited()
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            a.MapGet("/method", () => Start(SendAsync));
            a.MapGet("/run", () => Start(() => Task.Run(Fail)));
        });
        var finding = app.ExpectAsync(Id, "GET /method");
        var other = app.ExpectAsync(Id, "GET /run");

        await app.Client.GetStringAsync("/method");
        await app.Client.GetStringAsync("/run");
        await CollectUntilAsync(Task.WhenAll(finding, other));

        var sent = await finding;
        Assert.EndsWith("UnawaitedTaskOnKestrelTests.SendAsync", sent.Location!.Function, StringComparison.Ordinal);
        Assert.Equal("UnawaitedTaskOnKestrelTests.cs", sent.Location.File);
        Assert.Equal("System.InvalidOperationException", sent.Evidence["exception"]);
        Assert.EndsWith("UnawaitedTaskOnKestrelTests.Fail", (string)sent.Evidence["thrownBy"], StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", sent.Message, StringComparison.Ordinal);
        Assert.EndsWith("UnawaitedTaskOnKestrelTests.Fail", (await other).Location!.Function, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StaysSilent_on_faults_that_somebody_observes_or_has_told_of()
    {
        Task? late = null;
        var faults = 0;
        EventHandler<UnobservedTaskExceptionEventArgs> count = (_, e) =>
        {
            // The library must not have marked it before the app's own handler comes.
            if (!e.Observed)
                Interlocked.Increment(ref faults);
        };
        await using var app = await TestApp.StartAsync(a =>
        {
            a.MapGet("/late", () =>
            {
                late = SendAsync();
                return "later";
            });
            a.MapGet("/logged", (ILoggerFactory logs) => Start(() => LoggedAsync(logs.CreateLogger("app"))));
            a.MapGet("/proper", () => Task.FromResult(1));
            a.MapGet("/unobserved", () => Start(SendAsync));
        });
        TaskScheduler.UnobservedTaskException += count;
        try
        {
            foreach (var path in (string[])["/late", "/logged", "/proper"])
                await app.Client.GetStringAsync(path);
            await Assert.ThrowsAsync<InvalidOperationException>(() => late!);
            late = null;
            // What comes last comes in the same way: when it has come, the others would have.
            await app.Client.GetStringAsync("/unobserved");
            await CollectUntilAsync(app.ExpectAsync(Id, "GET /unobserved"));
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= count;
        }

        Assert.Equal(["GET /unobserved"], (await app.FindingsAsync()).Where(f => f.RuleId == Id).SelectMany(f => f.Routes));
        Assert.True(faults > 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Start(Func<Task> work)
    {
        _ = work();
        return "started";
    }

    private static async Task SendAsync()
    {
        await Task.Yield();
        Fail();
    }

    private static async Task LoggedAsync(ILogger log)
    {
        await Task.Yield();
        try
        {
            Fail();
        }
        catch (Exception exception)
        {
            log.LogError(exception, "It failed.");
            throw;
        }
    }

    private static void Fail() => throw new InvalidOperationException("secret-word");

    private static async Task CollectUntilAsync(Task done)
    {
        while (!done.IsCompleted)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.WhenAny(done, Task.Delay(20));
        }

        await done;
    }
}
