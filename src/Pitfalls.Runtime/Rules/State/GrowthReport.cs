using System.Globalization;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Code;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Rules.State;

/// <summary>The words for a collection that keeps growing.</summary>
internal static class GrowthReport
{
    public static Occurrence Of(ObservedCollection collection, in Growth growth)
    {
        // Whoever adds in a constructor only did so once; a constructor is the place when there is no other.
        var adders = collection.Changes.Value.Where(c => c.Adds).OrderBy(c => c.IsConstruction).ThenBy(c => !c.IsFromRequests).ToList();
        var adder = adders.FirstOrDefault();
        var place = adder is null ? "" : $"; {adder.Short} adds to it";
        return new Occurrence
        {
            Message = string.Create(
                CultureInfo.InvariantCulture,
                $"{collection.Name} ({collection.Type}) grew from {growth.From:N0} to {growth.To:N0} entries in {growth.Samples} samples, {Rate(growth.PerRequest)} per request, and never shrank{place}."),
            Subject = collection.Name,
            Location = adder?.Location ?? collection.Declaration.Value,
            Evidence = Evidence.Of(
                ("field", collection.Name),
                ("kind", collection.Kind),
                ("keyType", collection.KeyType),
                ("valueType", collection.ValueType),
                ("entries", growth.To),
                ("growingSamples", growth.Samples),
                ("requests", growth.Requests),
                ("entriesPerRequest", Math.Round(growth.PerRequest, 3)),
                ("entriesPerMinute", Math.Round(growth.PerMinute, 1)),
                ("writers", Places(adders))),
            // The newest figures are the highest ones.
            Weight = growth.To,
            Declared = Chain(collection.Declared.Value, adder?.Declared),
        };
    }

    public static string? Places(IReadOnlyList<CodePlace> places) =>
        places.Count == 0 ? null : string.Join("; ", places.Select(p => p.Short).Distinct());

    public static Allowance? Chain(Allowance? first, Allowance? rest) =>
        first is null ? rest : first with { Next = Chain(first.Next, rest) };

    private static string Rate(double perRequest) => perRequest >= 0.1
        ? perRequest.ToString("0.0", CultureInfo.InvariantCulture)
        : perRequest.ToString("0.000", CultureInfo.InvariantCulture);
}
