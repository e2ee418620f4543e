using System.Net;
using System.Net.Http.Headers;
using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Uploads;

/// <summary>An app that takes files answers the same with and without the library: types, limits, exceptions, streams.</summary>
public class UploadTransparencyTests
{
    /// <summary>What an app can see of a form, in words.</summary>
    private static readonly Dictionary<string, Func<HttpContext, Task<string>>> s_views = new()
    {
        ["types"] = async c =>
        {
            var form = await c.Request.ReadFormAsync();
            var file = form.Files[0];
            return $"{form.GetType()} {form.Files.GetType()} {file is FormFile} {((FormFile)file).FileName} {file.Name} {file.FileName} {file.ContentType} {file.ContentDisposition} {file.Length} {file.Headers.Count} {form["title"]}";
        },
        ["lookups"] = async c =>
        {
            var files = (await c.Request.ReadFormAsync()).Files;
            return $"{files.Count} {files["file"]?.FileName} {files.GetFile("FILE")?.FileName} {files.GetFiles("file").Count} {files["none"] is null} {ReferenceEquals(files[0], c.Request.Form.Files[0])}";
        },
        ["the class's own content"] = async c =>
        {
            var file = (FormFile)(await c.Request.ReadFormAsync()).Files[0];
            using var copy = new MemoryStream();
            await file.CopyToAsync(copy);
            using var reader = new StreamReader(file.OpenReadStream());
            return $"{copy.Length} {await reader.ReadToEndAsync()}";
        },
        ["two streams at a time"] = async c =>
        {
            var file = (await c.Request.ReadFormAsync()).Files[0];
            await using var one = file.OpenReadStream();
            await using var two = file.OpenReadStream();
            var bytes = new byte[4];
            await one.ReadExactlyAsync(bytes);
            string outcome;
            try
            {
                two.ReadExactly(bytes);
                outcome = Encoding.UTF8.GetString(bytes);
            }
            catch (Exception exception)
            {
                outcome = exception.GetType() + exception.Message;
            }

            return $"{one.Position} {one.Length} {one.CanSeek} {one.CanWrite} {one.CanTimeout} {outcome}";
        },
        ["seek, span and byte"] = async c =>
        {
            await using var content = (await c.Request.ReadFormAsync()).Files[0].OpenReadStream();
            content.Seek(4, SeekOrigin.Begin);
            var one = content.ReadByte();
            Span<byte> more = stackalloc byte[3];
            content.ReadExactly(more);
            content.Position = 0;
            return $"{one} {Encoding.UTF8.GetString(more)} {new StreamReader(content).ReadToEnd()}";
        },
        ["null targets"] = async c =>
        {
            var file = (await c.Request.ReadFormAsync()).Files[0];
            return $"{await TypeOf(() => file.CopyToAsync(null!))} {await TypeOf(() => { file.CopyTo(null!); return Task.CompletedTask; })} {await TypeOf(() => { file.OpenReadStream().Write([1]); return Task.CompletedTask; })}";
        },
        ["use after its end"] = async c =>
        {
            var content = (await c.Request.ReadFormAsync()).Files[0].OpenReadStream();
            await content.DisposeAsync();
            return await TypeOf(() => { content.ReadByte(); return Task.CompletedTask; });
        },
        ["the form read twice"] = async c =>
        {
            var first = await c.Request.ReadFormAsync();
            return $"{ReferenceEquals(first, await c.Request.ReadFormAsync())} {ReferenceEquals(first, c.Request.Form)} {ReferenceEquals(first.Files[0], c.Request.Form.Files[0])}";
        },
        ["the body after the form"] = async c =>
        {
            c.Request.EnableBuffering();
            var form = await c.Request.ReadFormAsync();
            var position = c.Request.Body.Position;
            using var reader = new StreamReader(c.Request.Body);
            return $"{position} {(await reader.ReadToEndAsync()).Contains("hello", StringComparison.Ordinal)} {form.Files[0].Length}";
        },
        ["the body before the form"] = async c =>
        {
            c.Request.EnableBuffering();
            using var reader = new StreamReader(c.Request.Body, leaveOpen: true);
            var length = (await reader.ReadToEndAsync()).Length;
            c.Request.Body.Position = 0;
            return $"{length} {(await c.Request.ReadFormAsync()).Files.Count}";
        },
        ["a form of its own"] = c =>
        {
            c.Request.Form = new FormCollection(new() { ["mine"] = "yes" });
            return Task.FromResult($"{c.Request.Form["mine"]} {c.Request.Form.Files.Count}");
        },
        ["options of its own"] = async c => await MessageOf(async () => await c.Request.ReadFormAsync(new FormOptions { MultipartBodyLengthLimit = 3 })),
        ["too many values"] = async c => await MessageOf(async () => await c.Request.ReadFormAsync(new FormOptions { ValueCountLimit = 0 })),
        ["a pipe"] = async c =>
        {
            using var copy = new MemoryStream();
            await c.Request.BodyReader.CopyToAsync(copy);
            return $"{copy.Length}";
        },
        ["the old pattern"] = async c =>
        {
            var buffer = new byte[16];
            var read = await Task.Factory.FromAsync(c.Request.Body.BeginRead(buffer, 0, buffer.Length, null, null), c.Request.Body.EndRead);
            return $"{read > 0} {c.Request.Body.CanRead} {c.Request.Body.CanSeek} {c.Request.Body.CanWrite}";
        },
        ["synchronous reads"] = async c => await MessageOf(() => { c.Request.Body.ReadByte(); return Task.CompletedTask; }),
        ["sections"] = async c =>
        {
            var reader = new MultipartReader(Microsoft.Net.Http.Headers.MediaTypeHeaderValue.Parse(c.Request.ContentType).Boundary.Value!.Trim('"'), c.Request.Body);
            var told = new StringBuilder();
            while (await reader.ReadNextSectionAsync() is { } section)
                told.Append(section.ContentDisposition).Append('=').Append(await new StreamReader(section.Body).ReadToEndAsync()).Append(' ');
            return told.ToString();
        },
    };

    public static TheoryData<string> Views { get; } = [.. s_views.Keys];

    [Theory]
    [MemberData(nameof(Views))]
    public async Task An_app_sees_the_same_form(string view)
    {
        var (bare, watched) = (await AskAsync(withPitfalls: false), await AskAsync(withPitfalls: true));

        Assert.Equal(bare, watched);
        Assert.StartsWith("OK ", watched, StringComparison.Ordinal);

        async Task<string> AskAsync(bool withPitfalls)
        {
            await using var app = await TestApp.StartAsync(a => a.MapPost("/", async (HttpContext c) => await s_views[view](c)), withPitfalls: withPitfalls);
            using var form = Form();
            using var response = await app.Client.PostAsync(new Uri("/", UriKind.Relative), form);
            return $"{response.StatusCode} {await response.Content.ReadAsStringAsync()}";
        }
    }

    [Theory]
    [InlineData("/limited")]
    [InlineData("/metadata")]
    [InlineData("/bound")]
    [InlineData("/missing")]
    [InlineData("/mvc/limited")]
    [InlineData("/mvc/bound")]
    [InlineData("/broken")]
    [InlineData("/antiforgery")]
    public async Task Limits_binding_and_refusals_are_the_same(string path)
    {
        var (bare, watched) = (await AskAsync(withPitfalls: false), await AskAsync(withPitfalls: true));

        Assert.Equal(bare, watched);

        async Task<string> AskAsync(bool withPitfalls)
        {
            await using var app = await TestApp.StartAsync(
                a =>
                {
                    a.UseAntiforgery();
                    a.MapPost("/limited", (IFormFile file) => file.Length).DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(10));
                    a.MapPost("/metadata", (IFormFile file) => file.Length).DisableAntiforgery().WithFormOptions(multipartBodyLengthLimit: 3);
                    a.MapPost("/bound", ([FromForm] Bound bound) => $"{bound.Title} {bound.File.FileName} {bound.Files.Count}").DisableAntiforgery();
                    a.MapPost("/missing", (IFormFile other) => other.Length).DisableAntiforgery();
                    a.MapPost("/broken", (IFormFile file) => file.Length).DisableAntiforgery();
                    a.MapPost("/antiforgery", (IFormFile file) => file.Length);
                    a.MapControllers();
                },
                services =>
                {
                    services.AddAntiforgery();
                    services.AddOnlyControllers(typeof(FormsController));
                },
                environment: "Production",
                withPitfalls: withPitfalls);
            using HttpContent form = path == "/broken" ? new StringContent("no part at all") { Headers = { ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x") } } : Form();
            using var response = await app.Client.PostAsync(new Uri(path, UriKind.Relative), form);
            // Problem details hold the id of the trace.
            return $"{response.StatusCode} {(await response.Content.ReadAsStringAsync()).Split("\"traceId\"")[0]}";
        }
    }

    [Fact]
    public async Task A_large_upload_streams_through_in_constant_memory()
    {
        const long Size = 200L * 1024 * 1024;
        await using var app = await TestApp.StartAsync(
            a => a.MapPost("/", async (HttpContext c) =>
            {
                var reader = new MultipartReader("big", c.Request.Body);
                var section = await reader.ReadNextSectionAsync();
                var buffer = new byte[64 * 1024];
                long length = 0;
                while (await section!.Body.ReadAsync(buffer) is > 0 and var read)
                    length += read;
                return length;
            }),
            environment: "Production",
            builder: b => Microsoft.AspNetCore.Hosting.WebHostBuilderKestrelExtensions.ConfigureKestrel(b.WebHost, o => o.Limits.MaxRequestBodySize = null));
        await SendAsync(1024 * 1024);
        var before = GC.GetTotalAllocatedBytes();

        Assert.Equal(Size, await SendAsync(Size));

        // All of the process, client and server, for 200 MB: a copy of the body would be seen.
        var spent = GC.GetTotalAllocatedBytes() - before;
        Assert.True(spent < Size / 4, $"{spent:N0} B");

        async Task<long> SendAsync(long size)
        {
            using var content = new Long(size) { Headers = { ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=big") } };
            using var response = await app.Client.PostAsync(new Uri("/", UriKind.Relative), content);
            return long.Parse(await response.Content.ReadAsStringAsync());
        }
    }

    private static MultipartFormDataContent Form()
    {
        var form = UploadApp.Form("note.txt", Encoding.UTF8.GetBytes("hello, file"), "text/plain");
        form.Add(new StringContent("a title"), "title");
        form.Add(UploadApp.Form("second.txt", Encoding.UTF8.GetBytes("second"), "text/plain", "files").First());
        // One boundary for both apps: it is part of what an app may see.
        var bytes = Encoding.UTF8.GetString(form.ReadAsByteArrayAsync().Result).Replace(form.Headers.ContentType!.Parameters.First().Value!.Trim('"'), "the-boundary", StringComparison.Ordinal);
        return new Fixed(bytes);
    }

    private static async Task<string> TypeOf(Func<Task> action) => (await Record.ExceptionAsync(action))?.GetType().ToString() ?? "none";

    private static async Task<string> MessageOf(Func<Task> action) => await Record.ExceptionAsync(action) is { } thrown ? $"{thrown.GetType()} {thrown.Message}" : "none";

    private sealed class Fixed : MultipartFormDataContent
    {
        private readonly byte[] _bytes;

        public Fixed(string text)
        {
            _bytes = Encoding.UTF8.GetBytes(text);
            Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=\"the-boundary\"");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(_bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = _bytes.Length;
            return true;
        }
    }

    private sealed class Long(long size) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes("--big\r\nContent-Disposition: form-data; name=\"f\"; filename=\"big.bin\"\r\n\r\n"));
            var chunk = new byte[64 * 1024];
            for (var left = size; left > 0; left -= chunk.Length)
                await stream.WriteAsync(chunk.AsMemory(0, (int)Math.Min(left, chunk.Length)));
            await stream.WriteAsync(Encoding.ASCII.GetBytes("\r\n--big--\r\n"));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

public sealed record Bound(string Title, IFormFile File, IFormFileCollection Files);

[ApiController]
[Route("mvc")]
public sealed class FormsController : ControllerBase
{
    [HttpPost("limited")]
    [RequestFormLimits(MultipartBodyLengthLimit = 3)]
    public long Limited(IFormFile file) => file.Length;

    [HttpPost("bound")]
    public string Bound([FromForm] Model model) => $"{model.Title} {model.File?.FileName} {model.Files.Count}";

    public sealed class Model
    {
        public string? Title { get; set; }

        public IFormFile? File { get; set; }

        public List<IFormFile> Files { get; set; } = [];
    }
}
