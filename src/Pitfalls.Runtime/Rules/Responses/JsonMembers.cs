using System.Reflection;
using System.Text.Json.Serialization;

using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>One step down a JSON text: a property, or an element of an array when there is no name.</summary>
internal readonly record struct JsonStep(string? Name, int Index);

/// <summary>Follows a way through JSON along the types it was made of. Metadata only: nothing of the app runs.</summary>
internal static class JsonMembers
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The member at the end of the way, <see langword="null"/> where the types do not say; and which steps are keys of a dictionary.</summary>
    public static (MemberInfo? Member, IReadOnlySet<int> Keys) Follow(Type? type, IReadOnlyList<JsonStep> steps)
    {
        var keys = new HashSet<int>();
        MemberInfo? member = null;
        for (var i = 0; i < steps.Count && type is not null; i++)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            member = null;
            if (steps[i].Name is not { } name)
            {
                type = ElementOf(type);
            }
            else if (ValueOf(type) is { } value)
            {
                keys.Add(i);
                type = value;
            }
            else
            {
                member = Find(type, name);
                type = member is null ? null : TypeOf(member);
            }
        }

        return (type is null ? null : member, keys);
    }

    /// <summary>What attributes on a member, its types and its assembly allow. Read as data: no attribute's code runs.</summary>
    public static Allowance? AllowedAt(MemberInfo member, PitfallRule rule)
    {
        var places = new List<IList<CustomAttributeData>> { member.GetCustomAttributesData(), member.Module.Assembly.GetCustomAttributesData() };
        for (var type = member.DeclaringType; type is not null; type = type.DeclaringType)
            places.Add(type.GetCustomAttributesData());
        // On a record's parameter, an attribute stays with the parameter.
        foreach (var parameter in member.DeclaringType?.GetConstructors().SelectMany(c => c.GetParameters()).Where(p => p.Name == member.Name) ?? [])
            places.Add(parameter.GetCustomAttributesData());
        return places.SelectMany(p => p)
            .Where(a => a.AttributeType == typeof(AllowPitfallAttribute))
            .Select(a => a.ConstructorArguments is [{ Value: string id }, { Value: string reason }] && !string.IsNullOrWhiteSpace(reason) ? new Allowance(id, reason) : null)
            .FirstOrDefault(a => a?.Covers(rule) == true);
    }

    /// <summary>The type that declares a member as its author would write it: <c>Shop.Page&lt;User&gt;</c>.</summary>
    public static string OwnerOf(MemberInfo member)
    {
        var type = member.DeclaringType!;
        if (TypeNames.IsAnonymous(type))
            return TypeNames.Of(type);
        var name = TypeNames.Of(type);
        for (var outer = type.DeclaringType; outer is not null; outer = outer.DeclaringType)
            name = $"{TypeNames.Of(outer)}.{name}";
        return string.IsNullOrEmpty(type.Namespace) ? name : $"{type.Namespace}.{name}";
    }

    public static Type? ElementOf(Type type) =>
        type.IsArray ? type.GetElementType() : ArgumentOf(type, typeof(IEnumerable<>)) ?? ArgumentOf(type, typeof(IAsyncEnumerable<>));

    /// <summary>The type of a dictionary's values.</summary>
    public static Type? ValueOf(Type type) =>
        ArgumentOf(type, typeof(IDictionary<,>)) ?? ArgumentOf(type, typeof(IReadOnlyDictionary<,>));

    private static Type? ArgumentOf(Type type, Type definition) =>
        type.GetInterfaces().Prepend(type).FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == definition)?.GetGenericArguments()[^1];

    /// <summary>The property or field that is called so in JSON, also one of the types that stand for this one there.</summary>
    private static MemberInfo? Find(Type type, string name)
    {
        foreach (var candidate in DerivedFrom(type).Prepend(type))
        {
            if (candidate.GetProperties(Instance).Concat<MemberInfo>(candidate.GetFields(Instance)).FirstOrDefault(m => IsCalled(m, name)) is { } found)
                return found;

            // What an interface inherits is not among its members.
            foreach (var inherited in candidate.IsInterface ? candidate.GetInterfaces() : [])
            {
                if (Find(inherited, name) is { } member)
                    return member;
            }
        }

        return null;
    }

    private static IEnumerable<Type> DerivedFrom(Type type) =>
        type.GetCustomAttributesData()
            .Where(a => a.AttributeType == typeof(JsonDerivedTypeAttribute) || a.AttributeType.IsAssignableTo(typeof(JsonDerivedTypeAttribute)))
            .Select(a => a.ConstructorArguments[0].Value)
            .OfType<Type>();

    private static bool IsCalled(MemberInfo member, string name) =>
        NameGivenTo(member) is { } given ? given == name : SameLetters(member.Name, name);

    /// <summary>The name that an attribute gives: of System.Text.Json, of Newtonsoft.Json, of data contracts.</summary>
    public static string? NameGivenTo(MemberInfo member)
    {
        foreach (var attribute in member.GetCustomAttributesData())
        {
            var given = attribute.AttributeType.FullName switch
            {
                "System.Text.Json.Serialization.JsonPropertyNameAttribute" => attribute.ConstructorArguments is [{ Value: string name }] ? name : null,
                "Newtonsoft.Json.JsonPropertyAttribute" =>
                    attribute.ConstructorArguments is [{ Value: string name }] ? name : NamedArgument(attribute, "PropertyName"),
                "System.Runtime.Serialization.DataMemberAttribute" => NamedArgument(attribute, "Name"),
                _ => null,
            };
            if (given is not null)
                return given;
        }

        return null;
    }

    private static string? NamedArgument(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(a => a.MemberName == name).TypedValue.Value as string;

    /// <summary>Whatever naming policy is at work: PasswordHash, passwordHash, password_hash.</summary>
    private static bool SameLetters(string member, string name)
    {
        var at = 0;
        foreach (var c in name)
        {
            if (c is '_' or '-')
                continue;
            while (at < member.Length && member[at] == '_')
                at++;
            if (at == member.Length || char.ToUpperInvariant(member[at++]) != char.ToUpperInvariant(c))
                return false;
        }

        return at == member.Length;
    }

    private static Type TypeOf(MemberInfo member) => member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;
}
