using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>The release app as a process of its own, with an environment that must be there before a runtime starts.</summary>
internal sealed class ChildApp : IAsyncDisposable
{
    private const string Mark = "@ready ";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    private readonly Process _process;

    private ChildApp(Process process) => _process = process;

    public HttpClient Client { get; private set; } = null!;

    public static async Task<ChildApp> StartAsync(params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "Pitfalls.Runtime.ReleaseApp.dll")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var app = new ChildApp(Process.Start(start)!);
        try
        {
            var errors = app._process.StandardError.ReadToEndAsync();
            using var patience = new CancellationTokenSource(s_patience);
            string? line;
            do
                line = await app._process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new Xunit.Sdk.XunitException("the app did not start: " + await errors);
            while (!line.StartsWith(Mark, StringComparison.Ordinal));
            app.Client = new HttpClient { BaseAddress = new Uri(line[Mark.Length..]) };
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>The status, once a channel says what is expected of it.</summary>
    public async Task<Dictionary<string, (bool Works, string? Reason)>> ChannelsAsync(Func<Dictionary<string, (bool Works, string? Reason)>, bool> until)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            using var status = await Client.GetFromJsonAsync<JsonDocument>("/_pitfalls/api/status", CancellationToken.None);
            var channels = status!.RootElement.GetProperty("channels").EnumerateArray().ToDictionary(
                c => c.GetProperty("name").GetString()!,
                c => (c.GetProperty("works").GetBoolean(), c.TryGetProperty("reason", out var reason) ? reason.GetString() : null));
            if (until(channels))
                return channels;
            Assert.False(patience.IsCancellationRequested, string.Join(", ", channels));
            await Task.Delay(50, CancellationToken.None);
        }
    }

    /// <summary>Asks until a finding of a rule is there.</summary>
    public async Task<Finding> AskUntilFoundAsync(string path, string rule)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            await Client.GetStringAsync(path, CancellationToken.None);
            if ((await FindingsAsync()).FirstOrDefault(f => f.RuleId == rule) is { } found)
                return found;
            Assert.False(patience.IsCancellationRequested, rule + " did not come");
        }
    }

    public async Task<IReadOnlyList<Finding>> FindingsAsync() => (await Client.GetFromJsonAsync<IReadOnlyList<Finding>>("/_pitfalls/api/findings"))!;

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
