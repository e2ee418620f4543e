namespace PitfallShop.Data;

/// <summary>Somebody who buys. Never leaves the server as it is: see <c>Responses/SensitiveProperty.cs</c>.</summary>
public sealed class Customer
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public required string Email { get; set; }

    public required string PasswordHash { get; set; }

    /// <summary>Changes with the password, so that older tokens can be told.</summary>
    public required string SecurityStamp { get; set; }

    /// <summary>The avatar's file under a name the server made; <see langword="null"/>: none.</summary>
    public string? AvatarFile { get; set; }
}
