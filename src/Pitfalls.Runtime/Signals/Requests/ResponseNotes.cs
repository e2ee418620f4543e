using Microsoft.AspNetCore.Http;

using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>What an observer writes down while one response passes.</summary>
internal struct ResponseNotes
{
    /// <summary>What answered, as it was at the first write.</summary>
    public Endpoint? Endpoint;

    public long BytesWritten;

    /// <summary>The copy; <see langword="null"/> when the body is none of our business.</summary>
    public BodyCopy? Copy;

    public bool SentFile;

    /// <summary>204, 205 or 304 when a body was written on it.</summary>
    public int BodyRefusedOn;

    /// <summary>204, 205 or 304 when its headers announced a body of this length.</summary>
    public (int Status, long Length) Announced;

    public PitfallLocation? Writer;

    public Allowance? Ambient;

    public void Clear()
    {
        Copy?.Dispose();
        this = default;
    }
}
