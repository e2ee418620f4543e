using System.Reflection;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>What the attributes on several members allow together.</summary>
internal static class Allowances
{
    public static Allowance? Of(params ReadOnlySpan<MemberInfo?> members)
    {
        Allowance? allowed = null;
        foreach (var member in members)
        {
            for (var declared = member is null ? null : SourceLocator.DeclaredAt(member); declared is not null; declared = declared.Next)
                allowed = new Allowance(declared.Rule, declared.Reason, allowed);
        }

        return allowed;
    }
}
