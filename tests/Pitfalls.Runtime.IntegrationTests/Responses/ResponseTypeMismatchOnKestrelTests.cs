using System.Text.Json;
using System.Text.Json.Serialization;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Responses;

/// <summary>PIT3005 ResponseTypeMismatch through a real host.</summary>
public class ResponseTypeMismatchOnKestrelTests
{
    public static TheoryData<string, string, string> Mismatches => new()
    {
        { "/conflict", "status", "answered 409, which it does not declare: it declares 200" },
        { "/teapot", "status", "answered 418" },
        { "/accepted", "status", "answered 202" },
        { "/by-hand", "status", "answered 201" },
        { "/conflict-by-hand", "status", "answered 409" },
        { "/failed", "status", "answered 500" },
        { "/unavailable", "status", "answered 503" },
        { "/after-await", "status", "answered 422" },
        { "/ok-for-created", "status", "answered 200, which it does not declare: it declares 201" },
        { "/mvc/conflict", "status", "answered 409" },
        { "/mvc/no-content", "status", "answered 204" },
        { "/mvc/by-hand", "status", "answered 202" },
        { "/anonymous", "type", "declares Tea for 200 and sent an anonymous type" },
        { "/same-names", "type", "sent an anonymous type" },
        { "/dictionary", "type", "sent Dictionary" },
        { "/other-class", "type", "sent an object without" },
        { "/list-of-anonymous", "type", "sent a list: an object without Name" },
        { "/list", "type", "sent a list" },
        { "/one", "type", "declares List<Tea> for 200 and sent an object" },
        { "/text-for-object", "type", "sent a string" },
        { "/conflict-type", "type", "declares Tea for 409 and sent an anonymous type" },
        { "/json", "type", "sent an anonymous type" },
        { "/writes", "type", "sent an object without" },
        { "/mvc/anonymous", "type", "declares Tea for 200 and sent an anonymous type" },
        { "/mvc/dictionary", "type", "sent Dictionary<String, Object>" },
        { "/mvc/other", "type", "sent Pot" },
        { "/mvc/generic", "type", "declares Tea for 200 and sent an anonymous type" },
        { "/mvc/list", "type", "declares IEnumerable<Tea> for 200 and sent" },
        { "/mvc/result", "type", "sent an anonymous type" },
        { "/twice", "twice", "serialised twice" },
        { "/twice-json", "twice", "serialised twice" },
        { "/twice-list", "twice", "serialised twice" },
        { "/twice-writes", "twice", "serialised twice" },
        { "/mvc/twice", "twice", "serialised twice" },
    };

    [Theory]
    [MemberData(nameof(Mismatches))]
    public async Task Flags_in_development(string path, string kind, string says)
    {
        await using var app = await StartAsync("Development", path);

        var finding = Assert.Single(await FindAsync(app));
        Assert.Equal("GET " + path, Assert.Single(finding.Routes));
        Assert.Equal(kind, finding.Evidence["kind"]);
        Assert.Contains(says, finding.Message, StringComparison.Ordinal);
        Assert.Equal("ResponseTypeMismatchOnKestrelTests.cs", finding.Location?.File);
        Assert.Equal(PitfallSeverity.Warning, finding.Severity);
    }

    [Theory]
    [InlineData("/conflict")]
    [InlineData("/anonymous")]
    [InlineData("/list")]
    [InlineData("/twice")]
    [InlineData("/mvc/conflict")]
    [InlineData("/mvc/other")]
    public async Task Flags_in_production(string path)
    {
        await using var app = await StartAsync("Production", path);

        Assert.Equal("GET " + path, Assert.Single(Assert.Single(await FindAsync(app)).Routes));
    }

    [Fact]
    public async Task Flags_whatever_the_log_levels_and_providers_of_the_app()
    {
        await using var app = await StartAsync("Development", ["/anonymous", "/conflict"], builder: b =>
        {
            b.Logging.ClearProviders();
            b.Logging.SetMinimumLevel(LogLevel.None);
        });

        Assert.Equal(2, (await FindAsync(app)).Count);
    }

    [Fact]
    public async Task Flags_by_shape_where_nobody_tells_the_type()
    {
        await using var app = await StartAsync("Development", ["/anonymous", "/list", "/dictionary"], services => services.AddSingleton<ILoggerFactory, NoProviders>());

        Assert.Equal(["GET /anonymous", "GET /list"], (await FindAsync(app)).SelectMany(f => f.Routes).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/fine")]
    [InlineData("/fine-typed")]
    [InlineData("/fine-union")]
    [InlineData("/derived")]
    [InlineData("/derived-result")]
    [InlineData("/without-nulls")]
    [InlineData("/polymorphic")]
    [InlineData("/declared-conflict")]
    [InlineData("/default")]
    [InlineData("/dictionary-declared")]
    [InlineData("/object-declared")]
    [InlineData("/json-text")]
    [InlineData("/quoted-text")]
    [InlineData("/braces")]
    [InlineData("/either")]
    [InlineData("/bad-request")]
    [InlineData("/unauthorized")]
    [InlineData("/forbidden")]
    [InlineData("/not-found")]
    [InlineData("/redirect")]
    [InlineData("/nothing-declared")]
    [InlineData("/only-errors-declared")]
    [InlineData("/converted")]
    [InlineData("/array-for-list")]
    [InlineData("/empty-list")]
    [InlineData("/linq")]
    [InlineData("/async-list")]
    [InlineData("/page")]
    [InlineData("/mapped-exception")]
    [InlineData("/mapped-exception-too")]
    [InlineData("/throws")]
    [InlineData("/limited")]
    [InlineData("/range")]
    [InlineData("/binding?id=x")]
    [InlineData("/nullable")]
    [InlineData("/big")]
    [InlineData("/allowed")]
    [InlineData("/mvc/fine")]
    [InlineData("/mvc/derived")]
    [InlineData("/mvc/created")]
    [InlineData("/mvc/null")]
    [InlineData("/mvc/list-fine")]
    [InlineData("/mvc/page")]
    [InlineData("/mvc/enveloped")]
    [InlineData("/mvc/convention")]
    [InlineData("/mvc/bad")]
    [InlineData("/mvc/text")]
    [InlineData("/mvc/problem")]
    [InlineData("/mvc/untyped-conflict")]
    public async Task StaysSilent_on(string path)
    {
        foreach (var environment in new[] { "Development", "Production" })
        {
            await using var app = await StartAsync(environment, path);

            await app.AssertSilentAsync("PIT3005");
        }
    }

    [Theory]
    [InlineData("DELETE", "/fine", 405)]
    [InlineData("POST", "/takes", 415)]
    [InlineData("POST", "/mvc/takes", 415)]
    [InlineData("GET", "/guarded", 401)]
    public async Task StaysSilent_on_what_the_framework_answers(string method, string path, int status)
    {
        await using var app = await StartAsync("Development", []);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST")
            request.Content = new StringContent("text");

        using var response = await app.Client.SendAsync(request);
        await response.Content.ReadAsStringAsync();

        Assert.Equal(status, (int)response.StatusCode);
        await app.AssertSilentAsync("PIT3005");
    }

    [Fact]
    public async Task Limitation_a_class_with_the_same_members_is_not_told_from_the_declared_one()
    {
        await using var app = await StartAsync("Development", "/twin");

        await app.AssertSilentAsync("PIT3005");
    }

    [Fact]
    public async Task Limitation_an_error_status_set_by_hand_is_only_known_by_the_handlers_own_object()
    {
        await using var app = await StartAsync("Development", "/empty-by-hand");

        await app.AssertSilentAsync("PIT3005");
    }

    private static async Task<IReadOnlyList<Finding>> FindAsync(TestApp app) => [.. (await app.FindingsAsync()).Where(f => f.RuleId == "PIT3005")];

    private static Task<TestApp> StartAsync(string environment, string path) => StartAsync(environment, [path]);

    private static async Task<TestApp> StartAsync(string environment, string[] paths, Action<IServiceCollection>? services = null, Action<WebApplicationBuilder>? builder = null)
    {
        var app = await TestApp.StartAsync(Map, s =>
        {
            s.AddOnlyControllers(typeof(TeaController)).AddMvcOptions(o => o.Filters.Add<Envelopes>());
            s.AddAuthentication().AddBearerToken();
            s.AddAuthorization();
            services?.Invoke(s);
        }, environment, posture: true, builder: builder);
        foreach (var path in paths)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (path == "/range")
                request.Headers.Range = new(0, 1);
            using var response = await app.Client.SendAsync(request);
            await response.Content.ReadAsStringAsync();
        }

        return app;
    }

    private static void Map(WebApplication app)
    {
        app.UseExceptionHandler(e => e.Run(c => c.Response.WriteAsJsonAsync(new { Error = "broken" })));
        // What many apps have: exceptions of the domain become statuses.
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (KeyNotFoundException)
            {
                context.Response.StatusCode = 422;
                await context.Response.WriteAsJsonAsync(new { Error = "no such tea" });
            }

            if (context.Request.Path == "/limited" && !context.Response.HasStarted)
                context.Response.StatusCode = 429;
        });
        app.UseAuthentication();
        app.UseAuthorization();

        app.MapGet("/conflict", () => Results.Conflict()).Produces<Tea>();
        app.MapGet("/teapot", () => Results.StatusCode(418)).Produces<Tea>().Produces(404);
        app.MapGet("/accepted", () => Results.Accepted("/", new Tea(1, "a"))).Produces<Tea>();
        app.MapGet("/by-hand", (HttpContext context) =>
        {
            context.Response.StatusCode = 201;
            return new Tea(1, "a");
        });
        app.MapGet("/conflict-by-hand", async (HttpContext context) =>
        {
            await Task.Yield();
            context.Response.StatusCode = 409;
            return new Tea(1, "a");
        });
        app.MapGet("/failed", () => Results.Problem("broken")).Produces<Tea>();
        app.MapGet("/unavailable", (HttpContext context) =>
        {
            context.Response.StatusCode = 503;
            return Results.Json(new Tea(1, "a"));
        }).Produces<Tea>();
        app.MapGet("/after-await", async () =>
        {
            await Task.Delay(1);
            return Results.UnprocessableEntity(new { Why = "cold" });
        }).Produces<Tea>();
        app.MapGet("/ok-for-created", () => Results.Ok(new Tea(1, "a"))).Produces<Tea>(201);
        app.MapGet("/anonymous", () => Results.Ok(new { Colour = "green" })).Produces<Tea>();
        app.MapGet("/same-names", () => Results.Ok(new { Id = 1, Name = "a" })).Produces<Tea>();
        app.MapGet("/dictionary", () => Results.Ok(new Dictionary<string, object> { ["id"] = 1, ["name"] = "a" })).Produces<Tea>();
        app.MapGet("/other-class", () => Results.Ok(new Pot(5))).Produces<Tea>();
        app.MapGet("/list-of-anonymous", () => Results.Ok(new[] { new { Colour = "green" } }.ToList())).Produces<List<NamedTea>>();
        app.MapGet("/list", () => Results.Ok(new[] { new Tea(1, "a") })).Produces<Tea>();
        app.MapGet("/one", () => Results.Ok(new Tea(1, "a"))).Produces<List<Tea>>();
        app.MapGet("/text-for-object", () => Results.Ok("done")).Produces<Tea>();
        app.MapGet("/conflict-type", () => Results.Conflict(new { Why = "sold" })).Produces<Tea>().Produces<Tea>(409);
        app.MapGet("/json", () => Results.Json(new { Colour = "green" })).Produces<Tea>();
        app.MapGet("/writes", context => context.Response.WriteAsJsonAsync(new Pot(5))).WithMetadata(new ProducesResponseTypeMetadata(200, typeof(Tea)));
        app.MapGet("/twice", () => Results.Ok(JsonSerializer.Serialize(new Tea(1, "a"))));
        app.MapGet("/twice-json", () => Results.Json(JsonSerializer.Serialize(new Tea(1, "a")))).WithMetadata(new ProducesResponseTypeMetadata(200, typeof(Tea)));
        app.MapGet("/twice-list", () => TypedResults.Ok(JsonSerializer.Serialize(new[] { 1, 2 })));
        app.MapGet("/twice-writes", context => context.Response.WriteAsJsonAsync(JsonSerializer.Serialize(new Tea(1, "a"))));

        app.MapGet("/fine", () => Results.Ok(new Tea(1, "a"))).Produces<Tea>();
        app.MapGet("/fine-typed", () => TypedResults.Ok(new Tea(1, "a")));
        app.MapGet("/fine-union", Microsoft.AspNetCore.Http.HttpResults.Results<Microsoft.AspNetCore.Http.HttpResults.Ok<Tea>, Microsoft.AspNetCore.Http.HttpResults.Conflict> () => TypedResults.Conflict());
        app.MapGet("/derived", Tea () => new GreenTea(1, "a", 3));
        app.MapGet("/derived-result", () => Results.Ok(new GreenTea(1, "a", 3))).Produces<Tea>();
        app.MapGet("/without-nulls", () => Results.Json(new Tea(1, null), new JsonSerializerOptions(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull })).Produces<Tea>();
        app.MapGet("/polymorphic", () => Results.Ok<Drink>(new Coffee("b", 2))).Produces<Drink>();
        app.MapGet("/declared-conflict", () => Results.Conflict()).Produces<Tea>().ProducesProblem(409);
        app.MapGet("/default", () => Results.Conflict()).Produces<Tea>().WithMetadata(new ProducesDefaultResponseTypeAttribute());
        app.MapGet("/dictionary-declared", () => Results.Ok(new Dictionary<string, int> { ["a"] = 1 })).Produces<IReadOnlyDictionary<string, int>>();
        app.MapGet("/object-declared", () => Results.Ok(new { A = 1 })).Produces<object>();
        app.MapGet("/json-text", () => Results.Text(JsonSerializer.Serialize(new Tea(1, "a")), "application/json"));
        app.MapGet("/quoted-text", () => Results.Ok("[sold out] {today}"));
        app.MapGet("/braces", () => Results.Ok("{}"));
        app.MapGet("/either", () => Results.Ok(new Pot(5))).Produces<Tea>(200, "application/json").WithMetadata(new ProducesResponseTypeMetadata(200, typeof(Pot)));
        app.MapGet("/bad-request", () => Results.BadRequest(new { Why = "cold" })).Produces<Tea>();
        app.MapGet("/unauthorized", () => Results.Unauthorized()).Produces<Tea>();
        app.MapGet("/forbidden", () => Results.StatusCode(403)).Produces<Tea>();
        app.MapGet("/not-found", () => Results.NotFound(new { Why = "cold" })).Produces<Tea>().Produces<Tea>(404);
        app.MapGet("/redirect", () => Results.Redirect("/fine")).Produces<Tea>();
        app.MapGet("/nothing-declared", () => Results.Conflict());
        app.MapGet("/only-errors-declared", () => Results.Accepted()).ProducesProblem(409);
        app.MapGet("/converted", () => Results.Ok(new Weight(5))).Produces<Weight>();
        app.MapGet("/array-for-list", () => Results.Ok(new[] { new Tea(1, "a") })).Produces<List<Tea>>();
        app.MapGet("/empty-list", () => Results.Ok(new List<Pot>())).Produces<List<Tea>>();
        app.MapGet("/linq", () => Results.Ok(Enumerable.Range(1, 3).Select(i => new Tea(i, "a")))).Produces<IEnumerable<Tea>>();
        app.MapGet("/async-list", () => Results.Ok(Teas())).Produces<IAsyncEnumerable<Tea>>();
        app.MapGet("/page", () => Results.Ok(new Page<Tea>([new Tea(1, "a")], 1))).Produces<Page<Tea>>();
        app.MapGet("/mapped-exception", object () => throw new KeyNotFoundException()).Produces<Tea>();
        app.MapGet("/mapped-exception-too", Tea () => throw new KeyNotFoundException());
        app.MapGet("/empty-by-hand", (HttpContext context) => context.Response.StatusCode = 409).Produces<Tea>();
        app.MapGet("/throws", object () => throw new InvalidOperationException()).Produces<Tea>();
        app.MapGet("/limited", () => { }).Produces<Tea>();
        app.MapGet("/range", () => Results.File(new byte[100], "application/octet-stream", enableRangeProcessing: true)).Produces<byte[]>();
        app.MapGet("/binding", (int id) => Results.Ok(new Tea(id, "a"))).Produces<Tea>();
        app.MapGet("/nullable", () => Results.Ok((int?)5)).Produces<int?>();
        app.MapGet("/big", () => Results.Ok(new { Text = new string('x', 100_000), Id = 1, Name = "a" })).Produces<BigTea>().AllowPitfall("PIT3005", "cut off; the type is told");
        app.MapGet("/allowed", () => Results.Conflict()).Produces<Tea>().AllowPitfall("PIT3005", "an experiment");
        app.MapGet("/twin", () => Results.Ok(new TeaTwin(1, "a"))).Produces<Tea>();
        app.MapGet("/guarded", () => Results.Ok(new Tea(1, "a"))).Produces<Tea>().RequireAuthorization();
        app.MapPost("/takes", (Tea tea) => Results.Ok(tea)).Produces<Tea>();
        app.MapControllers();
    }

    private static async IAsyncEnumerable<Tea> Teas()
    {
        await Task.Yield();
        yield return new Tea(1, "a");
    }

    public record Tea(int Id, string? Name);

    public record GreenTea(int Id, string? Name, int Leaves) : Tea(Id, Name);

    public record NamedTea(string Name, int Price);

    public record BigTea(string Text, int Id, string Name);

    public record TeaTwin(int Id, string? Name);

    public record Pot(int Litres);

    public record Page<T>(IReadOnlyList<T> Items, int Total);

    [JsonDerivedType(typeof(Coffee), "coffee")]
    public abstract record Drink(string Name);

    public sealed record Coffee(string Name, int Beans) : Drink(Name);

    [JsonConverter(typeof(WeightConverter))]
    public record Weight(int Grams);

    internal sealed class WeightConverter : JsonConverter<Weight>
    {
        public override Weight Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, Weight value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Grams);
    }

    private sealed class NoProviders : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public void Dispose()
        {
        }
    }

    /// <summary>What some apps have: every answer in an envelope, made by a filter.</summary>
    private sealed class Envelopes : IResultFilter
    {
        public void OnResultExecuting(ResultExecutingContext context)
        {
            if (context.Result is ObjectResult result && context.HttpContext.Request.Path == "/mvc/enveloped")
                context.Result = new ObjectResult(new { Data = result.Value });
        }

        public void OnResultExecuted(ResultExecutedContext context)
        {
        }
    }
}

[ApiController]
[Route("mvc")]
public class TeaController : ControllerBase
{
    [HttpGet("conflict")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public IActionResult Sold() => Conflict();

    [HttpGet("no-content")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public IActionResult Nothing() => NoContent();

    [HttpGet("by-hand")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public ResponseTypeMismatchOnKestrelTests.Tea ByHand()
    {
        Response.StatusCode = 202;
        return new(1, "a");
    }

    [HttpGet("anonymous")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public IActionResult Anonymous() => Ok(new { Id = 1, Name = "a" });

    [HttpGet("dictionary")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public IActionResult Dictionary() => Ok(new Dictionary<string, object> { ["id"] = 1 });

    [HttpGet("other")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public async Task<IActionResult> Other()
    {
        await Task.Yield();
        return Ok(new ResponseTypeMismatchOnKestrelTests.Pot(1));
    }

    [HttpGet("generic")]
    public ActionResult<ResponseTypeMismatchOnKestrelTests.Tea> Generic() => Ok(new { Id = 1 });

    [HttpGet("list")]
    public ActionResult<IEnumerable<ResponseTypeMismatchOnKestrelTests.Tea>> List() => Ok(Enumerable.Range(1, 2).Select(i => new { Id = i }));

    [HttpGet("result")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public IResult Result() => Results.Ok(new { Id = 1 });

    [HttpGet("twice")]
    [Produces("application/json")]
    public IActionResult Twice() => Ok(JsonSerializer.Serialize(new { Id = 1 }));

    [HttpGet("fine")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public IActionResult Fine() => Ok(new ResponseTypeMismatchOnKestrelTests.Tea(1, "a"));

    [HttpGet("derived")]
    public ActionResult<ResponseTypeMismatchOnKestrelTests.Tea> Derived() => new ResponseTypeMismatchOnKestrelTests.GreenTea(1, "a", 3);

    // What the scaffolder writes: the return type is all that is declared, and that is about 200 only.
    [HttpGet("created")]
    public ActionResult<ResponseTypeMismatchOnKestrelTests.Tea> Made() => Created("/", new ResponseTypeMismatchOnKestrelTests.Tea(1, "a"));

    [HttpGet("null")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public ResponseTypeMismatchOnKestrelTests.Tea? Null() => null;

    [HttpGet("list-fine")]
    public ActionResult<IEnumerable<ResponseTypeMismatchOnKestrelTests.Tea>> ListFine() => new ResponseTypeMismatchOnKestrelTests.Tea[] { new(1, "a") };

    [HttpGet("page")]
    public ActionResult<ResponseTypeMismatchOnKestrelTests.Page<ResponseTypeMismatchOnKestrelTests.Tea>> Page() =>
        Ok(new ResponseTypeMismatchOnKestrelTests.Page<ResponseTypeMismatchOnKestrelTests.GreenTea>([], 0));

    [HttpGet("enveloped")]
    public ActionResult<ResponseTypeMismatchOnKestrelTests.Tea> Enveloped() => new ResponseTypeMismatchOnKestrelTests.Tea(1, "a");

    [HttpGet("convention")]
    [ApiConventionMethod(typeof(DefaultApiConventions), nameof(DefaultApiConventions.Get))]
    public IActionResult Convention(int id) => Conflict();

    [HttpGet("bad")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public IActionResult Bad(int id) => Ok(new ResponseTypeMismatchOnKestrelTests.Tea(id, "a"));

    [HttpGet("text")]
    [ProducesResponseType<string>(200)]
    public IActionResult Text() => Ok("done");

    [HttpGet("problem")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    [ProducesResponseType<ProblemDetails>(409)]
    public IActionResult Trouble() => Conflict(new ValidationProblemDetails());

    [HttpGet("untyped-conflict")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Pot>(409)]
    public IActionResult UntypedConflict() => Conflict();

    [HttpPost("takes")]
    [ProducesResponseType<ResponseTypeMismatchOnKestrelTests.Tea>(200)]
    public IActionResult Takes(ResponseTypeMismatchOnKestrelTests.Tea tea) => Ok(tea);
}
