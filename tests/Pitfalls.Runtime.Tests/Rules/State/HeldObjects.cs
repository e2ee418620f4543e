using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Code;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Tests.Rules.State;

/// <summary>Objects in fields that live long, as the rules get to see them.</summary>
internal static class HeldObjects
{
    public static HeldObject Of(
        HeldKind kind = HeldKind.None, RootKind root = RootKind.Singleton, bool isInStaticField = false, bool isElement = false, bool isScoped = false, bool isPromoted = false,
        int samples = 1, int samplesOfThisOne = 1, bool isConstructedByUser = false, Allowance? declared = null, params CodePlace[] writers) => new()
        {
            Name = "Shop.Registry._held",
            Type = "IHeld",
            FullType = "Shop.Held",
            Holder = "Shop.Registry",
            Kind = kind,
            Root = isInStaticField ? RootKind.Static : root,
            IsInStaticField = isInStaticField,
            IsElement = isElement,
            IsScopedService = isScoped,
            IsPromoted = isPromoted,
            Samples = samples,
            SamplesOfThisOne = samplesOfThisOne,
            HolderLocation = new(() => new PitfallLocation { Function = "Shop.Registry.Registry", File = "Registry.cs", Line = 7 }),
            Assignments = new(() => writers),
            IsConstructedByUser = new(() => isConstructedByUser),
            Declaration = new(() => new PitfallLocation { Function = "Shop.Registry._held", File = "Registry.cs", Line = 5 }),
            Declared = new(declared),
        };
}
