using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Symbols;
using Pitfalls.Runtime.Tests.Conformance;

namespace Pitfalls.Runtime.Tests.Symbols;

/// <summary>Both private ways into the runtime prove themselves on this one, and answer for anything without harm.</summary>
public class NativeFramesTests
{
    [Fact]
    public void Both_ways_are_proved_on_this_runtime()
    {
        Assert.Null(NativeFrames.MethodsFailure);
        Assert.Null(NativeFrames.OffsetsFailure);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(0x7FFF_FFFF_FFFF)]
    public void An_address_of_nothing_is_nothing(long address)
    {
        Assert.Null(NativeFrames.MethodOf((nint)address));
        var method = typeof(NativeFramesTests).GetMethod(nameof(Both_ways_are_proved_on_this_runtime))!;
        Assert.Null(Record.Exception(() => NativeFrames.OffsetsOf((nint)address, method)));
    }

    [Fact]
    public void Addresses_come_from_recorded_stacks_only()
    {
        // Asked for an arbitrary address in a loaded image, the runtime ends the process (decision 0102).
        var callers = Repository.Files("src", ".cs").Where(f => Repository.Read(f).Contains("NativeFrames.MethodOf(", StringComparison.Ordinal)).Select(Path.GetFileName);

        Assert.Equal(["CallSites.cs", "CallStack.cs"], callers.Order(StringComparer.Ordinal));
        Assert.Equal(["NativeFrames.cs"], Repository.Files("src", ".cs").Where(f => Repository.Read(f).Contains("GetMethodFromNativeIP(", StringComparison.Ordinal)).Select(Path.GetFileName));
    }

    [Fact]
    public void A_dynamic_method_has_no_place()
    {
        var dynamic = new DynamicMethod("Made", typeof(int), []);
        Assert.Null(NativeFrames.OffsetsOf(1, dynamic));
    }

    [Fact]
    public void The_calls_of_a_method_are_read_in_their_order()
    {
        var method = typeof(NativeFramesTests).GetMethod(nameof(ThreeCalls), BindingFlags.NonPublic | BindingFlags.Static)!;

        Assert.Equal(["get_ProcessorCount", "Max", "Yield"], ILCalls.Of(method).Select(c => c.Target.Name));
    }

    [Fact]
    public void A_method_without_a_body_calls_nothing()
    {
        Assert.Empty(ILCalls.Of(typeof(IDisposable).GetMethod("Dispose")!));
        Assert.Empty(ILCalls.Of(typeof(Math).GetMethod("Sqrt")!));
    }

    [Fact]
    public void A_single_fitting_call_needs_no_address()
    {
        var method = typeof(NativeFramesTests).GetMethod(nameof(ThreeCalls), BindingFlags.NonPublic | BindingFlags.Static)!;
        var yield = typeof(Thread).GetMethod(nameof(Thread.Yield))!;

        Assert.Equal(yield, CallSites.Find(method, 0, yield, (_, _) => 0)!.Value.Target);
        Assert.Null(CallSites.Find(method, 0, typeof(GC).GetMethod("Collect", [])!, (_, _) => 0));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ThreeCalls(int number)
    {
        var most = Math.Max(number, Environment.ProcessorCount);
        Thread.Yield();
        return most;
    }
}
