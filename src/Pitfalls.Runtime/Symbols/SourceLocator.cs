using System.Reflection;

using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Symbols;

/// <summary>From a method to what a finding says of it: its name, its file and line, and what its attributes allow.</summary>
internal sealed class SourceLocator(SourceLines lines)
{
    public PitfallLocation Locate(MethodBase method, int? ilOffset = null)
    {
        var line = lines.At(method, ilOffset);
        return new PitfallLocation { Function = MethodNames.Readable(method), File = line?.FileName, Line = line?.Line, Path = line?.Path };
    }

    /// <summary>Fields and types have no line of their own in a PDB: the first one of a constructor, else of any method of the type, is near.</summary>
    public PitfallLocation? Locate(MemberInfo member, string name)
    {
        const BindingFlags Own = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var type = member as Type ?? member.DeclaringType;
        while (type is { DeclaringType: { } outer } && type.Name.StartsWith('<'))
            type = outer;
        if (type is null)
            return null;
        var isStatic = member is FieldInfo { IsStatic: true };
        var line = type.GetConstructors(Own).OrderBy(c => c.IsStatic != isStatic).Concat<MethodBase>(type.GetMethods(Own))
            .Select(m => lines.Of(m))
            .FirstOrDefault(l => l is not null);
        return new PitfallLocation { Function = name, File = line?.FileName, Line = line?.Line, Path = line?.Path };
    }

    /// <summary>What the attributes on a field, the property it is behind, its types and its assembly allow.</summary>
    public static Allowance? DeclaredAt(MemberInfo member, List<string>? notices = null)
    {
        Allowance? allowances = null;
        Collect(member.GetCustomAttributesData(), ref allowances, notices);
        if (member is FieldInfo { Name: ['<', ..] } field && field.Name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end
            && field.DeclaringType!.GetProperty(field.Name[1..end], BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is { } property)
            Collect(property.GetCustomAttributesData(), ref allowances, notices);
        for (var type = member.DeclaringType; type is not null; type = type.DeclaringType)
            Collect(type.GetCustomAttributesData(), ref allowances, notices);
        Collect(member.Module.Assembly.GetCustomAttributesData(), ref allowances, notices);
        return allowances;
    }

    /// <summary>What <see cref="AllowPitfallAttribute"/>s on the method, its types and its assembly allow. Read as data: no attribute's code runs.</summary>
    public static Allowance? DeclaredAt(MethodBase method, List<string>? notices = null)
    {
        Allowance? allowances = null;
        Collect(method.GetCustomAttributesData(), ref allowances, notices);
        for (var type = method.DeclaringType; type is not null; type = type.DeclaringType)
        {
            Collect(type.GetCustomAttributesData(), ref allowances, notices);
            // A lambda, local function or state machine inherits what its author's method allows.
            if (SourceMethodOf(method, type) is { } author)
                Collect(author.GetCustomAttributesData(), ref allowances, notices);
        }

        Collect(method.Module.Assembly.GetCustomAttributesData(), ref allowances, notices);
        return allowances;
    }

    private static MethodInfo? SourceMethodOf(MethodBase method, Type type)
    {
        var name = method.Name == "MoveNext" ? method.DeclaringType!.Name : method.Name;
        if (!name.StartsWith('<') || name.IndexOf('>', StringComparison.Ordinal) is not (> 1 and var end))
            return null;
        var source = name[1..end].TrimStart('<');
        return Array.Find(
            type.GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic),
            m => m.Name == source);
    }

    private static void Collect(IList<CustomAttributeData> attributes, ref Allowance? allowances, List<string>? notices)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.AttributeType != typeof(AllowPitfallAttribute))
                continue;
            if (attribute.ConstructorArguments is [{ Value: string rule }, { Value: string reason }]
                && !string.IsNullOrWhiteSpace(rule) && !string.IsNullOrWhiteSpace(reason))
                allowances = new Allowance(rule, reason, allowances);
            else
                notices?.Add("An [AllowPitfall] without a rule or a reason is ignored.");
        }
    }
}
