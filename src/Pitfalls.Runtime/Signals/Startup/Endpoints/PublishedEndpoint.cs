using System.Reflection;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Startup.Endpoints;

/// <summary>All endpoints of the app as they stand now, and what authorization holds for all of them.</summary>
internal sealed record PublishedEndpoints
{
    public required IReadOnlyList<PublishedEndpoint> All { get; init; }

    /// <summary>Whether endpoints that say nothing are guarded all the same; <see langword="null"/> when only the app's own code knows.</summary>
    public bool? HasFallbackPolicy { get; init; }

    /// <summary>Classes that a <c>DbContext</c> of the app keeps in tables.</summary>
    public Lazy<IReadOnlySet<Type>> Entities { get; init; } = new(new HashSet<Type>());
}

/// <summary>One endpoint as the app publishes it, in plain values.</summary>
internal sealed record PublishedEndpoint
{
    /// <summary><c>GET /orders/{id}</c>, under the name its requests are reported with; <c>ANY</c> where it takes every method.</summary>
    public required string Route { get; init; }

    /// <summary>The methods it takes; empty: all.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>The route's segments: a literal's text, <see langword="null"/> for one with a parameter.</summary>
    public required IReadOnlyList<string?> Segments { get; init; }

    /// <summary>Names of the route's parameters.</summary>
    public required IReadOnlyList<string> Parameters { get; init; }

    /// <summary>Those that are in every address: neither optional nor with a default.</summary>
    public IReadOnlyList<string> RequiredParameters { get; init; } = [];

    /// <summary>It takes what no other endpoint takes: <c>MapFallback</c> or a catch-all.</summary>
    public bool IsFallback { get; init; }

    /// <summary>The method that handles it; <see langword="null"/> where none is known.</summary>
    public MethodInfo? Handler { get; init; }

    public required bool IsUserCode { get; init; }

    /// <summary>The controller it belongs to.</summary>
    public Type? Controller { get; init; }

    public bool IsPage { get; init; }

    /// <summary>The folder of a Razor page of the user's, with its area: <c>/Admin/Users</c>.</summary>
    public string? PageFolder { get; init; }

    public required Access Access { get; init; }

    /// <summary>It is an action of an <c>[ApiController]</c> whose parameters are bound by inference.</summary>
    public bool IsApiController { get; init; }

    /// <summary>Its parameters and how each is bound. Reads attributes.</summary>
    public Lazy<IReadOnlyList<BoundParameter>> Inputs { get; init; } = new([]);

    /// <summary>What it says it answers. Reads attributes.</summary>
    public Lazy<DeclaredResponses> Responses { get; init; } = new(DeclaredResponses.None);

    /// <summary>Reads a PDB: only for a finding.</summary>
    public required Lazy<PitfallLocation?> Location { get; init; }

    /// <summary>Reads attributes: only for a finding.</summary>
    public required Lazy<Allowance?> Allowed { get; init; }
}
