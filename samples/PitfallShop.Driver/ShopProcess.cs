using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace PitfallShop.Driver;

/// <summary>The shop as a process of its own, in Development, at a free loopback port. It ends with this object, or with this process.</summary>
internal sealed partial class ShopProcess : IAsyncDisposable
{
    private const int KeptLines = 60;

    private static readonly TimeSpan s_startTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ShopProcess(Process process) => _process = process;

    private event Action<string>? Logged;

    public Uri Address { get; private set; } = null!;

    /// <summary>The address of the account that runs the shop; made anew, so that it is free in a database that is older than the shop.</summary>
    public string Administrator { get; } = $"manager-{Guid.NewGuid():N}@shop.example";

    /// <summary>Whether it has ended, or is about to, because it was asked to. Ctrl-C reaches the shop as soon as this program.</summary>
    public async Task<bool> EndsInOrderAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(s_goodbye);
            return _process.ExitCode == 0;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>The end of the shop's own log.</summary>
    public IReadOnlyCollection<string> LastWords => _lines;

    /// <summary>Completes when a text stands in the shop's log.</summary>
    public Task WhenLoggedAsync(string text)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Logged += line =>
        {
            if (line.Contains(text, StringComparison.Ordinal))
                seen.TrySetResult();
        };
        return seen.Task;
    }

    public static async Task<ShopProcess> StartAsync(CancellationToken cancel)
    {
        var shop = new ShopProcess(new Process());
        try
        {
            shop.Start();
            shop.Address = await shop._listening.Task.WaitAsync(s_startTime, cancel);
            return shop;
        }
        catch
        {
            await shop.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // The shop ends when its input does. That holds for a driver that is killed, too.
            _process.StandardInput.Close();
            try
            {
                await _process.WaitForExitAsync().WaitAsync(s_goodbye);
            }
            catch (TimeoutException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    private void Start()
    {
        // artifacts/bin/PitfallShop.Driver/debug is where this runs; the shop lies beside it.
        var home = new DirectoryInfo(AppContext.BaseDirectory);
        var executable = Path.Combine(home.Parent!.Parent!.FullName, "PitfallShop", home.Name, OperatingSystem.IsWindows() ? "PitfallShop.exe" : "PitfallShop");
        _process.StartInfo = new ProcessStartInfo(executable)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "--environment", "Development",
                "--urls", "http://127.0.0.1:0",
                "--contentRoot", Path.Combine(home.Parent.Parent.Parent!.Parent!.FullName, "samples", "PitfallShop"),
                "--Accounts:Administrator", Administrator,
                "--StopWithDriver", "true",
            },
        };
        _process.EnableRaisingEvents = true;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Exited += (_, _) => _listening.TrySetException(
            new InvalidOperationException("The shop did not start:\n" + string.Join('\n', _lines)));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Note(string? line)
    {
        if (line is null)
            return;
        Logged?.Invoke(line);
        _lines.Enqueue(line);
        if (_lines.Count > KeptLines)
            _lines.TryDequeue(out _);
        if (Listening().Match(line) is { Success: true } match)
            _listening.TrySetResult(new Uri(match.Groups[1].Value));
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();
}
