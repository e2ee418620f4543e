namespace PitfallShop.Data;

/// <summary>A thing to buy. Money is in cents: whole numbers add up the same in every database.</summary>
public sealed class Product
{
    public int Id { get; set; }

    public required string Sku { get; set; }

    public required string Name { get; set; }

    public int PriceCents { get; set; }

    public int Stock { get; set; }
}
