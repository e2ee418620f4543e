using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup.Hosting;

namespace Pitfalls.Runtime.Rules.Deployment;

/// <summary>What helps while developing and hurts in production: a debug build, pages and logs that show the inside.</summary>
internal sealed class DebugInProduction : IHostRule
{
    private static readonly string[] s_developerPages =
    [
        "Microsoft.AspNetCore.Diagnostics.DeveloperExceptionPageMiddlewareImpl",
        "Microsoft.AspNetCore.Diagnostics.DeveloperExceptionPageMiddleware",
        "Microsoft.AspNetCore.Diagnostics.EntityFrameworkCore.DatabaseErrorPageMiddleware",
        "Microsoft.AspNetCore.Diagnostics.EntityFrameworkCore.MigrationsEndPointMiddleware",
    ];

    // In Development only the container counts, and there it may be meant: a warning.
    public static PitfallRule Rule { get; } = new(7006, nameof(DebugInProduction), "Debug in production", PitfallSeverity.Warning, PitfallSeverity.Error,
        "Deploy what dotnet publish makes, with ASPNETCORE_ENVIRONMENT=Production, and switch on what shows the inside only in Development.");

    public void Observe(HostPosture host, IPitfallReporter reporter)
    {
        if (host.IsDevelopment)
            ObserveDevelopment(host, reporter);
        else if (host.IsProduction)
            ObserveProduction(host, reporter);
    }

    private static void ObserveDevelopment(HostPosture host, IPitfallReporter reporter)
    {
        if (!host.RunsInContainer || host.Listening.BeyondLoopback is not [var first, ..])
            return;
        Report(reporter, "development-in-a-container", $"The environment is Development in a container that listens on {first}: whoever reaches it sees the developer exception page.",
            "Set ASPNETCORE_ENVIRONMENT=Production in the image or the deployment.");
    }

    private static void ObserveProduction(HostPosture host, IPitfallReporter reporter)
    {
        if (host is { DebugBuild: { } app, IsTestServer: false })
        {
            Report(reporter, "debug-build", $"{app} runs as {host.EnvironmentName} but is a debug build: its code is not optimised and keeps objects alive longer.",
                "Build what you deploy with -c Release; dotnet publish does so by itself.");
        }

        foreach (var page in s_developerPages.Where(host.Middleware.Contains))
        {
            var name = page[(page.LastIndexOf('.') + 1)..].Replace("MiddlewareImpl", "", StringComparison.Ordinal).Replace("Middleware", "", StringComparison.Ordinal);
            Report(reporter, $"page {name}", $"The pipeline of {host.EnvironmentName} holds {name}, which shows callers the inside of the app.",
                "Call it only if (app.Environment.IsDevelopment()), and app.UseExceptionHandler() otherwise.");
        }

        foreach (var option in host.DetailedErrors)
            Report(reporter, $"detailed errors {option}", $"Detailed errors are on in {host.EnvironmentName} by {option}: callers get the texts of exceptions.", "Switch them on only in Development.");
        foreach (var context in host.LogsSensitiveData)
        {
            Report(reporter, $"sensitive data {context}", $"{context} logs the values of its parameters in {host.EnvironmentName} (EnableSensitiveDataLogging): personal data ends up in logs.",
                "Call EnableSensitiveDataLogging only in Development.");
        }

        if (host.ShowsPersonalData)
            Report(reporter, "show-pii", $"IdentityModelEventSource.ShowPII is on in {host.EnvironmentName}: tokens and identities end up in logs and messages.", "Set it only in Development.");
        if (host.DefaultLogLevel <= LogLevel.Debug)
        {
            Report(reporter, "log-level", $"The default log level in {host.EnvironmentName} is {host.DefaultLogLevel}: libraries log headers, queries and parameters at that level, on every request.",
                "Set Logging:LogLevel:Default to Information or Warning and lower it for single categories when you need to.");
        }
    }

    private static void Report(IPitfallReporter reporter, string subject, string message, string fix) => reporter.Report(Rule, new Occurrence
    {
        Message = message,
        Subject = subject,
        Fix = fix,
        Evidence = Evidence.Of(("kind", subject)),
    });
}
