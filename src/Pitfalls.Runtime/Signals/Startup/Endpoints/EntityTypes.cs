using System.Reflection;

namespace Pitfalls.Runtime.Signals.Startup.Endpoints;

/// <summary>Which classes the app's contexts of Entity Framework keep in tables: by their <c>DbSet&lt;&gt;</c> properties. By name, for the library brings no package.</summary>
internal static class EntityTypes
{
    private const string Context = "Microsoft.EntityFrameworkCore.DbContext";
    private const string Set = "Microsoft.EntityFrameworkCore.DbSet`1";

    public static IReadOnlySet<Type> Of(ServiceRegistrations registrations)
    {
        var entities = new HashSet<Type>();
        foreach (var context in registrations.All.SelectMany(d => d.ServiceType.IsGenericType ? d.ServiceType.GetGenericArguments() : [d.ServiceType]).Distinct().Where(IsContext))
        {
            foreach (var property in context.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            {
                // Sets of the library's own contexts (identity, tokens) hold the app's users, too.
                if (property.PropertyType is { IsGenericType: true } type && type.GetGenericTypeDefinition().FullName == Set)
                    entities.Add(type.GetGenericArguments()[0]);
            }
        }

        return entities;
    }

    private static bool IsContext(Type type)
    {
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (ancestor.FullName == Context)
                return true;
        }

        return false;
    }
}
