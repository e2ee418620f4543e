using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Responses;

public class SensitivePropertyOnKestrelTests
{
    private const string Types = "Pitfalls.Runtime.IntegrationTests.Responses.SensitivePropertyOnKestrelTests.";

    [Theory]
    [InlineData("/lambda", "$.passwordHash", Types + "User")]
    [InlineData("/async", "$.passwordHash", Types + "User")]
    [InlineData("/list", "$[0].passwordHash", Types + "User")]
    [InlineData("/stream", "$[0].passwordHash", Types + "User")]
    [InlineData("/typed", "$.owner.passwordHash", Types + "User")]
    [InlineData("/created", "$.passwordHash", Types + "User")]
    [InlineData("/keyed", "$.*.passwordHash", Types + "User")]
    [InlineData("/result", "$.passwordHash", null)]
    [InlineData("/anonymous", "$.clientSecret", null)]
    [InlineData("/hand-written", "$.items[0].api_key", null)]
    [InlineData("/untyped", "$.password", null)]
    [InlineData("/ndjson", "$.password", null)]
    [InlineData("/conflict", "$.passwordHash", null)]
    [InlineData("/large", "$[0].passwordHash", Types + "User")]
    [InlineData("/sensitive/one", "$.passwordHash", Types + "User")]
    [InlineData("/sensitive/many", "$[0].passwordHash", Types + "User")]
    [InlineData("/sensitive/result", "$.passwordHash", null)]
    [InlineData("/sensitive/bad", "$.passwordHash", null)]
    public async Task Flags_in_both_profiles(string path, string jsonPath, string? type)
    {
        foreach (var (environment, severity) in new[] { ("Development", PitfallSeverity.Warning), ("Production", PitfallSeverity.Error) })
        {
            await using var app = await StartAsync(environment);

            await GetAsync(app, path);

            var finding = Assert.Single(await app.FindingsAsync(), f => f.RuleId == "PIT3003");
            Assert.Equal(severity, finding.Severity);
            Assert.Equal(jsonPath, finding.Evidence["path"]);
            Assert.Equal(type, finding.Evidence.TryGetValue("type", out var found) ? found : null);
            Assert.Equal($"GET {path}", Assert.Single(finding.Routes));
            Assert.Equal("SensitivePropertyOnKestrelTests.cs", finding.Location?.File);
            Assert.DoesNotContain("hunter2", JsonSerializer.Serialize(finding), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("POST", "/register")]
    [InlineData("PUT", "/register")]
    public async Task Flags_on_what_is_not_a_GET(string method, string path)
    {
        await using var app = await StartAsync("Development");

        using var response = await app.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await response.Content.ReadAsByteArrayAsync();

        Assert.Equal($"{method} {path}", Assert.Single((await app.ExpectAsync("PIT3003")).Routes));
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task Flags_what_middleware_writes_without_an_endpoint(string environment)
    {
        await using var app = await StartAsync(environment);

        await GetAsync(app, "/middleware");

        var finding = await app.ExpectAsync("PIT3003");
        Assert.Equal("GET (no endpoint)", Assert.Single(finding.Routes));
        Assert.Equal("GET (no endpoint) sends password to the client ($.user.password).", finding.Message);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Flags_in_a_compressed_body(string encoding)
    {
        await using var app = await StartAsync("Production");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/list");
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(encoding));

        using var response = await app.Client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();

        Assert.Equal(encoding, Assert.Single(response.Content.Headers.ContentEncoding));
        Assert.Equal("$[0].passwordHash", (await app.ExpectAsync("PIT3003")).Evidence["path"]);
    }

    [Fact]
    public async Task Flags_an_endpoint_once_and_keeps_its_worst_response()
    {
        await using var app = await StartAsync("Development");

        await GetAsync(app, "/growing?secrets=1");
        await GetAsync(app, "/growing?secrets=3");
        await GetAsync(app, "/growing?secrets=2");

        var finding = Assert.Single(await app.FindingsAsync());
        Assert.Equal(3, finding.Count);
        Assert.Equal(3, finding.Evidence["properties"]);
        Assert.Equal("GET /growing sends password to the client ($.a.password), and 2 more.", finding.Message);
    }

    [Fact]
    public async Task Flags_under_another_naming_policy_and_still_knows_the_type()
    {
        await using var app = await StartAsync("Development", services: s =>
            s.ConfigureHttpJsonOptions(o => o.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower));

        await GetAsync(app, "/lambda");

        var finding = await app.ExpectAsync("PIT3003");
        Assert.Equal("$.password_hash", finding.Evidence["path"]);
        Assert.Equal(Types + "User", finding.Evidence["type"]);
    }

    [Fact]
    public async Task Flags_extra_words_and_stays_silent_on_excluded_ones_from_configuration()
    {
        await using var app = await StartAsync("Development", settings: new()
        {
            ["Pitfalls:Rules:PIT3003:ExtraWords:0"] = "nickname",
            ["Pitfalls:Rules:PIT3003:ExtraWords:1"] = "salary",
            ["Pitfalls:Rules:PIT3003:ExcludedWords"] = "hash",
        });

        await GetAsync(app, "/extra");
        await GetAsync(app, "/lambda");

        var finding = Assert.Single(await app.FindingsAsync());
        Assert.Equal("$.nickname, $.salary", finding.Evidence["paths"]);
    }

    [Theory]
    [InlineData("/clean")]
    [InlineData("/masked")]
    [InlineData("/token")]
    [InlineData("/openapi")]
    [InlineData("/html")]
    [InlineData("/validation")]
    [InlineData("/sensitive/validation")]
    [InlineData("/sensitive/serializable-error")]
    [InlineData("/sensitive/model-state?Password=short")]
    public async Task StaysSilent_on(string path)
    {
        await using var app = await StartAsync("Development");

        await GetAsync(app, path);

        await app.AssertSilentAsync("PIT3003");
    }

    [Fact]
    public async Task StaysSilent_on_the_endpoints_of_Identity()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.UseAuthentication();
                a.UseAuthorization();
                a.MapIdentityApi<IdentityUser>();
            },
            s =>
            {
                s.AddIdentityApiEndpoints<IdentityUser>().AddUserStore<MemoryUsers>();
                s.AddSingleton<MemoryUsers>();
                s.AddScoped<IUserStore<IdentityUser>>(p => p.GetRequiredService<MemoryUsers>());
                s.AddAuthorization();
            });
        var account = new { email = "ada@example.org", password = "hunter2-Hunter2" };

        using var refused = await app.Client.PostAsJsonAsync("/register", new { email = "ada@example.org", password = "x" });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("Password", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        (await app.Client.PostAsJsonAsync("/register", account)).EnsureSuccessStatusCode();
        using var login = await app.Client.PostAsJsonAsync("/login", account);
        var tokens = await login.Content.ReadFromJsonAsync<JsonElement>();
        app.Client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.GetProperty("accessToken").GetString());
        using var refreshed = await app.Client.PostAsJsonAsync("/refresh", new { refreshToken = tokens.GetProperty("refreshToken").GetString() });
        Assert.Equal(HttpStatusCode.OK, refreshed.StatusCode);
        using var factor = await app.Client.PostAsJsonAsync("/manage/2fa", new { resetRecoveryCodes = true });
        Assert.Contains("sharedKey", await factor.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await app.AssertSilentAsync("PIT3003");
    }

    [Theory]
    [InlineData("/allowed/attribute")]
    [InlineData("/allowed/endpoint")]
    [InlineData("/allowed/group")]
    [InlineData("/allowed/scope-that-writes")]
    [InlineData("/allowed/scope-that-returns")]
    [InlineData("/allowed/configured")]
    [InlineData("/allowed/member")]
    [InlineData("/allowed/type")]
    [InlineData("/sensitive/allowed")]
    [InlineData("/sensitive/allowed-controller")]
    public async Task StaysSilent_where_it_is_allowed(string path)
    {
        // A host without logging and tracing makes no activity, and only the activity tells of a scope that has ended before the framework writes.
        using var tracing = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(tracing);
        foreach (var environment in new[] { "Development", "Production" })
        {
            await using var app = await StartAsync(environment, settings: new()
            {
                ["Pitfalls:Allow:0:Rule"] = "SensitiveProperty",
                ["Pitfalls:Allow:0:Where"] = "GET /allowed/configured",
                ["Pitfalls:Allow:0:Reason"] = "a test",
            });

            Assert.Contains("hunter2", await GetAsync(app, path), StringComparison.Ordinal);

            await app.AssertSilentAsync("PIT3003");
        }
    }

    [Fact]
    public async Task Limitation_behind_the_first_64_KiB_nothing_is_seen()
    {
        await using var app = await StartAsync("Development");

        Assert.Contains("hunter2", await GetAsync(app, "/late"), StringComparison.Ordinal);

        await app.AssertSilentAsync("PIT3003");
    }

    private static async Task<string> GetAsync(TestApp app, string path)
    {
        using var response = await app.Client.GetAsync(path);
        return await response.Content.ReadAsStringAsync();
    }

    private static Task<TestApp> StartAsync(
        string environment, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null) => TestApp.StartAsync(
        app =>
        {
            app.UseResponseCompression();
            app.Use((context, next) => context.Request.Path == "/middleware"
                ? context.Response.WriteAsync("""{"user":{"name":"ada","password":"hunter2"}}""")
                : next());
            MapLeaks(app);
            MapClean(app);
            MapAllowed(app);
            app.MapControllers();
        },
        s =>
        {
            s.AddControllers().AddApplicationPart(typeof(SensitivePropertyOnKestrelTests).Assembly);
            s.AddResponseCompression(o => o.EnableForHttps = true);
            s.Configure<GzipCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest);
            services?.Invoke(s);
        },
        environment,
        settings);

    private static void MapLeaks(IEndpointRouteBuilder app)
    {
        app.MapGet("/lambda", () => new User());
        app.MapGet("/async", async () =>
        {
            await Task.Yield();
            return new User();
        });
        app.MapGet("/list", () => Enumerable.Range(0, 20).Select(i => new User { Id = i }).ToList());
        app.MapGet("/stream", Stream);
        app.MapGet("/typed", Results<Ok<Order>, NotFound> () => TypedResults.Ok(new Order(7, new User())));
        app.MapGet("/created", () => TypedResults.Created("/users/1", new User()));
        app.MapGet("/keyed", () => new Dictionary<string, User> { ["alice"] = new(), ["bob"] = new() });
        app.MapGet("/result", () => Results.Ok(new User()));
        app.MapGet("/anonymous", () => Results.Json(new { client = "shop", clientSecret = "hunter2" }));
        app.MapGet("/hand-written", (HttpContext context) =>
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            return context.Response.WriteAsync("""{"items":[{"api_key":"hunter2"}]}""");
        });
        app.MapGet("/untyped", (HttpContext context) => context.Response.WriteAsync("""{"password":"hunter2"}"""));
        app.MapGet("/ndjson", () => Results.Text("{\"id\":1}\n{\"password\":\"hunter2\"}\n", "application/x-ndjson"));
        app.MapGet("/conflict", () => Results.Json(new User(), statusCode: 409));
        app.MapGet("/large", () => Enumerable.Range(0, 5000).Select(i => new User { Id = i }));
        app.MapGet("/growing", (int secrets) => Results.Json(
            Enumerable.Range(0, secrets).ToDictionary(i => ((char)('a' + i)).ToString(), _ => new { password = "hunter2" })));
        app.MapGet("/extra", () => Results.Json(new { nickname = "ada", salary = 52_000, name = "Ada" }));
        app.MapGet("/late", () => Results.Json(new { filler = new string('a', 70_000), password = "hunter2" }));
        app.MapMethods("/register", ["POST", "PUT"], () => new User());
    }

    private static void MapClean(IEndpointRouteBuilder app)
    {
        app.MapGet("/clean", () => new { id = 1, hasPassword = true, passwordLength = 12, nextPageToken = "CAUQAA", password = (string?)null, apiKey = "" });
        app.MapGet("/masked", () => new { password = "••••••", apiKey = "sk-***1234", secret = "<hidden>", cardNumber = "**** **** **** 4242" });
        app.MapGet("/token", () => new { access_token = "eyJ", token_type = "Bearer", expires_in = 3600, refresh_token = "8xL" });
        app.MapGet("/openapi", () => Results.Text("""{"openapi":"3.1.1","components":{"examples":{"u":{"value":{"password":"hunter2"}}}}}""", "application/json"));
        app.MapGet("/html", () => Results.Text("""<script>var a = {"password":"hunter2"}</script>""", "text/html"));
        app.MapGet("/validation", () => Results.ValidationProblem(new Dictionary<string, string[]> { ["Password"] = ["The Password field is required."] }));
    }

    private static void MapAllowed(IEndpointRouteBuilder app)
    {
        app.MapGet("/allowed/attribute", [AllowPitfall("PIT3003", "a test")] () => new User());
        app.MapGet("/allowed/endpoint", () => new User()).AllowPitfall("PIT3003", "a test");
        app.MapGroup("/allowed").AllowPitfall("SensitiveProperty", "a test").MapGet("/group", () => new User());
        app.MapGet("/allowed/scope-that-writes", async (HttpContext context) =>
        {
            await Task.Yield();
            using (Pitfall.Allow("PIT3003", "a test"))
                await context.Response.WriteAsJsonAsync(new User());
        });
        app.MapGet("/allowed/scope-that-returns", () =>
        {
            using (Pitfall.Allow("PIT3003", "a test"))
                return new User();
        });
        app.MapGet("/allowed/configured", () => new User());
        app.MapGet("/allowed/member", () => new NewKey("hunter2"));
        app.MapGet("/allowed/type", () => TypedResults.Ok(new List<NewClient> { new("hunter2") }));
    }

    private static async IAsyncEnumerable<User> Stream()
    {
        await Task.Yield();
        yield return new User();
    }

    public sealed class User
    {
        public int Id { get; set; } = 1;

        public string Name { get; set; } = "Ada";

        public string PasswordHash { get; set; } = "hunter2";
    }

    public sealed record Order(int Id, User Owner);

    public sealed record NewKey([property: AllowPitfall("PIT3003", "shown once, when it is made")] string ApiKey);

    [AllowPitfall("PIT3003", "shown once, when it is made")]
    public sealed record NewClient(string ClientSecret);

    /// <summary>Users of one test.</summary>
    private sealed class MemoryUsers : IUserPasswordStore<IdentityUser>, IUserEmailStore<IdentityUser>, IUserSecurityStampStore<IdentityUser>,
        IUserAuthenticatorKeyStore<IdentityUser>, IUserTwoFactorStore<IdentityUser>, IUserTwoFactorRecoveryCodeStore<IdentityUser>
    {
        private readonly List<IdentityUser> _users = [];
        private string? _key;

        public Task<IdentityResult> CreateAsync(IdentityUser user, CancellationToken cancellationToken)
        {
            _users.Add(user);
            return Task.FromResult(IdentityResult.Success);
        }

        public Task<IdentityResult> UpdateAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(IdentityResult.Success);

        public Task<IdentityResult> DeleteAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(IdentityResult.Success);

        public Task<IdentityUser?> FindByIdAsync(string userId, CancellationToken cancellationToken) => Task.FromResult(_users.Find(u => u.Id == userId));

        public Task<IdentityUser?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
            Task.FromResult(_users.Find(u => u.NormalizedUserName == normalizedUserName));

        public Task<IdentityUser?> FindByEmailAsync(string normalizedEmail, CancellationToken cancellationToken) =>
            Task.FromResult(_users.Find(u => u.NormalizedEmail == normalizedEmail));

        public Task<string> GetUserIdAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(user.Id);

        public Task<string?> GetUserNameAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(user.UserName);

        public Task<string?> GetNormalizedUserNameAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(user.NormalizedUserName);

        public Task<string?> GetPasswordHashAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(user.PasswordHash);

        public Task<bool> HasPasswordAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(user.PasswordHash is not null);

        public Task<string?> GetEmailAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(user.Email);

        public Task<bool> GetEmailConfirmedAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(true);

        public Task<string?> GetNormalizedEmailAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(user.NormalizedEmail);

        public Task<string?> GetSecurityStampAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(user.SecurityStamp);

        public Task<string?> GetAuthenticatorKeyAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(_key);

        public Task<bool> GetTwoFactorEnabledAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(false);

        public Task<int> CountCodesAsync(IdentityUser user, CancellationToken cancellationToken) => Task.FromResult(0);

        public Task<bool> RedeemCodeAsync(IdentityUser user, string code, CancellationToken cancellationToken) => Task.FromResult(false);

        public Task ReplaceCodesAsync(IdentityUser user, IEnumerable<string> recoveryCodes, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task SetTwoFactorEnabledAsync(IdentityUser user, bool enabled, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task SetAuthenticatorKeyAsync(IdentityUser user, string key, CancellationToken cancellationToken) => Set(() => _key = key);

        public Task SetSecurityStampAsync(IdentityUser user, string stamp, CancellationToken cancellationToken) => Set(() => user.SecurityStamp = stamp);

        public Task SetUserNameAsync(IdentityUser user, string? userName, CancellationToken cancellationToken) => Set(() => user.UserName = userName);

        public Task SetNormalizedUserNameAsync(IdentityUser user, string? normalizedName, CancellationToken cancellationToken) =>
            Set(() => user.NormalizedUserName = normalizedName);

        public Task SetPasswordHashAsync(IdentityUser user, string? passwordHash, CancellationToken cancellationToken) => Set(() => user.PasswordHash = passwordHash);

        public Task SetEmailAsync(IdentityUser user, string? email, CancellationToken cancellationToken) => Set(() => user.Email = email);

        public Task SetEmailConfirmedAsync(IdentityUser user, bool confirmed, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task SetNormalizedEmailAsync(IdentityUser user, string? normalizedEmail, CancellationToken cancellationToken) =>
            Set(() => user.NormalizedEmail = normalizedEmail);

        public void Dispose()
        {
        }

        private static Task Set(Action set)
        {
            set();
            return Task.CompletedTask;
        }
    }
}

[ApiController]
[Route("sensitive")]
public sealed class SensitiveController : ControllerBase
{
    [HttpGet("one")]
    public ActionResult<SensitivePropertyOnKestrelTests.User> One() => new SensitivePropertyOnKestrelTests.User();

    [HttpGet("many")]
    public async Task<IEnumerable<SensitivePropertyOnKestrelTests.User>> Many()
    {
        await Task.Yield();
        return [new()];
    }

    [HttpGet("result")]
    public IActionResult Result() => Ok(new SensitivePropertyOnKestrelTests.User());

    [HttpGet("bad")]
    public IActionResult Bad() => BadRequest(new SensitivePropertyOnKestrelTests.User());

    [HttpGet("validation")]
    public IActionResult Validation()
    {
        ModelState.AddModelError("Password", "The Password field is required.");
        return ValidationProblem(ModelState);
    }

    [HttpGet("serializable-error")]
    public IActionResult Serializable()
    {
        ModelState.AddModelError("Password", "PasswordTooShort");
        return BadRequest(ModelState);
    }

    [HttpGet("model-state")]
    public IActionResult Model([FromQuery, System.ComponentModel.DataAnnotations.MinLength(12)] string password) => Ok(password.Length);

    [HttpGet("allowed")]
    [AllowPitfall("PIT3003", "a test")]
    public SensitivePropertyOnKestrelTests.User Allowed() => new();
}

[ApiController]
[Route("sensitive/allowed-controller")]
[AllowPitfall("SensitiveProperty", "a test")]
public sealed class AllowedSensitiveController : ControllerBase
{
    [HttpGet]
    public IActionResult Get() => Ok(new SensitivePropertyOnKestrelTests.User());
}
