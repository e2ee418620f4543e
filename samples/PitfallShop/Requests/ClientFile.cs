using System.Net.Http.Headers;
using System.Security.Claims;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;

namespace PitfallShop.Requests;

/// <summary>PIT4002 and PIT4003: a customer's picture is saved under the name the customer's browser sent, and taken for what it says it is.</summary>
public sealed class ClientFile : Lesson
{
    private const int MaxBytes = 256 * 1024;
    private const string Page = "<!DOCTYPE html><html><script>alert('your session is mine')</script></html>";

    private static readonly byte[] s_png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13];

    public override IReadOnlyList<Expectation> Expectations { get; } =
    [
        Finds("PIT4002", "PUT /v1/customers/me/avatar"),
        Finds("PIT4003", "PUT /v1/customers/me/avatar"),
    ];

    // v2 is the shop's own way to take avatars, in Api/Avatars.cs: a name made here, and the first bytes looked at.
    public override void Map(ShopRoutes shop) => shop.Customers.MapPut("/v1/customers/me/avatar", ReplaceV1)
        .WithMetadata(new RequestSizeLimitAttribute(MaxBytes))
        .DisableAntiforgery();

    public override async Task VisitAsync(Visit visit)
    {
        await SendAsync(s_png, announcedV2: 204);
        await SendAsync(System.Text.Encoding.ASCII.GetBytes(Page), announcedV2: 400);

        Task SendAsync(byte[] content, int announcedV2)
        {
            var picture = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } };
            return visit.SendAsync(
                HttpMethod.Put, "customers/me/avatar", new MultipartFormDataContent { { picture, "picture", "me.png" } }, v1: 204, v2: announcedV2);
        }
    }

    // v1: what the client calls its file becomes a path here, and what it says of its content is believed.
    private static async Task<Results<NoContent, ValidationProblem>> ReplaceV1(IFormFile picture, ClaimsPrincipal user, ShopFolder folder, CancellationToken cancel)
    {
        if (picture.ContentType is not ("image/png" or "image/jpeg"))
            return TypedResults.ValidationProblem([new("picture", ["A PNG or JPEG picture is wanted."])]);

        var home = Directory.CreateDirectory(Path.Combine(folder.Avatars, $"{user.CustomerId()}")).FullName;
        await using var file = new FileStream(Path.Combine(home, picture.FileName), FileMode.Create, FileAccess.Write, FileShare.None, 4096, useAsync: true);
        await picture.CopyToAsync(file, cancel);
        return TypedResults.NoContent();
    }
}
