using System.Diagnostics;

using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>What one request has called so far, by shape. Fixed in size and used again by another request.</summary>
internal sealed class RequestCalls
{
    private const int Slots = 32;

    private static readonly long s_pause = Stopwatch.Frequency;

    private readonly Slot[] _slots = new Slot[Slots];
    private int _used;
    private int _saves = 1;
    private int _next;
    private RequestScope? _owner;

    /// <summary>Whose calls it holds from now on.</summary>
    public void Serve(RequestScope owner)
    {
        lock (this)
            _owner = owner;
    }

    /// <summary>Counts a call that begins. Told: how many of its like came before it.</summary>
    public int Begin(in RawCall call)
    {
        lock (this)
        {
            // A call of a request that has ended meanwhile: the book serves another by now.
            if (!ReferenceEquals(_owner, call.Scope))
                return 0;
            ref var slot = ref Find(call.Shape, call.System);
            if (slot.Shape != call.Shape || slot.Call.System is null)
                slot = new Slot { Shape = call.Shape, Call = call };
            // A loop goes on without a pause; what polls has one.
            else if (call.Started - slot.Last > s_pause && slot.Running == 0)
                slot.Restart();
            var before = slot.Seen++;
            if (call.CountAs == CountAs.Command || (call.CountAs == CountAs.PartOfSave && slot.Save != _saves))
            {
                if (slot.Count++ == 0)
                    slot.First = call.Started;
                slot.Save = _saves;
            }

            slot.Last = call.Started;
            return before;
        }
    }

    public void BeginSave(RequestScope scope)
    {
        lock (this)
            _saves += ReferenceEquals(_owner, scope) ? 1 : 0;
    }

    /// <summary>Where it was made, and whether its end will be told.</summary>
    public void Keep(in RawCall call, bool runs)
    {
        lock (this)
        {
            if (!TryFind(call, out var at))
                return;
            _slots[at].Running += runs ? 1 : 0;
            if (call.Place is { HasMethod: true } || _slots[at].Call.Place is null)
                _slots[at].Call = call;
        }
    }

    public void End(in RawCall call, long now)
    {
        lock (this)
        {
            if (!TryFind(call, out var at))
                return;
            ref var slot = ref _slots[at];
            slot.Running = Math.Max(0, slot.Running - 1);
            slot.Last = now;
            slot.Time += call.Duration ?? TimeSpan.Zero;
            // A retry repeats what has failed, and is no loop.
            if (call.Failed == true && slot.Count > 0)
                slot.Count--;
        }
    }

    /// <summary>Whether anything came as often as that.</summary>
    public bool HasRepetitions(int least)
    {
        lock (this)
        {
            for (var i = 0; i < _used; i++)
            {
                if (Math.Max(_slots[i].Count, _slots[i].BestCount) >= least)
                    return true;
            }

            return false;
        }
    }

    public IEnumerable<(RawCall Call, int Count, TimeSpan Time)> Repetitions(int least)
    {
        lock (this)
        {
            var found = new List<(RawCall, int, TimeSpan)>();
            for (var i = 0; i < _used; i++)
            {
                _slots[i].Restart();
                if (_slots[i].BestCount >= least)
                    found.Add((_slots[i].Call, _slots[i].BestCount, _slots[i].BestTime));
            }

            return found;
        }
    }

    public void Clear()
    {
        lock (this)
        {
            Array.Clear(_slots, 0, _used);
            (_used, _saves, _next) = (0, 1, 0);
            _owner = null;
        }
    }

    private bool TryFind(in RawCall call, out int at)
    {
        at = 0;
        return ReferenceEquals(_owner, call.Scope) && TryFind(call.Shape, call.System, out at);
    }

    private bool TryFind(ulong shape, string system, out int at)
    {
        for (at = 0; at < _used; at++)
        {
            if (_slots[at].Shape == shape && ReferenceEquals(_slots[at].Call.System, system))
                return true;
        }

        return false;
    }

    private ref Slot Find(ulong shape, string system)
    {
        if (TryFind(shape, system, out var at))
            return ref _slots[at];
        if (_used < Slots)
            return ref _slots[_used++];
        // Full: what has come once only makes room.
        for (var tried = 0; tried < Slots; tried++)
        {
            _next = (_next + 1) % Slots;
            if (_slots[_next].Seen <= 1)
                break;
        }

        _slots[_next] = default;
        return ref _slots[_next];
    }

    private struct Slot
    {
        public ulong Shape;
        public RawCall Call;
        public int Seen;
        public int Count;
        public int Running;
        public int Save;
        public long First;
        public long Last;
        public TimeSpan Time;
        public int BestCount;
        public TimeSpan BestTime;

        public void Restart()
        {
            if (Count > BestCount)
                (BestCount, BestTime) = (Count, Time > TimeSpan.Zero ? Time : Stopwatch.GetElapsedTime(First, Last));
            (Count, Time) = (0, TimeSpan.Zero);
        }
    }
}
