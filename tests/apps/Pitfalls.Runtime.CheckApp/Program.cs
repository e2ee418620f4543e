using Microsoft.AspNetCore.Hosting.Server;

// Says on its output what of it has run, and ends as its variable APP_END tells.
var end = Environment.GetEnvironmentVariable("APP_END");
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHostedService<Before>();
builder.Services.AddPitfallDetection();
builder.Services.AddHostedService<After>();
builder.Services.AddSingleton<IHostedService>(_ => new After());
builder.Services.AddSingleton<Cleaned>();
// Once more, after the library: the last registration of a server wins.
builder.WebHost.UseKestrel();

if (end == "before-build")
    return 0;
var app = builder.Build();
app.Services.GetRequiredService<Cleaned>();
app.MapGet("/orders", () => "all").RequireAuthorization();
app.MapPost("/orders", () => "made").RequireAuthorization();
app.MapDelete("/orders/{id}", (int id) => "gone");
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"APP started with {app.Services.GetRequiredService<IServer>().GetType().Name}"));
Console.WriteLine("APP main");
if (end == "never-runs")
    return 0;
await app.RunAsync();
Console.WriteLine("APP ran");
return 5;

internal sealed class Before : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine($"APP hosted {GetType().Name}");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

internal sealed class After : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Console.WriteLine($"APP hosted {GetType().Name}");
        return Task.CompletedTask;
    }
}

internal sealed class Cleaned : IDisposable
{
    public void Dispose() => Console.WriteLine("APP cleaned up");
}
