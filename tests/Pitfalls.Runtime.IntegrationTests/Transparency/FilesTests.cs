using System.IO.Compression;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Transparency;

/// <summary>Files, parts of files, files a client has already, and bodies compressed on their way out.</summary>
public class FilesTests(Twins<FilesApp> twins) : IClassFixture<Twins<FilesApp>>
{
    private static readonly string[] s_paths =
        ["/bytes", "/physical", "/virtual", "/stream", "/send", "/send-part", "/static/notes.json", "/static/notes.txt", "/static/image.png", "/static/none.txt"];

    private static readonly string[] s_ranges =
    [
        "Range: bytes=0-9", "Range: bytes=100-", "Range: bytes=-7", "Range: bytes=999999999-", "Range: bytes=5-2", "Range: bytes=0-1,5-6", "Range: lines=1-2",
        "If-None-Match: *", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", "If-Match: \"other\"",
    ];

    public static TheoryData<PitfallProfile, string> Plain { get; } = Compared.InEveryProfile(
        s_paths.SelectMany(path => new[] { Compared.Get(path), Compared.Request("HEAD", path) }));

    public static TheoryData<PitfallProfile, string> Parts { get; } = Compared.InEveryProfile(
        from path in s_paths[..7] from header in s_ranges select Compared.Get(path, header));

    public static TheoryData<PitfallProfile, string> Compressed { get; } = Compared.InEveryProfile(
        from path in new[] { "/json", "/long", "/pieces", "/static/notes.json", "/static/notes.txt", "/send", "/empty", "/no-content" }
        from coding in new[] { "gzip", "br", "deflate", "identity", "gzip;q=0, br" }
        select Compared.Get(path, "Accept-Encoding: " + coding));

    [Theory]
    [MemberData(nameof(Plain))]
    public Task A_file_is_the_same_bytes(PitfallProfile profile, string request) => twins.AssertSameAsync(profile, request);

    [Theory]
    [MemberData(nameof(Parts))]
    public Task A_part_of_a_file_is_the_same_bytes(PitfallProfile profile, string request) => twins.AssertSameAsync(profile, request);

    [Theory]
    [MemberData(nameof(Compressed))]
    public Task A_compressed_body_is_the_same_bytes(PitfallProfile profile, string request) => twins.AssertSameAsync(profile, request);

    [Theory]
    [InlineData("/physical", "Range: bytes=0-9", "HTTP/1.1 206")]
    [InlineData("/physical", "Range: bytes=999999999-", "HTTP/1.1 416")]
    [InlineData("/static/notes.json", "Range: bytes=0-9", "HTTP/1.1 206")]
    [InlineData("/static/notes.json", "If-None-Match: *", "HTTP/1.1 304")]
    [InlineData("/json", "Accept-Encoding: gzip", "Content-Encoding: gzip")]
    [InlineData("/json", "Accept-Encoding: br", "Content-Encoding: br")]
    public Task The_bare_answers_are_the_intended_ones(string path, string header, string expected) =>
        twins.AssertSameAsync(PitfallProfile.Development, Compared.Get(path, header), r => Assert.Contains(expected, r, StringComparison.Ordinal));

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_compressed_body_is_looked_at_all_the_same(string coding)
    {
        var app = twins.Of(PitfallProfile.Development).Watched;

        await RawConnection.ExchangeAsync(app.Address, Compared.Get("/null-" + coding, "Accept-Encoding: " + coding));

        // Without decompression nobody could know that it says null.
        var finding = await app.ExpectAsync("PIT3001", $"GET /null-{coding}");
        Assert.Equal("null", finding.Evidence["body"]);
    }
}

public sealed class FilesApp : ITwinApp
{
    private static readonly string s_folder = MakeFiles();

    public void AddTo(WebApplicationBuilder builder)
    {
        builder.Services.AddResponseCompression(options =>
        {
            options.Providers.Add<BrotliCompressionProvider>();
            options.Providers.Add<GzipCompressionProvider>();
        });
        builder.Services.Configure<BrotliCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest);
    }

    public void Configure(WebApplication app)
    {
        app.UseResponseCompression();
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(s_folder), RequestPath = "/static" });
        var stamp = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var file = Path.Combine(s_folder, "notes.txt");
        app.MapGet("/bytes", () => Results.File(File.ReadAllBytes(file), "application/octet-stream", "näme.bin", enableRangeProcessing: true, lastModified: stamp));
        app.MapGet("/physical", () => Results.File(file, "text/plain", enableRangeProcessing: true, lastModified: stamp));
        app.MapGet("/virtual", () => Results.Stream(new FileStream(file, FileMode.Open, FileAccess.Read), "application/json", enableRangeProcessing: true));
        app.MapGet("/stream", () => Results.Stream(new MemoryStream(File.ReadAllBytes(file)), "application/pdf"));
        app.MapGet("/send", (HttpContext c) => c.Response.SendFileAsync(file));
        app.MapGet("/send-part", (HttpContext c) => c.Response.SendFileAsync(file, 10, 50_000));
        app.MapGet("/json", () => Enumerable.Range(0, 500).Select(i => new { i, name = "item " + i }));
        app.MapGet("/long", () => new string('l', 200_000));
        app.MapGet("/pieces", async (HttpContext c) =>
        {
            c.Response.ContentType = "text/plain";
            for (var i = 0; i < 20; i++)
            {
                await c.Response.WriteAsync($"piece {i} ");
                await c.Response.Body.FlushAsync();
            }
        });
        app.MapGet("/empty", () => Results.Ok());
        app.MapGet("/no-content", () => Results.NoContent());
        app.MapGet("/null-gzip", string[]? () => null);
        app.MapGet("/null-br", string[]? () => null);
    }

    private static string MakeFiles()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "transparency-files");
        Directory.CreateDirectory(folder);
        Write("notes.txt", string.Concat(Enumerable.Range(0, 20_000).Select(i => $"note {i}\n")));
        Write("notes.json", "{\"notes\":[1,2,3],\"more\":\"" + new string('n', 5000) + "\"}");
        Write("image.png", new string('\u0089', 70_000));
        return folder;

        void Write(string name, string text)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path, text);
            File.SetLastWriteTimeUtc(path, new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }
    }
}
