using System.Buffers.Binary;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pitfalls.Runtime.Symbols;

/// <summary>From a return address on a stack to the method and the place in its IL. For stacks that the runtime recorded as bare addresses.</summary>
/// <remarks>
/// Two things here are private to CoreLib, so each proves itself on a known method before it is used, and without proof there is no answer:
/// <c>StackFrame.GetMethodFromNativeIP</c>, and the layout of <c>Exception._stackTrace</c>. The latter is how the runtime's own map from native code
/// to IL is asked: an exception of ours, never thrown, is given the address as its stack, and <see cref="StackTrace"/> reads it like any other.
/// </remarks>
internal static class NativeFrames
{
    // https://github.com/dotnet/runtime/blob/release/10.0/src/coreclr/vm/clrex.h (StackTraceElement) and object.h (StackTraceArray):
    // a header of { uint count; uint keepAlive; void* thread }, then { void* ip; void* sp; MethodDesc* method; int flags } for each frame.
    private const int HeaderBytes = 16;
    private const int ElementBytes = 32;
    private const int MethodAt = HeaderBytes + 16;
    private const int FlagsAt = HeaderBytes + 24;

    private static readonly Proof s_proof = Proof.Make();

    /// <summary>Why addresses cannot be turned into methods; <see langword="null"/>: they can.</summary>
    public static string? MethodsFailure => s_proof.MethodsFailure;

    /// <summary>Why a line within a method can only be guessed from its calls; <see langword="null"/>: the runtime's map can be asked.</summary>
    public static string? OffsetsFailure => s_proof.OffsetsFailure;

    /// <summary>The method whose code holds this address; <see langword="null"/> for native code and code that is gone.</summary>
    public static MethodBase? MethodOf(nint address) => s_proof.MethodsFailure is null ? Method(address) : null;

    /// <summary>The IL offset where the statement of this return address starts, as the JIT wrote it down (in optimised code: roughly), and the offset in the native code.</summary>
    public static (int IL, int Native)? OffsetsOf(nint address, MethodBase method)
    {
        // A dynamic method has no handle to be had.
        return s_proof.Template is { } template && method.DeclaringType is not null ? Offsets(template, address, method.MethodHandle.Value) : null;
    }

    private static MethodBase? Method(nint address)
    {
        try
        {
            return GetMethodFromNativeIP(null, address);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            // A method whose types cannot be had any more.
            return null;
        }
    }

    private static (int IL, int Native)? Offsets(byte[] template, nint address, nint handle)
    {
        var trace = (byte[])template.Clone();
        BinaryPrimitives.WriteInt64LittleEndian(trace.AsSpan(HeaderBytes), address);
        BinaryPrimitives.WriteInt64LittleEndian(trace.AsSpan(MethodAt), handle);
        BinaryPrimitives.WriteInt32LittleEndian(trace.AsSpan(FlagsAt), 0);
        var carrier = new InvalidOperationException();
        StackTraceOf(carrier) = Unsafe.As<sbyte[]>(trace);
        var frame = new StackTrace(carrier, fNeedFileInfo: false).GetFrame(0);
        return frame?.GetILOffset() is >= 0 and var il ? (il, frame.GetNativeOffset()) : null;
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "GetMethodFromNativeIP")]
    private static extern MethodBase? GetMethodFromNativeIP(StackFrame? type, nint address);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_stackTrace")]
    private static extern ref object? StackTraceOf(Exception exception);

    private sealed record Proof(string? MethodsFailure, string? OffsetsFailure, byte[]? Template)
    {
        public static Proof Make()
        {
            try
            {
                return FromAnException();
            }
            catch (Exception exception)
            {
                // MissingMethodException, MissingFieldException, PlatformNotSupportedException: another runtime.
                var reason = $"this runtime has no access from addresses to methods ({exception.GetType().Name})";
                return new Proof(reason, reason, null);
            }
        }

        private static Proof FromAnException()
        {
            try
            {
                Known(shallThrow: true);
            }
            catch (KnownException exception)
            {
                var method = typeof(Proof).GetMethod(nameof(Known), BindingFlags.Static | BindingFlags.NonPublic)!;
                return Judge(exception, method, new StackTrace(exception, false).GetFrame(0)!);
            }

            throw new UnreachableException();
        }

        private static Proof Judge(KnownException exception, MethodInfo method, StackFrame frame)
        {
            // Every step looks before it leaps: the array's type, its size, and our own method's handle at the expected place.
            if (!BitConverter.IsLittleEndian || nint.Size != 8
                || StackTraceOf(exception) is not sbyte[] { Length: >= HeaderBytes + ElementBytes } trace
                || BinaryPrimitives.ReadInt64LittleEndian(Bytes(trace).AsSpan(MethodAt)) != method.MethodHandle.Value)
            {
                const string Layout = "this runtime lays out stack traces in another way";
                // Without an address of our own there is nothing to prove the first part with.
                return new Proof(Layout, Layout, null);
            }

            var address = (nint)BinaryPrimitives.ReadInt64LittleEndian(Bytes(trace).AsSpan(HeaderBytes));
            if (GetMethodFromNativeIP(null, address) != method)
                return new Proof("an address did not lead to its method", "an address did not lead to its method", null);

            var template = Bytes(trace).AsSpan(0, HeaderBytes + ElementBytes).ToArray();
            BinaryPrimitives.WriteInt32LittleEndian(template, 1);
            var offsets = Offsets(template, address, method.MethodHandle.Value);
            return offsets is { } found && found.Native == frame.GetNativeOffset() && found.IL == frame.GetILOffset()
                ? new Proof(null, null, template)
                : new Proof(null, "an address did not lead to its place in the IL", null);
        }

        private static byte[] Bytes(sbyte[] signed) => Unsafe.As<byte[]>(signed);

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Known(bool shallThrow)
        {
            if (shallThrow)
                throw new KnownException();
        }

        private sealed class KnownException : Exception;
    }
}
