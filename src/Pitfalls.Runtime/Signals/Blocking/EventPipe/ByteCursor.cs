using System.Buffers.Binary;

namespace Pitfalls.Runtime.Signals.Blocking.EventPipe;

/// <summary>Reads little-endian values from a block of bytes. Whatever the bytes, it stays inside them.</summary>
internal ref struct ByteCursor(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public readonly bool AtEnd => _at >= _bytes.Length;

    public readonly int Position => _at;

    public byte Byte() => Take(1)[0];

    public short Int16() => BinaryPrimitives.ReadInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public uint VarUInt32() => (uint)VarUInt(5);

    public ulong VarUInt64() => VarUInt(10);

    /// <summary>UTF-16 up to its zero; texts that are too long to be names are cut.</summary>
    public string Utf16()
    {
        Span<char> text = stackalloc char[128];
        var length = 0;
        for (char next; (next = (char)Int16()) != 0;)
        {
            if (length < text.Length)
                text[length++] = next;
        }

        return new string(text[..length]);
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _bytes.Length - _at)
            throw new InvalidDataException("a nettrace block ends too early");
        var taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }

    public void Align4() => Take(Math.Min(-_at & 3, _bytes.Length - _at));

    private ulong VarUInt(int maxBytes)
    {
        ulong value = 0;
        for (var i = 0; i < maxBytes; i++)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80)
                return value;
        }

        throw new InvalidDataException("a nettrace number has no end");
    }
}
