using System.Reflection;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;

namespace Pitfalls.Runtime.Signals.Startup.Endpoints;

/// <summary>Where a parameter's value comes from, by what is written before it.</summary>
internal enum BindingWord
{
    /// <summary>Nothing is written: the framework infers it.</summary>
    None,

    Body,
    Services,
    Route,

    /// <summary>Something else is written, of the framework's or of the app's.</summary>
    Other,
}

/// <summary>One parameter of a handler, as far as its binding goes.</summary>
internal sealed record BoundParameter
{
    public required string Name { get; init; }

    public required Type Type { get; init; }

    public BindingWord Word { get; init; }

    /// <summary>What is written says more than the source: another name, an empty body, a key.</summary>
    public bool SaysMore { get; init; }

    /// <summary>It may be missing: nullable, or with a default.</summary>
    public bool IsOptional { get; init; }

    /// <summary>The container has it.</summary>
    public bool IsService { get; init; }

    /// <summary>One value of a text: a number, a string, an enum, whatever can be parsed; or a list of those.</summary>
    public bool IsSimple { get; init; }

    /// <summary>The framework knows where it comes from by its type alone, or the type says it itself.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>Nothing is written, and only the body has such a thing.</summary>
    public bool MayBeBody => Word is BindingWord.None or BindingWord.Body && !IsSimple && !IsSpecial && !IsService;
}

/// <summary>Reads the parameters of handlers. Attributes are read as data: none is made.</summary>
internal sealed class BoundParameters(Func<Type, bool> isService)
{
    private const BindingFlags PublicStatic = BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    private static readonly string[] s_special =
    [
        "Microsoft.AspNetCore.Http.HttpContext", "Microsoft.AspNetCore.Http.HttpRequest", "Microsoft.AspNetCore.Http.HttpResponse", "System.Security.Claims.ClaimsPrincipal",
        "System.Threading.CancellationToken", "System.IO.Stream", "System.IO.Pipelines.PipeReader", "Microsoft.AspNetCore.Http.IFormFile",
        "Microsoft.AspNetCore.Http.IFormFileCollection", "Microsoft.AspNetCore.Http.IFormCollection",
    ];

    private readonly NullabilityInfoContext _nullability = new();

    public IReadOnlyList<BoundParameter> Of(MethodInfo handler) => [.. handler.GetParameters().Where(p => p.Name is not null).Select(Of)];

    private BoundParameter Of(ParameterInfo parameter)
    {
        var (word, saysMore) = WordOf(parameter);
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        return new BoundParameter
        {
            Name = parameter.Name!,
            Type = type,
            Word = word,
            SaysMore = saysMore,
            IsOptional = parameter.HasDefaultValue || type != parameter.ParameterType || IsNullable(parameter),
            IsService = isService(type),
            IsSimple = IsSimple(type) || (ElementOf(type) is { } element && IsSimple(element)),
            IsSpecial = Array.IndexOf(s_special, type.FullName) >= 0 || HasBinder(type),
        };
    }

    private static (BindingWord Word, bool SaysMore) WordOf(ParameterInfo parameter)
    {
        var word = BindingWord.None;
        var saysMore = false;
        foreach (var attribute in parameter.GetCustomAttributesData())
        {
            var type = attribute.AttributeType;
            var one = type == typeof(FromBodyAttribute) ? BindingWord.Body
                : type == typeof(FromServicesAttribute) ? BindingWord.Services
                : type == typeof(FromRouteAttribute) ? BindingWord.Route
                : type.Name.StartsWith("From", StringComparison.Ordinal) || type.Name.Contains("Bind", StringComparison.Ordinal) || type == typeof(AsParametersAttribute) ? BindingWord.Other
                : BindingWord.None;
            if (one == BindingWord.None)
                continue;
            word = word == BindingWord.None ? one : BindingWord.Other;
            saysMore |= attribute.NamedArguments.Count > 0 || attribute.ConstructorArguments.Count > 0;
        }

        return (word, saysMore);
    }

    private bool IsNullable(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && _nullability.Create(parameter).WriteState == NullabilityState.Nullable;

    private static bool IsSimple(Type type) =>
        type == typeof(string) || type == typeof(StringValues) || type == typeof(Uri) || type == typeof(object) || type.IsPrimitive || type.IsEnum || HasParser(type)
        // MVC takes whatever a type converter makes of a text.
        || type.GetCustomAttributesData().Any(a => a.AttributeType.Name == "TypeConverterAttribute");

    private static bool HasParser(Type type) => type.GetMember("TryParse", MemberTypes.Method, PublicStatic).Length > 0;

    private static bool HasBinder(Type type) =>
        type.GetMember("BindAsync", MemberTypes.Method, PublicStatic).Length > 0
        || type.GetInterfaces().Any(i => i.Name.StartsWith("IBindableFromHttpContext", StringComparison.Ordinal))
        || type.GetCustomAttributesData().Any(a => a.AttributeType.Name.Contains("ModelBinder", StringComparison.Ordinal));

    private static Type? ElementOf(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericArguments() is [var element] && typeof(System.Collections.IEnumerable).IsAssignableFrom(type) ? element
        : null;
}
