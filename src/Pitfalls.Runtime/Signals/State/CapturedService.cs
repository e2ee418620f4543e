using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>A scoped service that a singleton gets through its constructor, as the registrations tell.</summary>
/// <param name="Singleton">The singleton's type.</param>
/// <param name="Scoped">The scoped service's type, as the constructor asks for it.</param>
/// <param name="ScopedImplementation">The type that will be made for it, where the registration says so.</param>
/// <param name="Path">From one to the other: <c>Shop.Catalog → Shop.Prices → Shop.ShopContext</c>.</param>
/// <param name="Location">The singleton's constructor.</param>
/// <param name="Declared">What attributes on the singleton allow.</param>
internal sealed record CapturedService(string Singleton, string Scoped, string ScopedImplementation, string Path, PitfallLocation? Location, Allowance? Declared);

/// <summary>Wakes a rule for every scoped service a singleton is given, once after the start.</summary>
internal interface IRegistrationRule
{
    void Observe(CapturedService captured, IPitfallReporter reporter);
}

/// <summary>A scoped service that was asked of the root provider, where it lives as long as the app.</summary>
/// <param name="Service">Its type.</param>
/// <param name="Location">Where it is made: its constructor.</param>
/// <param name="Declared">What attributes on it allow.</param>
internal sealed record RootScopedService(string Service, PitfallLocation? Location, Allowance? Declared);

/// <summary>Wakes a rule for every scoped service of the user's that the root provider has made and that no singleton is seen to hold, once.</summary>
internal interface IRootScopeRule
{
    void Observe(RootScopedService service, IPitfallReporter reporter);
}
