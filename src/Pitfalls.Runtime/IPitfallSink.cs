namespace Pitfalls.Runtime;

/// <summary>Receives findings. Register it in the container: <c>services.AddSingleton&lt;IPitfallSink, MySink&gt;()</c>.</summary>
/// <remarks>
/// <see cref="Write"/> is called on a thread of the library's own, never on a request, one call at a time. It is called when a
/// finding is first seen and again when it has been seen more often: for the counts 1, 10, 100, 1000 … each on its own, in
/// between with several occurrences in one call. It may throw and it may be slow: the app and the other sinks do not notice;
/// what a slow sink cannot take is dropped and counted (<c>pitfall.signal.dropped</c>).
/// </remarks>
public interface IPitfallSink
{
    /// <summary>Takes a finding as it stands now.</summary>
    /// <param name="finding">The finding; the same <see cref="Finding.Fingerprint"/> comes again with a higher <see cref="Finding.Count"/>.</param>
    void Write(Finding finding);
}
