using System.Reflection;

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Razor.Hosting;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Startup.Endpoints;

/// <summary>
/// The classes behind Razor pages. A page's endpoint knows the attributes of its class only once the page was asked for, so they are read from the
/// compiled class and its model, as data.
/// </summary>
internal sealed class PageTypes(UserCode userCode)
{
    private Dictionary<string, Type>? _byPath;

    /// <summary>The page's class; <see langword="null"/> when it is not the user's, or compiled at run time.</summary>
    public Type? Find(PageActionDescriptor page) => (_byPath ??= Read()).GetValueOrDefault(page.RelativePath);

    /// <summary>What the page's class and its model say of access, besides what its endpoint says.</summary>
    public static Access Add(Access declared, Type page)
    {
        var model = page.GetProperty("Model", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)?.PropertyType;
        var demands = declared.Demands.ToList();
        var isWaived = declared.IsWaived;
        foreach (var attribute in Ancestors(model).Prepend(page).SelectMany(t => t.GetCustomAttributesData()).Select(a => a.AttributeType))
        {
            isWaived |= typeof(IAllowAnonymous).IsAssignableFrom(attribute);
            if (typeof(IAuthorizeData).IsAssignableFrom(attribute) || typeof(IAuthorizationRequirementData).IsAssignableFrom(attribute))
                demands.Add(new AccessDemand("a signed-in user", "", "[Authorize]", IsShared: false));
        }

        return new Access(demands, isWaived);
    }

    private static IEnumerable<Type> Ancestors(Type? type)
    {
        for (; type is not null && type != typeof(object); type = type.BaseType)
            yield return type;
    }

    private Dictionary<string, Type> Read()
    {
        var types = new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies().Where(a => !a.IsDynamic && userCode.Contains(a)))
        {
            foreach (var attribute in assembly.GetCustomAttributesData())
            {
                if (attribute.AttributeType == typeof(RazorCompiledItemAttribute)
                    && attribute.ConstructorArguments is [{ Value: Type type }, { Value: "mvc.1.0.razor-page" }, { Value: string path }])
                    types.TryAdd(path, type);
            }
        }

        return types;
    }
}
