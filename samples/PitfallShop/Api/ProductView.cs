using System.Linq.Expressions;

using PitfallShop.Data;

namespace PitfallShop.Api;

/// <summary>A product as customers see it.</summary>
public sealed record ProductView(int Id, string Sku, string Name, int PriceCents, bool IsInStock)
{
    internal static Expression<Func<Product, ProductView>> From { get; } =
        product => new ProductView(product.Id, product.Sku, product.Name, product.PriceCents, product.Stock > 0);
}
