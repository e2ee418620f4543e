using System.Net;
using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Uploads;

/// <summary>PIT4002 ClientFileName.</summary>
public class ClientFileNameOnKestrelTests
{
    private const string Id = "PIT4002";

    /// <summary>Ways to save a file under the name it came with.</summary>
    private static readonly Dictionary<string, Func<IFormFile, string, Task>> s_ways = new()
    {
        ["CopyToAsync"] = async (file, folder) =>
        {
            await using var target = File.Create(Path.Combine(folder, file.FileName));
            await file.CopyToAsync(target);
        },
        ["CopyTo"] = (file, folder) =>
        {
            using var target = new FileStream(Path.Combine(folder, file.FileName), FileMode.Create);
            file.CopyTo(target);
            return Task.CompletedTask;
        },
        ["OpenReadStream and CopyTo"] = async (file, folder) =>
        {
            await using var source = file.OpenReadStream();
            await using var target = File.OpenWrite(Path.Combine(folder, file.FileName));
            await source.CopyToAsync(target);
        },
        ["a loop of its own"] = async (file, folder) =>
        {
            await using var source = file.OpenReadStream();
            await using var target = File.Create(Path.Combine(folder, file.FileName));
            var buffer = new byte[7];
            while (await source.ReadAsync(buffer) is > 0 and var read)
                await target.WriteAsync(buffer.AsMemory(0, read));
        },
        ["WriteAllBytes"] = async (file, folder) =>
        {
            using var memory = new MemoryStream();
            await file.CopyToAsync(memory);
            await File.WriteAllBytesAsync(Path.Combine(folder, file.FileName), memory.ToArray());
        },
        ["a buffered stream"] = async (file, folder) =>
        {
            await using var target = new BufferedStream(File.Create(Path.Combine(folder, file.FileName)));
            await file.CopyToAsync(target);
        },
        ["after an await, in lower case, in a new folder below"] = async (file, folder) =>
        {
            await Task.Yield();
            var below = Directory.CreateDirectory(Path.Combine(folder, Guid.NewGuid().ToString("N"), "2026")).FullName;
            await Task.Delay(1);
            await using var target = File.Create(Path.Combine(below, file.FileName.ToLowerInvariant()));
            await file.CopyToAsync(target);
        },
        ["a temporary name first"] = async (file, folder) =>
        {
            var temporary = Path.Combine(folder, Guid.NewGuid().ToString("N") + ".part");
            await using (var target = File.Create(temporary))
                await file.CopyToAsync(target);
            File.Move(temporary, Path.Combine(folder, file.FileName), overwrite: true);
        },
        ["a picture made smaller"] = async (file, folder) =>
        {
            await using var source = file.OpenReadStream();
            var head = new byte[4];
            await source.ReadExactlyAsync(head);
            await File.WriteAllBytesAsync(Path.Combine(folder, file.FileName), head);
        },
    };

    public static TheoryData<string> Ways { get; } = [.. s_ways.Keys];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Flags_every_way_to_save_in_a_minimal_endpoint(string way)
    {
        await using var app = await UploadApp.StartAsync((a, folder) => a.MapPost("/files", async (IFormFile file) =>
        {
            await s_ways[way](file, folder);
            return Results.Ok();
        }).DisableAntiforgery());

        await SendAsync(app, "/files", "Holiday.png");

        var finding = Assert.Single(await app.FindAsync(Id));
        Assert.Equal(PitfallSeverity.Error, finding.Severity);
        Assert.Equal("POST /files", Assert.Single(finding.Routes));
        Assert.Equal("ClientFileNameOnKestrelTests.cs", finding.Location?.File);
        Assert.Equal("the folder for temporary files", finding.Evidence["folder"]);
        AssertSaysNothingOf(finding, "Holiday");
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task Flags_controllers_with_a_service_behind_an_interface(string environment)
    {
        await using var app = await UploadApp.StartAsync((a, _) => a.MapControllers(), WithControllers, environment);

        foreach (var action in new[] { "one", "list", "collection", "limited", "form" })
        {
            await SendAsync(app, "/client-names/" + action, $"report-{action}.pdf", field: action is "list" or "collection" ? "files" : "file");
            Assert.Contains(await app.FindAsync(Id), f => f.Routes.Contains("POST /client-names/" + action));
        }
    }

    [Fact]
    public async Task Flags_forms_read_by_hand_and_in_middleware()
    {
        await using var app = await UploadApp.StartAsync((a, folder) =>
        {
            a.Use(async (context, next) =>
            {
                if (context.Request.Path == "/middleware")
                    await s_ways["CopyToAsync"]((await context.Request.ReadFormAsync()).Files["file"]!, folder);
                else
                    await next(context);
            });
            a.MapPost("/by-hand", async (HttpRequest request) => await s_ways["CopyToAsync"](request.Form.Files[0], folder));
            a.MapPost("/collection", async (IFormFileCollection files) => await s_ways["WriteAllBytes"](files.GetFile("file")!, folder)).DisableAntiforgery();
            a.MapPost("/bound", async ([FromForm] Posted posted) => await s_ways["WriteAllBytes"](posted.File, folder)).DisableAntiforgery();
            a.MapPost("/limited", async (HttpRequest request) =>
                await s_ways["WriteAllBytes"]((await request.ReadFormAsync(new FormOptions { MultipartBodyLengthLimit = 1_000_000 })).Files[0], folder));
        });

        foreach (var path in new[] { "/middleware", "/by-hand", "/collection", "/bound", "/limited" })
            await SendAsync(app, path, $"notes{path[1..]}.txt");

        Assert.Equal(
            ["POST (no endpoint)", "POST /bound", "POST /by-hand", "POST /collection", "POST /limited"],
            (await app.FindAsync(Id)).SelectMany(f => f.Routes).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Flags_a_reader_of_sections()
    {
        await using var app = await UploadApp.StartAsync((a, folder) => a.MapPost("/sections", async (HttpRequest request) =>
        {
            var boundary = Microsoft.Net.Http.Headers.MediaTypeHeaderValue.Parse(request.ContentType).Boundary.Value!.Trim('"');
            var reader = new MultipartReader(boundary, request.Body);
            while (await reader.ReadNextSectionAsync() is { } section)
            {
                await using var target = File.Create(Path.Combine(folder, section.AsFileSection()!.FileName));
                await section.Body.CopyToAsync(target);
            }
        }));

        await SendAsync(app, "/sections", "notes.txt");

        Assert.Equal("POST /sections", Assert.Single(Assert.Single(await app.FindAsync(Id)).Routes));
    }

    [Theory]
    [InlineData("../escaped-5f1c.txt", true, true)]
    [InlineData("sub/inner-5f1c.txt", false, true)]
    [InlineData("..\\windows-5f1c.txt", true, true)]
    public async Task Flags_names_that_lead_elsewhere_as_worse(string name, bool parent, bool separator)
    {
        await using var app = await UploadApp.StartAsync((a, folder) => a.MapPost("/files", async (IFormFile file) =>
        {
            var home = Directory.CreateDirectory(Path.Combine(folder, "home", "sub")).Parent!.FullName;
            await s_ways["CopyToAsync"](file, home);
        }).DisableAntiforgery());
        await SendAsync(app, "/files", "harmless.txt");

        await SendAsync(app, "/files", name);

        var finding = Assert.Single(await app.FindAsync(Id));
        Assert.Equal(2, finding.Count);
        Assert.Equal((parent, separator), (finding.Evidence["parentSegment"], finding.Evidence["separator"]));
        Assert.Contains("held", finding.Message, StringComparison.Ordinal);
        AssertSaysNothingOf(finding, "5f1c");
    }

    [Fact]
    public async Task Flags_a_file_in_the_web_root_of_a_failed_request_and_points_at_the_copy()
    {
        string? root = null;
        await using var app = await UploadApp.StartAsync(
            (a, _) => a.MapPost("/files", async (IFormFile file) =>
            {
                await s_ways["CopyToAsync"](file, root!);
                return Results.Problem();
            }).DisableAntiforgery(),
            builder: b => b.Environment.WebRootPath = root = Directory.CreateTempSubdirectory("pitfalls-webroot-").FullName);
        try
        {
            await SendAsync(app, "/files", "page.html", expected: HttpStatusCode.InternalServerError);

            var finding = Assert.Single(await app.FindAsync(Id));
            Assert.Contains("in the web root", finding.Message, StringComparison.Ordinal);
            Assert.Contains("file.CopyToAsync(target)", File.ReadLines(Path.Combine(SourceFolder(), finding.Location!.File!)).ElementAt(finding.Location.Line!.Value - 1), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(root!, recursive: true);
        }
    }

    [Fact]
    public async Task StaysSilent_on_names_made_by_the_server()
    {
        await using var app = await UploadApp.StartAsync((a, folder) =>
        {
            Map("/guid", file => Guid.NewGuid().ToString("N"));
            Map("/extension", file => Guid.NewGuid() + Path.GetExtension(file.FileName));
            Map("/before", file => $"{Guid.NewGuid():N}_{file.FileName}");
            Map("/random", file => Path.GetRandomFileName());
            Map("/ticks", file => $"{Environment.TickCount64}-{file.FileName}");

            void Map(string path, Func<IFormFile, string> name) => a.MapPost(path, async (IFormFile file) =>
            {
                await using var target = File.Create(Path.Combine(folder, name(file)));
                await file.CopyToAsync(target);
                return Results.Ok();
            }).DisableAntiforgery();
        });

        foreach (var path in new[] { "/guid", "/extension", "/before", "/random", "/ticks" })
            await SendAsync(app, path, "Holiday.png");

        await app.App.AssertSilentAsync(Id);
        Assert.Equal(5, Directory.GetFiles(app.Folder).Length);
    }

    [Fact]
    public async Task StaysSilent_on_names_that_are_only_logged_or_stored()
    {
        var log = new StringBuilder();
        await using var app = await UploadApp.StartAsync((a, folder) => a.MapPost("/files", async (IFormFile file) =>
        {
            log.AppendLine(file.FileName);
            await File.AppendAllTextAsync(Path.Combine(folder, "index.csv"), file.FileName + "\n");
            return Results.Ok(new { file.FileName, file.Length });
        }).DisableAntiforgery());

        await SendAsync(app, "/files", "Holiday.png");

        await app.App.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task StaysSilent_on_a_fixed_name_that_a_client_happens_to_use()
    {
        await using var app = await UploadApp.StartAsync((a, folder) => a.MapPost("/avatar", async (IFormFile file) =>
        {
            await using var target = new MemoryStream();
            await file.CopyToAsync(target);
            await File.WriteAllBytesAsync(Path.Combine(folder, "avatar.png"), target.ToArray());
        }).DisableAntiforgery());

        await SendAsync(app, "/avatar", "avatar.png");

        await app.App.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task StaysSilent_on_the_file_that_the_client_has_itself_on_this_machine()
    {
        await using var app = await UploadApp.StartAsync((a, _) => a.MapPost("/files", (IFormFile file) => Results.Ok(file.FileName.Length)).DisableAntiforgery());
        var source = Path.Combine(app.Folder, "source.png");
        await File.WriteAllBytesAsync(source, UploadApp.Png);
        // Older than the request by more than the clock of files can tell.
        File.SetLastWriteTimeUtc(source, TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(-50));

        await app.SendAsync("/files", UploadApp.Form("source.png", await File.ReadAllBytesAsync(source)));

        await app.App.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task StaysSilent_on_a_store_that_names_by_content()
    {
        await using var app = await UploadApp.StartAsync((a, folder) => a.MapPost("/blobs", async (IFormFile file) =>
        {
            using var content = new MemoryStream();
            await file.CopyToAsync(content);
            var name = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content.ToArray())) + Path.GetExtension(file.FileName);
            await File.WriteAllBytesAsync(Path.Combine(folder, name), content.ToArray());
        }).DisableAntiforgery());

        await app.SendAsync("/blobs", UploadApp.Form(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(UploadApp.Png)) + ".png", UploadApp.Png));

        await app.App.AssertSilentAsync(Id);
        Assert.Single(Directory.GetFiles(app.Folder));
    }

    [Fact]
    public async Task Limitation_a_file_saved_after_the_response_is_not_seen()
    {
        var later = new TaskCompletionSource();
        Task? saving = null;
        await using var app = await UploadApp.StartAsync((a, folder) => a.MapPost("/later", async (IFormFile file) =>
        {
            using var memory = new MemoryStream();
            await file.CopyToAsync(memory);
            var (name, bytes) = (file.FileName, memory.ToArray());
            saving = Task.Run(async () =>
            {
                await later.Task;
                await File.WriteAllBytesAsync(Path.Combine(folder, name), bytes);
            });
        }).DisableAntiforgery());

        await SendAsync(app, "/later", "notes.txt");
        await app.App.AssertSilentAsync(Id);
        later.SetResult();
        await saving!;

        await app.App.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task Limitation_a_name_that_was_changed_a_little_is_not_recognised()
    {
        await using var app = await UploadApp.StartAsync((a, folder) => a.MapPost("/files", async (IFormFile file) =>
        {
            await using var target = File.Create(Path.Combine(folder, file.FileName.Replace(' ', '_')));
            await file.CopyToAsync(target);
        }).DisableAntiforgery());

        await SendAsync(app, "/files", "my notes.txt");

        await app.App.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task Allowed_on_the_endpoint_it_is_not_reported()
    {
        await using var app = await UploadApp.StartAsync((a, folder) => a.MapPost("/files", (IFormFile file) => s_ways["CopyToAsync"](file, folder))
            .DisableAntiforgery().AllowPitfall(Id, "a share for files, with a quota and a scanner"));

        await SendAsync(app, "/files", "notes.txt");

        await app.App.AssertSilentAsync(Id);
    }

    private static void WithControllers(IServiceCollection services)
    {
        services.AddOnlyControllers(typeof(ClientNamesController));
        services.AddSingleton<IFileStore, FileStore>();
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static async Task SendAsync(UploadApp app, string path, string name, string field = "file", HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await app.SendAsync(path, UploadApp.Form(name, UploadApp.Png, field: field));
        Assert.True(response.StatusCode == expected, $"{path} answered {response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    private static void AssertSaysNothingOf(Finding finding, string secret)
    {
        var json = System.Text.Json.JsonSerializer.Serialize(finding);
        Assert.DoesNotContain(secret, json, StringComparison.OrdinalIgnoreCase);
    }

    internal sealed record Posted(IFormFile File);
}

internal interface IFileStore
{
    Task SaveAsync(IFormFile file);
}

internal sealed class FileStore(UploadFolder folder) : IFileStore
{
    public async Task SaveAsync(IFormFile file)
    {
        await Task.Yield();
        var target = Path.Combine(folder.Path, file.FileName);
        await using var stream = new FileStream(target, FileMode.Create, FileAccess.Write);
        await file.CopyToAsync(stream);
    }
}

[ApiController]
[Route("client-names")]
public sealed class ClientNamesController(IServiceProvider services) : ControllerBase
{
    private readonly IFileStore _store = services.GetRequiredService<IFileStore>();

    [HttpPost("one")]
    public Task One(IFormFile file) => _store.SaveAsync(file);

    [HttpPost("list")]
    public Task List(List<IFormFile> files) => _store.SaveAsync(files[0]);

    [HttpPost("collection")]
    public Task Collection(IFormFileCollection files) => _store.SaveAsync(files[0]);

    [HttpPost("limited")]
    [RequestFormLimits(MultipartBodyLengthLimit = 1_000_000)]
    public Task Limited(IFormFile file) => _store.SaveAsync(file);

    [HttpPost("form")]
    public Task Form([FromForm] PostedFile posted) => _store.SaveAsync(posted.File);
}

public sealed class PostedFile
{
    public required IFormFile File { get; init; }
}
