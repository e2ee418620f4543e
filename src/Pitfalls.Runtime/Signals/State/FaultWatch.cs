using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Code;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>Puts the collections' own exceptions and the collections that are watched together: only then it is known that one is shared.</summary>
internal sealed class FaultWatch(
    CollectionFaults faults, CollectionWatch collections, CodeBook code, SourceLocator locator, RuleSet rules, IPitfallReporter reporter, DetectorGuard guard, PitfallMeter meter)
{
    // The exception may come before the scan that sees the collection for the first time.
    private const int MaxTries = 3;

    private readonly RuleRunner<ICollectionFaultRule> _rules = new(rules, reporter, guard, meter);
    private readonly List<CollectionFaults.Sighting> _open = [];

    public bool IsWanted => _rules.IsAnyEnabled;

    /// <summary>Once a scan has seen what there is.</summary>
    public void Judge()
    {
        if (!IsWanted)
            return;
        faults.Listen();
        _open.AddRange(faults.Take());
        foreach (var sighting in _open)
        {
            // Unknown code or a local of the method: it need not be shared, so nothing is said.
            if (code.FieldAt(sighting.Method, sighting.Offset, sighting.Callee) is not { } field)
                sighting.Tries = MaxTries;
            else if (collections.Behind(field) is { } collection)
            {
                var place = new CodePlace { Location = locator.Locate(sighting.Method, sighting.Offset), Declared = SourceLocator.DeclaredAt(sighting.Method) };
                var fault = new CollectionFault(collection, sighting.Kind, place, sighting.Route, sighting.Ambient);
                _rules.Run((rule, report) => rule.Observe(fault, report));
                sighting.Tries = MaxTries;
            }
            else
            {
                sighting.Tries++;
            }
        }

        _open.RemoveAll(s => s.Tries >= MaxTries);
    }
}
