using System.Diagnostics;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Dashboard;
using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Startup.Repository;

namespace Pitfalls.Runtime.IntegrationTests.Startup;

/// <summary>PIT7004 CommittedSecretsFile, with real repositories.</summary>
public sealed class CommittedSecretsFileOnKestrelTests : IDisposable
{
    private const string PrivateKey = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pitfalls-repository-");

    private string App => Path.Combine(_folder.FullName, "src", "app");

    public CommittedSecretsFileOnKestrelTests() => Directory.CreateDirectory(App);

    public void Dispose()
    {
        // Git writes its objects read-only.
        foreach (var file in _folder.EnumerateFiles("*", SearchOption.AllDirectories))
            file.Attributes = FileAttributes.Normal;
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(".env", "API_KEY=abc")]
    [InlineData(".env.production", "export DB_PASSWORD='abc'")]
    [InlineData("config/staging.env", "A=1")]
    [InlineData("server.pfx", "x")]
    [InlineData("certificates/CLIENT.P12", "x")]
    [InlineData("secrets.json", "{}")]
    [InlineData("keys/server.key", PrivateKey)]
    [InlineData("server.pem", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n" + PrivateKey)]
    [InlineData("deploy/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n")]
    [InlineData("deploy/host.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\n")]
    public async Task Flags_a_tracked_file(string path, string content)
    {
        Write(path, content);
        Commit();

        var finding = Assert.Single(await FindAsync());

        Assert.Equal(PitfallSeverity.Warning, finding.Severity);
        Assert.StartsWith(path + ", ", finding.Message, StringComparison.Ordinal);
        Assert.Contains("is tracked by git", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("abc", System.Text.Json.JsonSerializer.Serialize(finding), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_what_is_only_staged_below_and_not_what_is_beside()
    {
        Write("../../.env", "API_KEY=abc");
        Write("../other/.env", "API_KEY=abc");
        Write("deep/er/.env", "API_KEY=abc");
        Git("init", "-q");
        Git("add", "-A");

        Assert.Equal("deep/er/.env", Assert.Single(await FindAsync()).Evidence["path"]);
    }

    [Theory]
    [InlineData("Development", PitfallSeverity.Warning)]
    [InlineData("Production", PitfallSeverity.Error)]
    public async Task Flags_a_file_under_the_web_root_without_git(string environment, PitfallSeverity severity)
    {
        Write("wwwroot/backup/.env", "API_KEY=abc");
        Write("wwwroot/site.css", "a{}");

        var finding = Assert.Single(await FindAsync(environment));

        Assert.Equal(severity, finding.Severity);
        Assert.StartsWith("wwwroot/backup/.env, a file of environment variables, lies under the web root", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".env.example", "API_KEY=abc")]
    [InlineData(".env.sample", "API_KEY=abc")]
    [InlineData(".env.template", "API_KEY=abc")]
    [InlineData(".env.production.example", "API_KEY=abc")]
    [InlineData("example.env.dist", "API_KEY=abc")]
    [InlineData(".env", "")]
    [InlineData(".env", "# API_KEY=abc\nAPI_KEY=\n")]
    [InlineData("ClientApp/.env", "PORT=44400\nHTTPS=true\nBROWSER=none\nREACT_APP_TITLE=Shop\n")]
    [InlineData("server.pem", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")]
    [InlineData("public.key", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n")]
    [InlineData("id_rsa.pub", "ssh-rsa AAAA")]
    [InlineData("translations.key", "hello=Hallo")]
    [InlineData("environment.ts", "x")]
    [InlineData("appsettings.json", "{}")]
    public async Task StaysSilent_on_what_is_no_secret(string path, string content)
    {
        Write(path, content);
        Commit();

        Assert.Empty(await FindAsync());
    }

    [Fact]
    public async Task StaysSilent_on_ignored_and_untracked_files()
    {
        Write(".gitignore", ".env\n");
        Commit();
        Write(".env", "API_KEY=abc");
        Write("new.pfx", "x");

        Assert.Empty(await FindAsync());
    }

    [Fact]
    public async Task StaysSilent_on_tracked_files_in_Production_where_nobody_asks_git()
    {
        Write(".env", "API_KEY=abc");
        Commit();

        Assert.Empty(await FindAsync("Production"));
    }

    [Fact]
    public async Task StaysSilent_without_a_repository_and_says_so()
    {
        Write(".env", "API_KEY=abc");
        await using var app = await StartAsync("Development");

        await app.DrainAsync();

        Assert.DoesNotContain(await app.FindingsAsync(), f => f.RuleId == "PIT7004");
        Assert.Contains("PIT7004 does not know which files are committed: no git repository holds the content root.", app.Services.GetRequiredService<StatusReport>().Make().Notes);
    }

    [Fact]
    public void A_git_that_does_not_answer_is_given_up()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a shell script stands in for git");
        var hanging = Path.Combine(_folder.FullName, "git");
        File.WriteAllText(hanging, "#!/bin/sh\nexec cat /dev/zero > /dev/null\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(hanging, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var (files, whyNot) = GitRepository.Tracked(App, SecretFiles.Patterns, hanging, TimeSpan.FromMilliseconds(200));

        Assert.Empty(files);
        Assert.Equal("git did not answer within 0.2 s", whyNot);
    }

    [Fact]
    public void A_git_that_is_not_there_is_told() =>
        Assert.Contains("could not be run", GitRepository.Tracked(App, SecretFiles.Patterns, Path.Combine(_folder.FullName, "no-git")).WhyNot, StringComparison.Ordinal);

    private Task<TestApp> StartAsync(string environment) => TestApp.StartAsync(
        a => a.MapGet("/", () => "up"),
        environment: environment,
        builder: b =>
        {
            // As if the app had been started there.
            b.Environment.ContentRootPath = App;
            b.Environment.WebRootPath = Path.Combine(App, "wwwroot");
        },
        posture: true);

    private async Task<IReadOnlyList<Finding>> FindAsync(string environment = "Development")
    {
        await using var app = await StartAsync(environment);
        return [.. (await app.FindingsAsync()).Where(f => f.RuleId == "PIT7004")];
    }

    private void Write(string path, string content)
    {
        var full = Path.Combine(App, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
    }

    private void Commit()
    {
        Git("init", "-q");
        Git("add", "-A");
        Git("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "test");
    }

    private void Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git") { WorkingDirectory = _folder.FullName };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
