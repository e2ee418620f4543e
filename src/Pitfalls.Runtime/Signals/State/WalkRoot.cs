using System.Reflection;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>Where a walk starts: something that lives as long as the process or the host.</summary>
/// <param name="Kind">Static field or singleton.</param>
/// <param name="Name">As a person names it: <c>Shop.Cache.Users</c>, <c>Shop.CatalogService</c>.</param>
/// <param name="Id">Its number in this host, the first step of a path.</param>
/// <param name="Field">The static field.</param>
/// <param name="Type">The type that declares the field, or the singleton's.</param>
internal sealed record WalkRoot(RootKind Kind, string Name, int Id, FieldInfo? Field, Type Type);

/// <summary>What keeps an object alive for good.</summary>
internal enum RootKind
{
    Static,
    Singleton,
    HostedService,

    /// <summary>A variable that an endpoint's lambda or a middleware keeps.</summary>
    Pipeline,
}
