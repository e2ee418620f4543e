namespace PitfallShop.Api;

/// <summary>
/// Who may call what is said once, here: every route stands in one of these groups. An endpoint that forgets to say it does not exist.
/// </summary>
/// <param name="Unsaid">Says nothing: only for the first version of lessons about saying it.</param>
public sealed record ShopRoutes(RouteGroupBuilder Everybody, RouteGroupBuilder Customers, RouteGroupBuilder Administrators, RouteGroupBuilder Unsaid)
{
    public static ShopRoutes In(IEndpointRouteBuilder app) => new(
        app.MapGroup("").AllowAnonymous(),
        app.MapGroup("").RequireAuthorization(),
        app.MapGroup("").RequireAuthorization(Accounts.Administrator),
        app.MapGroup(""));
}
