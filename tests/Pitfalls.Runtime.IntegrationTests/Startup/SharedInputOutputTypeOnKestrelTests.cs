using System.Text.Json.Serialization;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Startup;

/// <summary>PIT3006 SharedInputOutputType through a real host.</summary>
public class SharedInputOutputTypeOnKestrelTests
{
    [Fact]
    public async Task Flags_a_class_with_a_member_that_only_the_server_may_set()
    {
        var finding = Assert.Single(await FindAsync(app =>
        {
            app.MapPost("/accounts", (Account account) => Results.Ok(account)).Produces<Account>();
            app.MapGet("/accounts", () => new List<Account>());
        }));

        Assert.Equal(["POST /accounts"], finding.Routes);
        Assert.Contains("Account is the body POST /accounts takes and what POST /accounts answers: clients can set", finding.Message, StringComparison.Ordinal);
        Assert.Equal("Password, IsAdmin, CreatedAt", finding.Evidence["members"]);
        Assert.Equal(false, finding.Evidence["entity"]);
        Assert.Equal("SharedInputOutputTypeOnKestrelTests.cs", finding.Location?.File);
    }

    [Theory]
    [InlineData(typeof(WithRole))]
    [InlineData(typeof(WithOwner))]
    [InlineData(typeof(WithTenant))]
    [InlineData(typeof(WithStamp))]
    [InlineData(typeof(WithBalance))]
    [InlineData(typeof(WithSecret))]
    public async Task Flags_every_kind_of_member(Type type)
    {
        var finding = Assert.Single(await FindAsync(app =>
        {
            app.MapPost("/in", Take(type));
            app.MapGet("/out", () => Results.Ok()).Produces(200, type);
        }));

        Assert.Equal(["POST /in", "GET /out"], finding.Routes);
        Assert.Equal(type.FullName, finding.Evidence["type"]);
    }

    [Fact]
    public async Task Flags_an_entity_whatever_it_holds()
    {
        var finding = Assert.Single(await FindAsync(
            app =>
            {
                app.MapPut("/shelves/{id}", (int id, Shelf shelf) => Results.NoContent());
                app.MapGet("/shelves", async Task<List<Shelf>> () =>
                {
                    await Task.Yield();
                    return [];
                });
            },
            services => services.AddDbContext<ShelfDb>(o => o.UseSqlite("Data Source=:memory:"))));

        Assert.Equal(true, finding.Evidence["entity"]);
        Assert.Contains("it is an entity of the database, so clients can write every column", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_in_controllers_and_inside_pages_of_results()
    {
        var findings = await FindAsync(app => app.MapControllers(), services => services.AddOnlyControllers(typeof(SharedController), typeof(SharedFormController)));

        Assert.Equal(
            [typeof(WithOwner).FullName, typeof(WithRole).FullName],
            findings.Select(f => f.Evidence["type"]).Order());
    }

    [Fact]
    public async Task StaysSilent_on_types_with_nothing_to_hide_and_on_types_of_their_own()
    {
        Assert.Empty(await FindAsync(app =>
        {
            app.MapPost("/small", (Small small) => small);
            app.MapPost("/tasks", (TodoItem item) => TypedResults.Ok(item));
            app.MapPost("/register", (Account account) => new AccountView(1, account.Name));
            app.MapGet("/accounts", () => new List<AccountView>());
            app.MapPost("/ignored", (Ignored ignored) => ignored);
            app.MapPost("/computed", (Computed computed) => computed);
            app.MapPost("/text", ([FromBody] string text) => text);
            app.MapGet("/service", (Ledger ledger) => new Ledger());
            app.MapGet("/query", ([AsParameters] WithRole role) => new WithRole());
            app.MapGet("/only-out", () => new WithBalance());
            app.MapPost("/only-in", (WithStamp stamp) => Results.NoContent());
            app.MapPost("/allowed", (WithTenant tenant) => tenant).AllowPitfall("PIT3006", "an internal tool");
        }, services => services.AddSingleton<Ledger>()));
    }

    [Fact]
    public async Task StaysSilent_in_production() =>
        Assert.Empty(await FindAsync(app => app.MapPost("/in", (Account account) => account), environment: "Production"));

    [Fact]
    public async Task Limitation_a_member_called_UserId_does_not_count() =>
        Assert.Empty(await FindAsync(app => app.MapPost("/in", (WithUser user) => user)));

    private static Delegate Take(Type type) => typeof(SharedInputOutputTypeOnKestrelTests)
        .GetMethod(nameof(Taken), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
        .MakeGenericMethod(type).CreateDelegate(typeof(Func<,>).MakeGenericType(type, typeof(IResult)));

    private static IResult Taken<T>(T taken) => Results.Ok(taken);

    private static Task<IReadOnlyList<Finding>> FindAsync(Action<WebApplication> app, Action<IServiceCollection>? services = null, string environment = "Development") =>
        Posture.FindAsync("PIT3006", app, services, environment);

    public class Account
    {
        public int Id { get; set; }

        public string Name { get; set; } = "";

        public string Password { get; set; } = "";

        public bool IsAdmin { get; set; }

        public DateTime CreatedAt { get; set; }
    }

    public record AccountView(int Id, string Name);

    public record Small(int Id, string Name, string? Note);

    public record TodoItem(int Id, string Title, bool IsDone, DateOnly? Due);

    public class WithRole
    {
        public string? Role { get; set; }
    }

    public class WithOwner
    {
        public int OwnerId { get; set; }
    }

    public class WithTenant
    {
        public Guid TenantId { get; set; }
    }

    public class WithStamp
    {
        public DateTimeOffset LastModified { get; set; }
    }

    public class WithBalance
    {
        public decimal Balance { get; init; }
    }

    public record WithSecret(string Name, string ApiKey);

    public class WithUser
    {
        public int UserId { get; set; }
    }

    public class Ignored
    {
        public string Name { get; set; } = "";

        [JsonIgnore]
        public string Password { get; set; } = "";
    }

    public class Computed
    {
        public string Name { get; set; } = "";

        public DateTime CreatedAt { get; } = DateTime.UnixEpoch;

        public bool IsAdmin { get; private set; }

        public string Role => "guest";
    }

    public class Ledger
    {
        public decimal Balance { get; set; }
    }

    public class Shelf
    {
        public int Id { get; set; }

        public string Label { get; set; } = "";
    }

    public record Page<T>(IReadOnlyList<T> Items, int Total);

    private sealed class ShelfDb(DbContextOptions<ShelfDb> options) : DbContext(options)
    {
        public DbSet<Shelf> Shelves => Set<Shelf>();
    }
}

[ApiController]
[Route("shared")]
public class SharedController : ControllerBase
{
    [HttpPost]
    public IActionResult Take(SharedInputOutputTypeOnKestrelTests.WithRole role) => NoContent();

    [HttpGet]
    public ActionResult<SharedInputOutputTypeOnKestrelTests.Page<SharedInputOutputTypeOnKestrelTests.WithRole>> Show() => NoContent();
}

[Route("shared-form")]
public class SharedFormController : ControllerBase
{
    [HttpPut]
    [ProducesResponseType<SharedInputOutputTypeOnKestrelTests.WithOwner[]>(200)]
    public IActionResult Change([FromBody] List<SharedInputOutputTypeOnKestrelTests.WithOwner> owners) => Ok(owners);
}
