namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>What a handler answered with, as the framework told while it did so. Names and types; the object itself is not kept.</summary>
internal sealed record SentResult
{
    /// <summary>The status the handler chose; <see langword="null"/>: not known. What goes out may be another, by a filter or middleware.</summary>
    public int? Status { get; init; }

    /// <summary>The type of the object it answered with; only MVC tells it.</summary>
    public Type? Type { get; init; }

    /// <summary>Its name, without namespace and type arguments.</summary>
    public string? TypeName { get; init; }
}
