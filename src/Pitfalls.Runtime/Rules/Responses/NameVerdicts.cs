using System.Buffers.Binary;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>
/// Remembers which property names are a secret's, so that a body without one costs a hash per name. It keeps hashes only: the keys of a
/// dictionary may be anybody's data. Of a fixed size, whatever passes through.
/// </summary>
/// <remarks>
/// A slot is one 64-bit word, so threads may share it. The seed is random: nobody can send names made to collide, and a collision by chance
/// (1 in 2⁶³ for a pair) hides or shows a name to the exact judge, who has the last word on a finding.
/// </remarks>
internal sealed class NameVerdicts(SensitiveNames names)
{
    private const int SlotBits = 11;
    private const ulong Factor = 0x9E37_79B9_7F4A_7C15;

    private static readonly ulong s_seed = (ulong)Random.Shared.NextInt64();

    // A hash whose lowest bit is the verdict; 0 is free.
    private readonly ulong[] _slots = new ulong[1 << SlotBits];

    /// <summary>Whether a name, unescaped, is a secret's.</summary>
    public bool IsSensitive(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > SensitiveNames.MaxBytes)
            return false;
        var hash = HashOf(name);
        ref var slot = ref _slots[hash >> (64 - SlotBits)];
        var known = Volatile.Read(ref slot);
        if ((known ^ hash) <= 1)
            return (known & 1) != 0;
        var verdict = names.Judge(name) != SecretKind.None;
        Volatile.Write(ref slot, (hash & ~1UL) | (verdict ? 1UL : 0UL));
        return verdict;
    }

    /// <summary>
    /// Whether some property of a JSON text may be a secret's, without parsing it: what stands in quotes before a colon is a name, or a text
    /// that looks like one.
    /// </summary>
    public bool MayHold(ReadOnlySpan<byte> json)
    {
        for (int at = 0, colon; (colon = json[at..].IndexOf((byte)':')) >= 0; at += colon + 1)
        {
            var before = json[..(at + colon)];
            if (before is not [.., (byte)'"'])
            {
                before = before.TrimEnd(" \t\r\n"u8);
                if (before is not [.., (byte)'"'])
                    continue;
            }

            var name = before[..^1];
            name = name[(name.LastIndexOf((byte)'"') + 1)..];
            // An escape: only the parser knows the name.
            if (name.Contains((byte)'\\') || (name.Length + 1 < before.Length && IsEscaped(before[..^(name.Length + 2)])) || IsSensitive(name))
                return true;
        }

        return false;
    }

    /// <summary>64 bits of a name, the same all through the process.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> name)
    {
        var hash = s_seed ^ (ulong)name.Length;
        for (; name.Length > 8; name = name[8..])
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(name));
        var tail = name.Length switch
        {
            >= 4 => ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(name) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(name[^4..]),
            > 0 => ((ulong)name[0] << 16) | ((ulong)name[name.Length / 2] << 8) | name[^1],
            _ => 0UL,
        };
        return Mix(hash ^ tail) | 2;
    }

    public static ulong Mix(ulong bits)
    {
        var high = Math.BigMul(bits, Factor, out ulong low);
        return high ^ low;
    }

    private static bool IsEscaped(ReadOnlySpan<byte> upToQuote) => upToQuote is [.., (byte)'\\'];
}
