using System.Reflection;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Where in the user's code a call is made, from one stack. Names, file and line are read when a rule is woken, off the request.</summary>
internal sealed class CallPlace(MethodBase? method, int? ilOffset, MethodBase? caller, bool? isSynchronous, bool isInValidator, string? table)
{
    private PitfallLocation? _location;
    private bool _isRead;

    /// <summary>Judged from the frames; <see langword="null"/>: they do not tell.</summary>
    public bool? IsSynchronous { get; } = isSynchronous;

    public bool IsInValidator { get; } = isInValidator;

    public string? Table { get; } = table;

    public bool HasMethod => method is not null;

    public PitfallLocation? Location => _location;

    public string? Function { get; private set; }

    public string? Caller { get; private set; }

    public Allowance? Declared { get; private set; }

    /// <summary>On the worker's thread only.</summary>
    public void Read(SourceLocator locator)
    {
        if (_isRead)
            return;
        _isRead = true;
        if (method is null)
            return;
        _location = locator.Locate(method, ilOffset);
        Function = MethodNames.Identity(method);
        Declared = SourceLocator.DeclaredAt(method);
        Caller = caller is not null && MethodNames.Readable(caller) is var name && name != _location.Function ? name : null;
    }
}
