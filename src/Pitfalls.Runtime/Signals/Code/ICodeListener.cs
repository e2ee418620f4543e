namespace Pitfalls.Runtime.Signals.Code;

/// <summary>
/// Takes part in the one pass over the user's code. Whoever looks for something in it – writers of a field, <c>async void</c> methods,
/// calls of an API – listens here, and the code is read once for all of them.
/// </summary>
internal interface ICodeListener
{
    /// <summary>A module is about to be read.</summary>
    void Begin(CodeModule module)
    {
    }

    /// <summary>A method was read. It is the reader's own and is filled anew for the next one: copy what is to be kept.</summary>
    void Visit(CodeMethod method);
}
