namespace Pitfalls.Runtime.Reporting;

/// <summary>One pitfall allowed on purpose; a chain, so that scopes nest without a copy.</summary>
internal sealed record Allowance(string Rule, string Reason, Allowance? Next = null)
{
    /// <summary>What either of two chains allows.</summary>
    public static Allowance? Join(Allowance? first, Allowance? second)
    {
        for (; second is not null && first is not null; second = second.Next)
            first = new Allowance(second.Rule, second.Reason, first);
        return first ?? second;
    }

    public bool Covers(PitfallRule rule)
    {
        for (var allowance = this; allowance is not null; allowance = allowance.Next)
        {
            if (rule.IsCalled(allowance.Rule))
                return true;
        }

        return false;
    }
}
