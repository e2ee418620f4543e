namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Calls that have begun and not ended, by the id their source gave them. Fixed in size: one that never ends is overwritten some day.</summary>
internal sealed class OpenCalls
{
    private const int Size = 1024;
    private const int Reach = 8;

    private readonly (Guid Id, RawCall Call)[] _calls = new (Guid, RawCall)[Size];
    private readonly Lock _lock = new();
    private int _count;

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    public void Begin(Guid id, in RawCall call)
    {
        var at = (uint)id.GetHashCode() % Size;
        lock (_lock)
        {
            var oldest = at;
            for (var i = 0u; i < Reach; i++)
            {
                var place = (at + i) % Size;
                if (_calls[place].Id == Guid.Empty)
                {
                    oldest = place;
                    break;
                }

                if (_calls[place].Call.Started < _calls[oldest].Call.Started)
                    oldest = place;
            }

            if (_calls[oldest].Id == Guid.Empty)
                _count++;
            _calls[oldest] = (id, call);
        }
    }

    public bool TryEnd(Guid id, out RawCall call)
    {
        var at = (uint)id.GetHashCode() % Size;
        lock (_lock)
        {
            for (var i = 0u; i < Reach; i++)
            {
                var place = (at + i) % Size;
                if (_calls[place].Id != id)
                    continue;
                call = _calls[place].Call;
                _calls[place] = default;
                _count--;
                return true;
            }
        }

        call = default;
        return false;
    }

    /// <summary>Lets go of what a host has begun and will not end.</summary>
    public void Forget(DependencySignal owner)
    {
        lock (_lock)
        {
            for (var i = 0; i < Size; i++)
            {
                if (_calls[i].Id == Guid.Empty || !ReferenceEquals(_calls[i].Call.Owner, owner))
                    continue;
                _calls[i] = default;
                _count--;
            }
        }
    }
}
