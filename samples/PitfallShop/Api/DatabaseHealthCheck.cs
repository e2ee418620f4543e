using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

using PitfallShop.Data;

namespace PitfallShop.Api;

/// <summary>Healthy means that a customer could be served: so the database is asked a real question.</summary>
internal sealed class DatabaseHealthCheck(ShopDb db) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await db.Products.AnyAsync(cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The shop has nothing to sell.");
}
