using System.Diagnostics;
using System.Text.Json;

namespace Pitfalls.Runtime.IntegrationTests.Checking;

/// <summary><c>--check-pitfalls</c>, in processes of its own.</summary>
public sealed class CheckPitfallsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pitfalls-check-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Fails_with_what_it_has_found()
    {
        var run = await RunAsync("CheckApp", "--check-pitfalls", "--environment", "Production", "--Shop:ApiKey", "change-me");

        Assert.True(run.Code == 1, run.ToString());
        Assert.Contains("Pitfall check of Pitfalls.Runtime.CheckApp, environment Production, profile Production", run.Output, StringComparison.Ordinal);
        Assert.Contains("error PIT4005 Unguarded sibling: DELETE /orders/{id}", run.Output, StringComparison.Ordinal);
        Assert.Contains("error PIT7005 Placeholder secret: Shop:ApiKey", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("change-me", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"Program\.cs:line \d+", run.Output);
        Assert.Matches(@"Looked at: .*endpoints.*environment Production.*configuration keys", run.Output);
        Assert.Contains("FAILED: 2 errors, 0 warnings, 0 info (--fail-on warning)", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serves_nobody_runs_no_hosted_service_and_lets_the_app_clean_up()
    {
        var run = await RunAsync("CheckApp", "--check-pitfalls", "--urls", "http://127.0.0.1:1");

        Assert.Equal(["APP main", "APP started with CheckServer", "APP cleaned up", "APP ran"], run.Output.Split('\n').Select(l => l.Trim()).Where(l => l.StartsWith("APP", StringComparison.Ordinal)));
        Assert.DoesNotContain("listening", run.Output, StringComparison.OrdinalIgnoreCase);
        // Main returned 5.
        Assert.True(run.Code == 1, run.ToString());
    }

    [Fact]
    public async Task Without_the_argument_the_app_is_as_it_was()
    {
        using var process = Start("CheckApp", ["--urls", "http://127.0.0.1:0", "--Pitfalls:Rules:PIT7004:Enabled", "false"], []);
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (line.Contains("APP started", StringComparison.Ordinal))
                break;
        }

        process.Kill();
        await process.WaitForExitAsync();

        Assert.Contains("APP started with KestrelServerImpl", lines);
        Assert.Contains("APP hosted Before", lines);
        Assert.Equal(2, lines.Count(l => l == "APP hosted After"));
    }

    [Theory]
    [InlineData("warning", 1)]
    [InlineData("error", 0)]
    public async Task Fails_on_the_severity_it_is_told(string failOn, int code)
    {
        // In Development an unguarded sibling is a warning.
        var run = await RunAsync("CheckApp", "--check-pitfalls", "--environment", "Development", "--fail-on", failOn);

        Assert.True(run.Code == code, run.ToString());
        Assert.Contains("warning PIT4005", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passes_a_good_app_and_a_pitfall_that_is_allowed()
    {
        foreach (var environment in new[] { "Production", "Development" })
        {
            // The samples of these tests are debug builds.
            var good = await RunAsync("Quickstart", "--check-pitfalls", "--environment", environment, "--Pitfalls:Rules:PIT7006:Enabled", "false");
            Assert.True(good.Code == 0, good.ToString());
            Assert.Contains("Passed: 0 errors, 0 warnings, 0 info", good.Output, StringComparison.Ordinal);
        }

        var allowed = await RunAsync(
            "CheckApp", "--check-pitfalls", "--Pitfalls:Allow:0:Rule", "PIT4005", "--Pitfalls:Allow:0:Where", "DELETE /orders/{id}", "--Pitfalls:Allow:0:Reason", "a test");
        Assert.True(allowed.Code == 0, allowed.ToString());
    }

    [Fact]
    public async Task The_variable_does_the_same_and_writes_sarif()
    {
        var file = Path.Combine(_folder.FullName, "new", "pitfalls.sarif");
        var run = await RunAsync("CheckApp", [], [("PITFALLS_CHECK", "1"), ("PITFALLS_SARIF", file), ("PITFALLS_FAIL_ON", "error")]);

        Assert.True(run.Code == 1, run.ToString());
        using var sarif = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        var result = Assert.Single(sarif.RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray());
        Assert.Equal(("PIT4005", "error"), (result.GetProperty("ruleId").GetString(), result.GetProperty("level").GetString()));
        var place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("tests/apps/Pitfalls.Runtime.CheckApp/Program.cs", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.True(place.GetProperty("region").GetProperty("startLine").GetInt32() > 10);
    }

    [Theory]
    [InlineData("--fail-on takes warning or error, not 'info'.", "--fail-on", "info")]
    [InlineData("--fail-on needs warning or error, as in --fail-on error.", "--fail-on")]
    [InlineData("--sarif needs the name of a file, as in --sarif pitfalls.sarif.", "--sarif", "--fail-on", "error")]
    [InlineData("--sarif needs the name of a file, and '.' is a folder.", "--sarif", ".")]
    [InlineData("Nothing was checked: Pitfalls:Profile is Off.", "--Pitfalls:Profile", "Off")]
    public async Task Says_in_one_sentence_what_is_wrong(string sentence, params string[] arguments)
    {
        var run = await RunAsync("CheckApp", ["--check-pitfalls", .. arguments]);

        Assert.True(run.Code == 2, run.ToString());
        Assert.Equal(sentence, run.Errors.Trim());
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_no_pass()
    {
        var blocked = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(blocked, "");
        var run = await RunAsync("CheckApp", "--check-pitfalls", "--sarif", Path.Combine(blocked, "pitfalls.sarif"));

        Assert.True(run.Code == 2, run.ToString());
        Assert.Contains("could not be written", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("before-build")]
    [InlineData("never-runs")]
    public async Task An_app_that_ends_before_its_host_has_started_is_no_pass(string end)
    {
        var run = await RunAsync("CheckApp", ["--check-pitfalls"], [("APP_END", end)]);

        Assert.True(run.Code == 2, run.ToString());
        Assert.Equal("Nothing was checked: the app ended before its host had started.", run.Errors.Trim());
    }

    [Fact]
    public async Task The_shop_is_checked_without_opening()
    {
        var run = await RunAsync("PitfallShop", "--check-pitfalls", "--environment", "Development", "--StopWithDriver", "true");

        Assert.Contains("Pitfall check of PitfallShop", run.Output, StringComparison.Ordinal);
        Assert.True(run.Code is 0 or 1, run.ToString());
    }

    private static Task<Run> RunAsync(string app, params string[] arguments) => RunAsync(app, arguments, []);

    private static async Task<Run> RunAsync(string app, string[] arguments, (string Name, string Value)[] variables)
    {
        using var process = Start(app, arguments, variables);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new Run(process.ExitCode, await output, await errors);
    }

    private static Process Start(string app, string[] arguments, (string Name, string Value)[] variables)
    {
        // artifacts/bin/<project>/debug: the apps lie beside these tests.
        var home = new DirectoryInfo(AppContext.BaseDirectory);
        var bin = home.Parent!.Parent!;
        var project = app == "CheckApp" ? "Pitfalls.Runtime.CheckApp" : app;
        var source = Path.Combine(bin.Parent!.Parent!.FullName, app == "CheckApp" ? "tests/apps" : "samples", project);
        var start = new ProcessStartInfo(Path.Combine(bin.FullName, project, home.Name, project + (OperatingSystem.IsWindows() ? ".exe" : "")))
        {
            WorkingDirectory = source,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in new[] { "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "PITFALLS_CHECK", "PITFALLS_SARIF", "PITFALLS_FAIL_ON" })
            start.Environment.Remove(name);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private sealed record Run(int Code, string Output, string Errors)
    {
        public override string ToString() => $"it ended with {Code}\n{Output}\n{Errors}";
    }
}
