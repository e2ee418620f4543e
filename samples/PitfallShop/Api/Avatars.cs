using System.Security.Claims;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Data;

namespace PitfallShop.Api;

/// <summary>Pictures that customers send. Neither the name nor the type the client claims is believed.</summary>
internal static class Avatars
{
    private const int MaxBytes = 256 * 1024;

    public static void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v2/customers/{id}/avatar", Show);
        // No cookies, so no forged form: a browser does not send a bearer token by itself.
        shop.Customers.MapPut("/v2/customers/me/avatar", Replace)
            .WithMetadata(new RequestSizeLimitAttribute(MaxBytes))
            .DisableAntiforgery();
    }

    /// <summary>Takes a customer's avatar away; having none already is fine.</summary>
    public static Task RemoveAsync(ClaimsPrincipal user, ShopDb db, ShopFolder folder, CancellationToken cancel) =>
        SetAsync(null, user, db, folder, cancel);

    private static async Task<Results<PhysicalFileHttpResult, NotFound>> Show(int id, ShopDb db, ShopFolder folder, CancellationToken cancel)
    {
        var name = await db.Customers.Where(c => c.Id == id).Select(c => c.AvatarFile).FirstOrDefaultAsync(cancel);
        return name is null
            ? TypedResults.NotFound()
            : TypedResults.PhysicalFile(Path.Combine(folder.Avatars, name), TypeOf(name));
    }

    private static async Task<Results<NoContent, ValidationProblem>> Replace(
        IFormFile picture, ClaimsPrincipal user, ShopDb db, ShopFolder folder, CancellationToken cancel)
    {
        await using var content = picture.OpenReadStream();
        if (await ExtensionOf(content, cancel) is not { } extension || picture.ContentType != TypeOf(extension))
            return TypedResults.ValidationProblem([new("picture", ["A PNG or JPEG picture is wanted, sent as what it is."])]);

        var name = Guid.NewGuid().ToString("N") + extension;
        await using (var file = new FileStream(Path.Combine(folder.Avatars, name), FileMode.CreateNew, FileAccess.Write, FileShare.None, 4096, useAsync: true))
            await content.CopyToAsync(file, cancel);

        await SetAsync(name, user, db, folder, cancel);
        return TypedResults.NoContent();
    }

    private static async Task SetAsync(string? name, ClaimsPrincipal user, ShopDb db, ShopFolder folder, CancellationToken cancel)
    {
        var customer = await db.Customers.SingleAsync(c => c.Id == user.CustomerId(), cancel);
        var before = customer.AvatarFile;
        customer.AvatarFile = name;
        await db.SaveChangesAsync(cancel);
        if (before is not null)
            File.Delete(Path.Combine(folder.Avatars, before));
    }

    /// <summary>The extension the first bytes deserve; <see langword="null"/> for anything but a picture.</summary>
    private static async Task<string?> ExtensionOf(Stream content, CancellationToken cancel)
    {
        var head = new byte[8];
        var read = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
        content.Position = 0;
        return head.AsSpan(0, read) switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A] => ".png",
            [0xFF, 0xD8, 0xFF, ..] => ".jpg",
            _ => null,
        };
    }

    private static string TypeOf(string name) => name.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "image/jpeg";
}
