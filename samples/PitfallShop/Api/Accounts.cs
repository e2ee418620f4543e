using System.ComponentModel.DataAnnotations;
using System.Security.Claims;

using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

using PitfallShop.Data;

namespace PitfallShop.Api;

/// <summary>Opening an account and signing in. Kept short: a real shop takes ASP.NET Core Identity.</summary>
internal static class Accounts
{
    /// <summary>The policy and the role of whoever runs the shop.</summary>
    public const string Administrator = "administrator";

    public static void AddAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<AccountOptions>(configuration.GetSection("Accounts"));
        services.AddSingleton<IPasswordHasher<Customer>, PasswordHasher<Customer>>();
        // The accounts live as long as the process, so the keys of their tokens need not live longer.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken();
        services.AddAuthorizationBuilder().AddPolicy(Administrator, policy => policy.RequireRole(Administrator));
    }

    public static void Map(ShopRoutes shop)
    {
        shop.Everybody.MapPost("/v2/accounts", Open);
        shop.Everybody.MapPost("/v2/accounts/token", SignIn).Produces<AccessTokenResponse>();
    }

    /// <summary>The number of the customer who is signed in.</summary>
    public static int CustomerId(this ClaimsPrincipal user) => int.Parse(user.FindFirstValue(ClaimTypes.NameIdentifier)!);

    private static async Task<Results<Created<AccountView>, Conflict, ValidationProblem>> Open(
        NewAccount account, ShopDb db, IPasswordHasher<Customer> hasher, CancellationToken cancel)
    {
        if (await db.Customers.AnyAsync(c => c.Email == account.Email, cancel))
            return TypedResults.Conflict();

        var customer = new Customer
        {
            Name = account.Name,
            Email = account.Email,
            PasswordHash = "",
            SecurityStamp = Guid.NewGuid().ToString("N"),
        };
        customer.PasswordHash = hasher.HashPassword(customer, account.Password);
        db.Add(customer);
        await db.SaveChangesAsync(cancel);
        return TypedResults.Created((string?)null, new AccountView(customer.Id, customer.Name));
    }

    private static async Task<Results<SignInHttpResult, UnauthorizedHttpResult>> SignIn(
        Credentials credentials, ShopDb db, IPasswordHasher<Customer> hasher, IOptions<AccountOptions> options, CancellationToken cancel)
    {
        var customer = await db.Customers.AsNoTracking().FirstOrDefaultAsync(c => c.Email == credentials.Email, cancel);
        if (customer is null
            || hasher.VerifyHashedPassword(customer, customer.PasswordHash, credentials.Password) == PasswordVerificationResult.Failed)
            return TypedResults.Unauthorized();

        var identity = new ClaimsIdentity(BearerTokenDefaults.AuthenticationScheme);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, customer.Id.ToString()));
        if (string.Equals(customer.Email, options.Value.Administrator, StringComparison.OrdinalIgnoreCase))
            identity.AddClaim(new Claim(ClaimTypes.Role, Administrator));
        return TypedResults.SignIn(new ClaimsPrincipal(identity), authenticationScheme: BearerTokenDefaults.AuthenticationScheme);
    }
}

/// <summary>Settings of the section <c>Accounts</c>.</summary>
public sealed class AccountOptions
{
    /// <summary>The e-mail address of whoever runs the shop. Default: nobody.</summary>
    public string? Administrator { get; set; }
}

public sealed record NewAccount(
    [Required, StringLength(80)] string Name,
    [Required, EmailAddress] string Email,
    [Required, StringLength(100, MinimumLength = 12)] string Password);

public sealed record Credentials([Required] string Email, [Required] string Password);

public sealed record AccountView(int Id, string Name);
