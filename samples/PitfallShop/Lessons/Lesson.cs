using System.Runtime.CompilerServices;

using PitfallShop.Api;

namespace PitfallShop.Lessons;

/// <summary>
/// One pitfall: <c>/v1</c> makes it, <c>/v2</c> is the cure. A class that derives from this one is all there is to add: its
/// endpoints are mapped, the demo's customers visit it, and what it expects is what the demo checks.
/// </summary>
public abstract class Lesson
{
    /// <summary>Every lesson, by name.</summary>
    public static IReadOnlyList<Lesson> All { get; } =
    [
        .. typeof(Lesson).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Lesson)) && !type.IsAbstract)
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .Select(type => (Lesson)Activator.CreateInstance(type)!),
    ];

    /// <summary>What must be found, no more and no less.</summary>
    public abstract IReadOnlyList<Expectation> Expectations { get; }

    /// <summary>Adds the services that its endpoints ask for.</summary>
    public virtual void Add(IServiceCollection services)
    {
    }

    /// <summary>Adds the minimal endpoints. A lesson's controllers are found by MVC.</summary>
    public virtual void Map(ShopRoutes shop)
    {
    }

    /// <summary>What a customer does here; it is called for each version in turn, again and again.</summary>
    public abstract Task VisitAsync(Visit visit);

    /// <summary>A finding in the file that says so.</summary>
    protected static Expectation Finds(string ruleId, string? route = null, [CallerFilePath] string file = "") => new(ruleId, route, Path.GetFileName(file));
}
