using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Pitfalls.Runtime.Symbols;

/// <summary>
/// Finds which call of a method a return address belongs to. The runtime's map knows the statement only roughly in optimised code, so the calls
/// that could have led to the next frame are compared with it, and with the calls in the machine code when several are alike.
/// </summary>
internal static class CallSites
{
    private const int MaxCode = 512 * 1024;

    /// <summary>The call; <see langword="null"/> when there is none that fits.</summary>
    /// <param name="method">The method.</param>
    /// <param name="address">The return address in it.</param>
    /// <param name="callee">The next frame inwards.</param>
    /// <param name="rank">
    /// How readily a call to the first method ends up in the second with what lies between inlined: 1 most, more less, 0 never.
    /// </param>
    public static ILCall? Find(MethodBase method, nint address, MethodBase callee, Func<MethodBase, MethodBase, int> rank)
    {
        var groups = ILCalls.Of(method)
            .Select(call => (Call: call, Rank: IsSame(call.Target, callee) ? 1 : rank(call.Target, callee) is > 0 and var more ? more + 1 : 0))
            .Where(c => c.Rank > 0)
            .GroupBy(c => c.Rank, c => c.Call)
            .OrderBy(g => g.Key)
            .Select(g => g.ToList())
            .ToList();
        if (groups.Count == 0)
            return null;
        if (groups[0].Count == 1 && (groups.Count == 1 || IsSame(groups[0][0].Target, callee)))
            return groups[0][0];
        if (NativeFrames.OffsetsOf(address, method) is not { } offsets)
            return null;

        // Calls that end in one method are calls to one address, and the JIT keeps their order where it does not move whole blocks.
        if (MachineCalls.IndexOf(address, offsets.Native, method) is { } index)
        {
            foreach (var alike in groups)
            {
                if (index < alike.Count && alike[index].Offset >= offsets.IL)
                    return alike[index];
            }
        }

        // The statement starts at or before its calls; a call before it belongs to another statement.
        var all = groups.SelectMany(g => g).OrderBy(c => c.Offset).ToList();
        return all.FindIndex(c => c.Offset >= offsets.IL) is >= 0 and var at ? all[at] : all[^1];
    }

    /// <summary>The call of some kind at a return address with no frame further in: the JIT has inlined it whole.</summary>
    public static ILCall? FindInlined(MethodBase method, nint address, Func<MethodBase, bool> couldBe)
    {
        var candidates = ILCalls.Of(method).Where(c => couldBe(c.Target)).ToList();
        if (candidates.Count <= 1)
            return candidates.Count == 0 ? null : candidates[0];
        if (NativeFrames.OffsetsOf(address, method) is not { } offsets)
            return null;
        return candidates.FindIndex(c => c.Offset >= offsets.IL) is >= 0 and var at ? candidates[at] : candidates[^1];
    }

    /// <summary>The same method; or one that implements or overrides the one called: then the names are equal and the types are not.</summary>
    private static bool IsSame(MethodBase called, MethodBase frame)
    {
        if (called.MetadataToken == frame.MetadataToken && called.Module == frame.Module)
            return AreInstancesAlike(called.DeclaringType, frame.DeclaringType);
        return (called.IsVirtual || called.DeclaringType?.IsInterface == true)
            && frame.Name.EndsWith(called.Name, StringComparison.Ordinal)
            && called.DeclaringType is { } declared && frame.DeclaringType is { } actual
            && (declared.IsAssignableFrom(actual) || declared.ContainsGenericParameters || actual.ContainsGenericParameters || declared.IsGenericType);
    }

    /// <summary>Reference types share one machine code, so a frame cannot tell them apart; value types have their own.</summary>
    private static bool AreInstancesAlike(Type? called, Type? frame)
    {
        if (called is not { IsGenericType: true } || frame is not { IsGenericType: true })
            return true;
        var (left, right) = (called.GetGenericArguments(), frame.GetGenericArguments());
        for (var i = 0; i < left.Length && i < right.Length; i++)
        {
            if ((left[i].IsValueType || right[i].IsValueType) && left[i] != right[i] && !left[i].IsGenericParameter && !right[i].IsGenericParameter)
                return false;
        }

        return true;
    }

    /// <summary>Counts the calls to one target in a method's machine code.</summary>
    private static class MachineCalls
    {
        private delegate (bool IsIndirect, nint Place)? FindTarget(ReadOnlySpan<byte> code, int at, nint start);

        private static FindTarget? TargetBefore => RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => X64,
            Architecture.Arm64 => Arm64,
            _ => null,
        };

        private static int Step => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 4 : 1;

        /// <summary>How many calls with this one's target come before it; <see langword="null"/> where that cannot be told.</summary>
        public static int? IndexOf(nint address, int nativeOffset, MethodBase method)
        {
            var start = address - nativeOffset;
            if (nativeOffset is <= 0 or > MaxCode || NativeFrames.MethodOf(start) != method || TargetBefore is not { } targetBefore)
                return null;
            ReadOnlySpan<byte> code;
            unsafe
            {
                // From the method's first instruction to one that has been executed: memory that is there. What lies behind may not be.
                code = new ReadOnlySpan<byte>((void*)start, nativeOffset);
            }

            if (targetBefore(code, nativeOffset, start) is not { } target)
                return null;
            var before = 0;
            for (var at = 4; at < nativeOffset; at += Step)
            {
                if (targetBefore(code, at, start) == target)
                    before++;
            }

            return before;
        }

        /// <summary><c>call rel32</c> and <c>call [rip+rel32]</c>; a call through a register has no target to compare.</summary>
        private static (bool IsIndirect, nint Place)? X64(ReadOnlySpan<byte> code, int at, nint start)
        {
            if (at < 6)
                return null;
            var place = start + at + BinaryPrimitives.ReadInt32LittleEndian(code[(at - 4)..at]);
            return code[at - 6] == 0xFF && code[at - 5] == 0x15 ? (true, place)
                : code[at - 5] == 0xE8 ? (false, place)
                : null;
        }

        /// <summary><c>bl imm26</c>.</summary>
        private static (bool IsIndirect, nint Place)? Arm64(ReadOnlySpan<byte> code, int at, nint start)
        {
            var instruction = BinaryPrimitives.ReadUInt32LittleEndian(code[(at - 4)..at]);
            return instruction >> 26 == 0b100101 ? (false, start + at - 4 + (((int)(instruction << 6) >> 6) * 4)) : null;
        }
    }
}
