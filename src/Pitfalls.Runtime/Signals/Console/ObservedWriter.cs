using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pitfalls.Runtime.Signals.Console;

/// <summary>
/// Stands between the console's synchronized writer and the writer it guards, and hands everything through: the same calls in the same order under
/// the same lock. It takes no lock of its own.
/// </summary>
[StackTraceHidden]
[SuppressMessage("Usage", "CA2215", Justification = "the base class has nothing of its own; the writer behind is disposed of in the same way, once")]
internal sealed class ObservedWriter(TextWriter inner, bool isError) : TextWriter
{
    /// <summary>What the console's writer guarded before.</summary>
    public TextWriter Inner => inner;

    public override Encoding Encoding => inner.Encoding;

    public override IFormatProvider FormatProvider => inner.FormatProvider;

    [AllowNull]
    public override string NewLine
    {
        get => inner.NewLine;
        set => inner.NewLine = value;
    }

    public override void Close() => inner.Close();

    public override ValueTask DisposeAsync() => inner.DisposeAsync();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync() => inner.FlushAsync();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Write(char value) => Told().Write(value);

    public override void Write(char[]? buffer) => Told().Write(buffer);

    public override void Write(char[] buffer, int index, int count) => Told().Write(buffer, index, count);

    public override void Write(ReadOnlySpan<char> buffer) => Told().Write(buffer);

    public override void Write(bool value) => Told().Write(value);

    public override void Write(int value) => Told().Write(value);

    public override void Write(uint value) => Told().Write(value);

    public override void Write(long value) => Told().Write(value);

    public override void Write(ulong value) => Told().Write(value);

    public override void Write(float value) => Told().Write(value);

    public override void Write(double value) => Told().Write(value);

    public override void Write(decimal value) => Told().Write(value);

    public override void Write(string? value) => Told().Write(value);

    public override void Write(object? value) => Told().Write(value);

    public override void Write(StringBuilder? value) => Told().Write(value);

    public override void Write(string format, object? arg0) => Told().Write(format, arg0);

    public override void Write(string format, object? arg0, object? arg1) => Told().Write(format, arg0, arg1);

    public override void Write(string format, object? arg0, object? arg1, object? arg2) => Told().Write(format, arg0, arg1, arg2);

    public override void Write(string format, params object?[] arg) => Told().Write(format, arg);

    public override void Write(string format, params ReadOnlySpan<object?> arg) => Told().Write(format, arg);

    public override void WriteLine() => Told().WriteLine();

    public override void WriteLine(char value) => Told().WriteLine(value);

    public override void WriteLine(char[]? buffer) => Told().WriteLine(buffer);

    public override void WriteLine(char[] buffer, int index, int count) => Told().WriteLine(buffer, index, count);

    public override void WriteLine(ReadOnlySpan<char> buffer) => Told().WriteLine(buffer);

    public override void WriteLine(bool value) => Told().WriteLine(value);

    public override void WriteLine(int value) => Told().WriteLine(value);

    public override void WriteLine(uint value) => Told().WriteLine(value);

    public override void WriteLine(long value) => Told().WriteLine(value);

    public override void WriteLine(ulong value) => Told().WriteLine(value);

    public override void WriteLine(float value) => Told().WriteLine(value);

    public override void WriteLine(double value) => Told().WriteLine(value);

    public override void WriteLine(decimal value) => Told().WriteLine(value);

    public override void WriteLine(string? value) => Told().WriteLine(value);

    public override void WriteLine(object? value) => Told().WriteLine(value);

    public override void WriteLine(StringBuilder? value) => Told().WriteLine(value);

    public override void WriteLine(string format, object? arg0) => Told().WriteLine(format, arg0);

    public override void WriteLine(string format, object? arg0, object? arg1) => Told().WriteLine(format, arg0, arg1);

    public override void WriteLine(string format, object? arg0, object? arg1, object? arg2) => Told().WriteLine(format, arg0, arg1, arg2);

    public override void WriteLine(string format, params object?[] arg) => Told().WriteLine(format, arg);

    public override void WriteLine(string format, params ReadOnlySpan<object?> arg) => Told().WriteLine(format, arg);

    public override Task WriteAsync(char value) => Told().WriteAsync(value);

    public override Task WriteAsync(string? value) => Told().WriteAsync(value);

    public override Task WriteAsync(StringBuilder? value, CancellationToken cancellationToken = default) => Told().WriteAsync(value, cancellationToken);

    public override Task WriteAsync(char[] buffer, int index, int count) => Told().WriteAsync(buffer, index, count);

    public override Task WriteAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default) => Told().WriteAsync(buffer, cancellationToken);

    public override Task WriteLineAsync(char value) => Told().WriteLineAsync(value);

    public override Task WriteLineAsync(string? value) => Told().WriteLineAsync(value);

    public override Task WriteLineAsync(StringBuilder? value, CancellationToken cancellationToken = default) => Told().WriteLineAsync(value, cancellationToken);

    public override Task WriteLineAsync(char[] buffer, int index, int count) => Told().WriteLineAsync(buffer, index, count);

    public override Task WriteLineAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default) => Told().WriteLineAsync(buffer, cancellationToken);

    public override Task WriteLineAsync() => Told().WriteLineAsync();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
    }

    private TextWriter Told()
    {
        ConsoleWatch.OnWrite(isError);
        return inner;
    }
}
