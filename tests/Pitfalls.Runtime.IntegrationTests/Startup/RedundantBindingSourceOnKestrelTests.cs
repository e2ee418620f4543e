using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Startup;

/// <summary>PIT4004 RedundantBindingSource through a real host.</summary>
public class RedundantBindingSourceOnKestrelTests
{
    [Fact]
    public async Task Flags_each_of_the_three_in_minimal_apis()
    {
        var findings = await FindAsync(app =>
        {
            app.MapPost("/body", ([FromBody] Letter letter) => "");
            app.MapGet("/services", ([FromServices] Post post) => "");
            app.MapGet("/route/{id}", ([FromRoute] int id) => "");
            app.MapPut("/all/{id:guid}", async ([FromRoute] Guid id, [FromBody] Letter letter, [FromServices] Post post, CancellationToken cancel) =>
            {
                await Task.Yield();
                return "";
            });
        });

        Assert.Equal(["GET /route/{id}", "GET /services", "POST /body", "PUT /all/{id:guid}"], findings.SelectMany(f => f.Routes).Order(StringComparer.Ordinal));
        var all = Assert.Single(findings, f => f.Routes.Contains("PUT /all/{id:guid}"));
        Assert.Contains("[FromRoute] on id, [FromBody] on letter, [FromServices] on post", all.Message, StringComparison.Ordinal);
        Assert.Equal(PitfallSeverity.Info, all.Severity);
        Assert.Equal("RedundantBindingSourceOnKestrelTests.cs", all.Location?.File);
    }

    [Fact]
    public async Task Flags_in_api_controllers()
    {
        var finding = Assert.Single(await FindAsync(app => app.MapControllers(), s => s.AddOnlyControllers(typeof(LetterController))));

        Assert.Equal("PUT /letters/{id}", Assert.Single(finding.Routes));
        Assert.Equal("id, letter, post", finding.Evidence["parameters"]);
    }

    [Fact]
    public async Task StaysSilent_where_the_attribute_says_something()
    {
        Assert.Empty(await FindAsync(app =>
        {
            app.MapPost("/nothing", (Letter letter, Post post) => "");
            app.MapPost("/simple", ([FromBody] string text) => "");
            app.MapPost("/number", ([FromBody] int number) => "");
            app.MapPost("/list", ([FromBody] int[] numbers) => "");
            app.MapGet("/get", ([FromBody] Letter letter) => "");
            app.MapDelete("/delete", ([FromBody] Letter letter) => "");
            app.MapMethods("/both", ["GET", "POST"], ([FromBody] Letter letter) => "");
            app.MapPost("/optional", ([FromBody] Letter? letter) => "");
            app.MapPost("/empty", ([FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] Letter letter) => "");
            app.MapPost("/default", ([FromBody] Letter letter = null!) => "");
            app.MapPost("/bag", ([FromBody] Letter letter, [AsParameters] Bag bag) => "");
            app.MapPost("/own-binder", ([FromBody] Bound bound) => "");
            app.MapPost("/parsed", ([FromBody] Parsed parsed) => "");
            app.MapPost("/a-service-too", ([FromBody] Post post) => "");
            app.MapGet("/renamed/{letterId}", ([FromRoute(Name = "letterId")] int id) => "");
            app.MapGet("/optional/{id?}", ([FromRoute] int? id) => "");
            app.MapGet("/unregistered-nullable", ([FromServices] Parcel? parcel) => "");
            app.MapGet("/services", ([FromServices] IEnumerable<Post> posts) => "");
            app.MapGet("/query", ([FromQuery] int page, [FromHeader] string accept) => "");
            app.MapPost("/allowed", ([FromBody] Letter letter) => "").AllowPitfall("PIT4004", "we like it said");
            app.MapControllers();
        }, s => s.AddOnlyControllers(typeof(PlainLetterController), typeof(SayingLetterController))));
    }

    [Fact]
    public async Task StaysSilent_where_controllers_do_not_infer()
    {
        Assert.Empty(await FindAsync(
            app => app.MapControllers(),
            s => s.AddOnlyControllers(typeof(LetterController)).ConfigureApiBehaviorOptions(o => o.SuppressInferBindingSourcesForParameters = true)));
    }

    [Fact]
    public async Task StaysSilent_in_production() =>
        Assert.Empty(await FindAsync(app => app.MapPost("/body", ([FromBody] Letter letter) => ""), environment: "Production"));

    [Fact]
    public async Task What_is_called_redundant_binds_the_same_without()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapPost("/bare/{id}", (Guid id, Letter letter, Post post) => $"{id} {letter.Text} {post.GetType().Name}"), s => s.AddSingleton<Post>());
        var id = Guid.NewGuid();

        using var response = await app.Client.PostAsync($"/bare/{id}", new StringContent("{\"text\":\"dear\"}", System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal($"{id} dear Post", await response.Content.ReadAsStringAsync());
    }

    private static Task<IReadOnlyList<Finding>> FindAsync(Action<WebApplication> app, Action<IServiceCollection>? services = null, string environment = "Development") =>
        Posture.FindAsync("PIT4004", app, s =>
        {
            s.AddSingleton<Post>();
            services?.Invoke(s);
        }, environment);

    public record Letter(string Text);

    public record Parcel(int Weight);

    public record struct Bag(int Page);

    public sealed class Post;

    public sealed record Bound(int Value)
    {
        public static ValueTask<Bound?> BindAsync(HttpContext context) => ValueTask.FromResult<Bound?>(new(1));
    }

    public sealed record Parsed(int Value)
    {
        public static bool TryParse(string? text, out Parsed? parsed)
        {
            parsed = new(1);
            return true;
        }
    }
}

[ApiController]
[Route("letters")]
public class LetterController : ControllerBase
{
    [HttpPut("{id}")]
    public IActionResult Change([FromRoute] int id, [FromBody] RedundantBindingSourceOnKestrelTests.Letter letter, [FromServices] RedundantBindingSourceOnKestrelTests.Post post) => NoContent();

    [HttpPost]
    public IActionResult Send(RedundantBindingSourceOnKestrelTests.Letter letter) => NoContent();
}

[Route("plain-letters")]
public class PlainLetterController : ControllerBase
{
    // Without [ApiController] a body is only read where somebody says so.
    [HttpPost]
    public IActionResult Send([FromBody] RedundantBindingSourceOnKestrelTests.Letter letter, [FromServices] RedundantBindingSourceOnKestrelTests.Post post) => NoContent();
}

[ApiController]
[Route("saying-letters")]
public class SayingLetterController : ControllerBase
{
    [HttpPost]
    public IActionResult Send([FromBody] string text) => NoContent();

    [HttpGet("{id}")]
    [HttpGet("by-number")]
    public IActionResult Show([FromRoute] int id) => NoContent();

    [HttpPost("{id}")]
    public IActionResult Renamed([FromRoute(Name = "id")] int letterId, [FromBody] RedundantBindingSourceOnKestrelTests.Letter? letter) => NoContent();
}
