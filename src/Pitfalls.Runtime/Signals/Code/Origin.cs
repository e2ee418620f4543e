namespace Pitfalls.Runtime.Signals.Code;

/// <summary>Where a value on the evaluation stack came from, as far as reading straight through the code can tell.</summary>
/// <param name="Kind">What it came from.</param>
/// <param name="Field">The field it was loaded from.</param>
/// <param name="Method">The method a delegate was made of.</param>
/// <param name="Number">The argument's number; 0 is <c>this</c> in an instance method.</param>
internal readonly record struct Origin(OriginKind Kind, FieldKey? Field = null, MethodKey Method = default, int Number = 0)
{
    public static readonly Origin Unknown;

    public static readonly Origin Null = new(OriginKind.Null);

    public static Origin OfField(FieldKey field) => new(OriginKind.Field, field);

    public static Origin OfArgument(int number) => new(OriginKind.Argument, Number: number);

    public static Origin OfDelegate(in MethodKey method) => new(OriginKind.Delegate, Method: method);
}

internal enum OriginKind
{
    Unknown,
    Null,
    Field,
    Argument,
    Delegate,
}
