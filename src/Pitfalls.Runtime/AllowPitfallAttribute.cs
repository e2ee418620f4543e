namespace Pitfalls.Runtime;

/// <summary>Allows a pitfall on purpose, with the reason: on an assembly, a type, a member, or as metadata of an endpoint.</summary>
/// <remarks>An empty reason or an unknown rule does not break the app: the attribute is ignored and <c>api/status</c> says so.</remarks>
/// <param name="rule">The rule's id or name: <c>PIT2001</c> or <c>UnboundedStaticCollection</c>.</param>
/// <param name="reason">Why it is right here, for the next reader.</param>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true)]
public sealed class AllowPitfallAttribute(string rule, string reason) : Attribute
{
    /// <summary>The rule's id or name.</summary>
    public string Rule { get; } = rule;

    /// <summary>Why it is right here.</summary>
    public string Reason { get; } = reason;
}
