using System.Net;
using System.Net.Http.Headers;
using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Uploads;

/// <summary>PIT4003 ClientContentType.</summary>
public class ClientContentTypeOnKestrelTests
{
    private const string Id = "PIT4003";

    private static readonly byte[] s_html = Encoding.UTF8.GetBytes("<!DOCTYPE html><html><script>alert(1)</script></html>");

    [Theory]
    [InlineData("minimal")]
    [InlineData("unread")]
    [InlineData("sections")]
    [InlineData("mvc")]
    public async Task Flags_a_page_sent_as_a_picture_however_it_is_read(string path)
    {
        await using var app = await StartAsync();

        await SendAsync(app, "/" + path, UploadApp.Form("cat.png", s_html));

        var finding = Assert.Single(await app.FindAsync(Id));
        Assert.Equal((PitfallSeverity.Warning, "POST /" + path), (finding.Severity, finding.Routes[0]));
        Assert.Equal(("image/png", "html"), (finding.Evidence["claimed"], finding.Evidence["found"]));
        Assert.DoesNotContain("cat.", System.Text.Json.JsonSerializer.Serialize(finding), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("/raw")]
    [InlineData("/raw-pipe")]
    [InlineData("/raw-stream")]
    public async Task Flags_a_body_that_claims_to_be_a_picture(string path)
    {
        await using var app = await StartAsync();
        var program = new ByteArrayContent([.. "MZ"u8, 0x90, 0, 3, 0, 0, 0]) { Headers = { ContentType = new MediaTypeHeaderValue("image/jpeg") } };

        await SendAsync(app, path, program);

        Assert.Equal("windows-program", Assert.Single(await app.FindAsync(Id)).Evidence["found"]);
    }

    [Fact]
    public async Task Flags_in_Production_too_and_the_second_of_two_files()
    {
        await using var app = await StartAsync("Production");
        var form = UploadApp.Form("a.png", UploadApp.Png);
        form.Add(UploadApp.Form("b.jpg", UploadApp.Png, "image/jpeg").First());

        await SendAsync(app, "/minimal", form);

        Assert.Equal("image/jpeg", Assert.Single(await app.FindAsync(Id)).Evidence["claimed"]);
    }

    [Fact]
    public async Task StaysSilent_on_what_agrees_is_rejected_or_claims_nothing()
    {
        await using var app = await StartAsync();
        await SendAsync(app, "/minimal", UploadApp.Form("a.png", UploadApp.Png));
        await SendAsync(app, "/minimal", UploadApp.Form("a.bin", s_html, "application/octet-stream"));
        await SendAsync(app, "/minimal", UploadApp.Form("a.html", s_html, "text/html"));
        await SendAsync(app, "/minimal", UploadApp.Form("a.xls", Encoding.UTF8.GetBytes("a;b\n1;2"), "application/vnd.ms-excel"));
        await SendAsync(app, "/minimal", UploadApp.Form("a.docx", [.. "PK"u8, 3, 4, 0, 0], "application/vnd.openxmlformats-officedocument.wordprocessingml.document"));
        await SendAsync(app, "/minimal", UploadApp.Form("nothing.png", []));
        await SendAsync(app, "/raw", new ByteArrayContent(UploadApp.Png) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } });
        await SendAsync(app, "/checked", UploadApp.Form("cat.png", s_html), HttpStatusCode.BadRequest);
        // A form page shows itself again, with what was wrong, and says 200.
        await SendAsync(app, "/page", UploadApp.Form("cat.png", s_html));

        await app.App.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task Limitation_a_compressed_body_is_not_looked_at()
    {
        await using var app = await StartAsync();
        var form = UploadApp.Form("cat.png", s_html);
        form.Headers.ContentEncoding.Add("br");

        await SendAsync(app, "/unread", form);

        await app.App.AssertSilentAsync(Id);
    }

    private static Task<UploadApp> StartAsync(string environment = "Development") => UploadApp.StartAsync(
        (a, _) =>
        {
            a.MapPost("/minimal", (IFormFileCollection files) => Results.Ok(files.Count)).DisableAntiforgery();
            a.MapPost("/unread", async (HttpRequest request) =>
            {
                await request.Body.CopyToAsync(Stream.Null);
                return Results.Accepted();
            });
            a.MapPost("/sections", async (HttpRequest request) =>
            {
                var reader = new MultipartReader(Microsoft.Net.Http.Headers.MediaTypeHeaderValue.Parse(request.ContentType).Boundary.Value!.Trim('"'), request.Body);
                while (await reader.ReadNextSectionAsync() is { } section)
                    await section.Body.CopyToAsync(Stream.Null);
            });
            a.MapPost("/raw", async (HttpRequest request) => await request.Body.CopyToAsync(Stream.Null));
            a.MapPost("/raw-pipe", async (HttpRequest request) => await request.BodyReader.CopyToAsync(Stream.Null));
            a.MapPost("/raw-stream", async (Stream body) => await body.CopyToAsync(Stream.Null));
            a.MapPost("/checked", (IFormFile file) => Results.BadRequest()).DisableAntiforgery();
            a.MapPost("/page", (IFormFile file) => Results.Content("<p>This is no picture.</p>", "text/html")).DisableAntiforgery();
            a.MapControllers();
        },
        s => s.AddOnlyControllers(typeof(PicturesController)),
        environment);

    private static async Task SendAsync(UploadApp app, string path, HttpContent content, HttpStatusCode? expected = null)
    {
        using var response = await app.SendAsync(path, content);
        Assert.True(expected is null ? response.IsSuccessStatusCode : response.StatusCode == expected, $"{path} answered {response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }
}

[ApiController]
public sealed class PicturesController : ControllerBase
{
    [HttpPost("mvc")]
    public IActionResult Post(IFormFile file) => NoContent();
}
