using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Startup;

public class DebugInProductionOnKestrelTests
{
    [Fact]
    public async Task Flags_the_developer_exception_page_in_the_pipeline()
    {
        var finding = Assert.Single(await FindAsync(app => app.UseDeveloperExceptionPage()));

        Assert.Equal(PitfallSeverity.Error, finding.Severity);
        Assert.Contains("DeveloperExceptionPage", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_the_page_in_a_branch_behind_other_middleware()
    {
        Assert.Single(await FindAsync(app =>
        {
            app.UseStaticFiles();
            app.UseExceptionHandler("/error");
            app.Use((context, next) => next(context));
            app.Map("/admin", admin => admin.UseWhen(context => context.Request.IsHttps, branch => branch.UseDeveloperExceptionPage()));
        }));
    }

    [Theory]
    [InlineData("hub")]
    [InlineData("one-hub")]
    [InlineData("blazor")]
    [InlineData("key")]
    public async Task Flags_detailed_errors(string kind)
    {
        var finding = Assert.Single(await FindAsync(
            services: s => _ = kind switch
            {
                "hub" => s.AddSignalR(o => o.EnableDetailedErrors = true).Services,
                "one-hub" => s.AddSignalR().AddHubOptions<Echo>(o => o.EnableDetailedErrors = true).Services,
                "blazor" => s.AddRazorComponents().AddInteractiveServerComponents(o => o.DetailedErrors = true).Services,
                _ => s,
            },
            settings: kind == "key" ? [new("detailedErrors", "true")] : []));

        Assert.Contains("Detailed errors are on in Production", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Debug")]
    [InlineData("Trace")]
    public async Task Flags_a_chatty_default_log_level(string level)
    {
        Assert.Contains(level, Assert.Single(await FindAsync(settings: [new("Logging:LogLevel:Default", level)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_a_chatty_minimum_set_in_code() => Assert.Single(await FindAsync(services: s => s.Configure<LoggerFilterOptions>(o =>
    {
        o.Rules.Clear();
        o.MinLevel = LogLevel.Trace;
    })));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Flags_a_context_that_logs_values_once_it_is_used(bool pooled)
    {
        static void Options(DbContextOptionsBuilder o) => o.UseSqlite("Data Source=:memory:").EnableSensitiveDataLogging().EnableDetailedErrors();
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/", (Notes notes) => notes.Database.CanConnect()),
            s => _ = pooled ? s.AddDbContextPool<Notes>(Options) : s.AddDbContext<Notes>(Options),
            "Production",
            posture: true);

        await app.Client.GetStringAsync("/");

        await app.ExpectAsync("PIT7006");
        var messages = (await app.FindingsAsync()).Where(f => f.RuleId == "PIT7006").Select(f => f.Message).ToList();
        Assert.Contains(messages, m => m.StartsWith("Notes logs the values of its parameters", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.Contains("EnableDetailedErrors of Notes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Flags_the_debug_build_of_an_app_on_Kestrel()
    {
        // Whether it is one depends on how these tests are built; the survey must see what the compiler wrote.
        var isDebug = typeof(DebugInProductionOnKestrelTests).Assembly.GetCustomAttributes(false).OfType<System.Diagnostics.DebuggableAttribute>().Single().IsJITOptimizerDisabled;
        await using var app = await TestApp.StartAsync(_ => { }, environment: "Production", posture: true, settings: []);

        Assert.Equal(isDebug, (await app.FindingsAsync()).Any(f => f.RuleId == "PIT7006" && f.Message.Contains("is a debug build", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task StaysSilent_on_a_production_pipeline()
    {
        Assert.Empty(await FindAsync(
            app =>
            {
                app.UseExceptionHandler("/error");
                app.UseHsts();
                app.UseStatusCodePages();
                app.UseStaticFiles();
                app.MapHub<Echo>("/echo");
            },
            s =>
            {
                s.AddSignalR(o => o.EnableDetailedErrors = false);
                s.AddRazorComponents().AddInteractiveServerComponents();
                s.AddLogging(l => l.AddFilter("Shop.Orders", LogLevel.Trace));
            },
            settings: [new("Logging:LogLevel:Default", "Information"), new("Logging:Debug:LogLevel:Default", "Trace")]));
    }

    [Fact]
    public async Task StaysSilent_in_Development_on_loopback()
    {
        Assert.Empty(await FindAsync(app => app.UseDeveloperExceptionPage(), environment: "Development", settings: [new("Logging:LogLevel:Default", "Debug"), new("detailedErrors", "true")]));
    }

    [Fact]
    public async Task StaysSilent_on_a_context_that_reveals_nothing()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/", (Notes notes) => notes.Database.CanConnect()),
            s => s.AddDbContext<Notes>(o => o.UseSqlite("Data Source=:memory:")),
            "Production",
            settings: s_releaseBuild,
            posture: true);

        await app.Client.GetStringAsync("/");

        await app.AssertSilentAsync("PIT7006");
    }

    private static readonly KeyValuePair<string, string?>[] s_releaseBuild =
        [new("Pitfalls:Allow:0:Rule", "PIT7006"), new("Pitfalls:Allow:0:Where", "debug-build"), new("Pitfalls:Allow:0:Reason", "the tests are a debug build")];

    private static Task<IReadOnlyList<Finding>> FindAsync(
        Action<WebApplication>? app = null, Action<IServiceCollection>? services = null, string environment = "Production", IEnumerable<KeyValuePair<string, string?>>? settings = null) =>
        Posture.FindAsync("PIT7006", app ?? (_ => { }), services, environment, [.. settings ?? [], .. s_releaseBuild]);

    private sealed class Echo : Hub;

    private sealed class Notes(DbContextOptions<Notes> options) : DbContext(options);
}
