using System.Reflection.Metadata;

namespace Pitfalls.Runtime.Signals.Code;

/// <summary>
/// The stretches of a method that only one thread passes at a time: a lock taken before and given back in a <c>finally</c>, or, without
/// one, taken somewhere before and given back somewhere after.
/// </summary>
internal sealed class LockRegions
{
    private readonly List<(int Offset, bool UntilDisposed)> _acquires = [];
    private readonly List<int> _releases = [];
    private readonly List<int> _disposes = [];
    private readonly List<(int From, int To)> _regions = [];

    /// <summary>It takes a lock that it does not give back: what calls it holds the lock from there on.</summary>
    public bool HandsOut { get; private set; }

    /// <summary>It gives a lock back that it did not take.</summary>
    public bool TakesBack { get; private set; }

    public bool Acquires { get; private set; }

    public void Clear()
    {
        _acquires.Clear();
        _releases.Clear();
        _disposes.Clear();
        _regions.Clear();
        (HandsOut, TakesBack, Acquires) = (false, false, false);
    }

    public void Add(LockEffect effect, int offset)
    {
        switch (effect)
        {
            case LockEffect.Acquire or LockEffect.AcquireUntilDisposed:
                _acquires.Add((offset, effect == LockEffect.AcquireUntilDisposed));
                break;
            case LockEffect.Release:
                _releases.Add(offset);
                break;
            case LockEffect.Dispose:
                _disposes.Add(offset);
                break;
        }
    }

    /// <summary>Called when the whole method has been read.</summary>
    /// <param name="regions">The method's table, in which inner blocks stand before outer ones.</param>
    public void Close(IEnumerable<ExceptionRegion> regions)
    {
        Acquires = _acquires.Count > 0;
        HandsOut = Acquires && _releases.Count == 0 && _disposes.Count == 0;
        TakesBack = !Acquires && _releases.Count > 0;
        if (!Acquires)
            return;
        foreach (var region in regions)
        {
            if (region.Kind is not (ExceptionRegionKind.Finally or ExceptionRegionKind.Fault))
                continue;
            // Each finally gives back the lock that was taken nearest before it, if it gives back one of that kind.
            var (handler, end) = (region.HandlerOffset, region.HandlerOffset + region.HandlerLength);
            var releases = _releases.RemoveAll(o => o >= handler && o < end) > 0;
            var disposes = _disposes.Exists(o => o >= handler && o < end);
            var acquire = _acquires.FindLastIndex(a => a.Offset < region.TryOffset + region.TryLength && (a.UntilDisposed ? disposes : releases));
            if (acquire < 0)
                continue;
            _regions.Add((_acquires[acquire].Offset, handler));
            _acquires.RemoveAt(acquire);
        }
    }

    public bool Covers(int offset) =>
        _regions.Exists(r => offset > r.From && offset < r.To)
        || _acquires.Exists(a => a.Offset < offset && (a.UntilDisposed ? _disposes : _releases).Exists(r => r > offset));
}
