using System.Reflection;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Which frames belong to the frameworks that run validators.</summary>
internal static class Validators
{
    private static readonly string[] s_runners =
    [
        "System.ComponentModel.DataAnnotations.Validator",
        "Microsoft.AspNetCore.Mvc.ModelBinding.Validation.",
        "Microsoft.AspNetCore.Mvc.DataAnnotations.",
        "Microsoft.Extensions.Validation.",
        "FluentValidation.",
    ];

    public static bool Runs(MethodBase method) =>
        method.DeclaringType is { } type
        && type.FullName is { } name
        && Array.Exists(s_runners, prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
