using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Pitfalls.Runtime.Reporting;

/// <summary>
/// Makes one finding of many sightings: counts them by rule and subject, keeps the worst one's words, and decides which sightings go
/// on. Bounded by the number of distinct findings; what comes after is dropped and counted.
/// </summary>
internal sealed class ReportWindow(int maxFindings, TimeProvider time, Func<QueuedFinding, bool> send, Action<string> dropped)
{
    private const int MaxRoutes = 20;

    private readonly ConcurrentDictionary<(int Rule, string Subject), Entry> _entries = new();
    private readonly Lock _opening = new();
    private int _count;

    public void Add(PitfallRule rule, PitfallSeverity severity, Occurrence occurrence)
    {
        var key = (rule.Number, occurrence.Subject);
        if (!_entries.TryGetValue(key, out var entry) && (entry = Open(key, rule)) is null)
        {
            dropped("max_findings");
            return;
        }

        if (entry.Add(severity, occurrence, time.GetUtcNow()) is { } milestone)
            send(new QueuedFinding(milestone, null));
        else if (entry.NeedsUpdate() && !send(new QueuedFinding(null, entry)))
            entry.TakeSnapshot();
    }

    /// <summary>
    /// A place for a new subject, or <see langword="null"/> when all are taken. One at a time: places reserved and given back would
    /// turn subjects away that still have room. A full window is told without the lock, since that is what a flood meets.
    /// </summary>
    private Entry? Open((int Rule, string Subject) key, PitfallRule rule)
    {
        if (Volatile.Read(ref _count) >= maxFindings)
            return _entries.GetValueOrDefault(key);
        lock (_opening)
        {
            if (_entries.TryGetValue(key, out var entry))
                return entry;
            if (_count >= maxFindings)
                return null;
            entry = new Entry(rule, FingerprintOf(rule, key.Subject), time.GetUtcNow());
            _entries[key] = entry;
            Volatile.Write(ref _count, _count + 1);
            return entry;
        }
    }

    /// <summary>16 hex digits of rule and subject: the same in every process.</summary>
    internal static string FingerprintOf(PitfallRule rule, string subject)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{rule.Id}\n{subject}"), hash);
        return Convert.ToHexStringLower(hash[..8]);
    }

    private static bool IsMilestone(long count)
    {
        while (count % 10 == 0 && count > 0)
            count /= 10;
        return count == 1;
    }

    /// <summary>One finding in the making.</summary>
    internal sealed class Entry(PitfallRule rule, string fingerprint, DateTimeOffset firstSeen)
    {
        private readonly Lock _lock = new();
        private readonly List<string> _routes = [];
        private long _count;
        private DateTimeOffset _lastSeen;
        private PitfallSeverity _severity;
        private Occurrence _worst = null!;
        private bool _updatePending;

        /// <summary>The finding when this sighting is the 1st, 10th, 100th …; else <see langword="null"/>.</summary>
        public Finding? Add(PitfallSeverity severity, Occurrence occurrence, DateTimeOffset now)
        {
            lock (_lock)
            {
                var isNew = !occurrence.IsContinuation || _count == 0;
                _count += isNew ? 1 : 0;
                _lastSeen = now > _lastSeen ? now : _lastSeen;
                _severity = severity;
                if (_worst is null || occurrence.Weight > _worst.Weight)
                    _worst = occurrence;
                AddRoute(occurrence.Route);
                foreach (var route in occurrence.MoreRoutes)
                    AddRoute(route);
                return isNew && IsMilestone(_count) ? Snapshot(isMilestone: true) : null;
            }
        }

        /// <summary>Whether this sighting must go to the sinks; not when an earlier one still waits and will take it along.</summary>
        public bool NeedsUpdate()
        {
            lock (_lock)
            {
                var first = !_updatePending;
                _updatePending = true;
                return first;
            }
        }

        public Finding TakeSnapshot()
        {
            lock (_lock)
            {
                _updatePending = false;
                return Snapshot(isMilestone: false);
            }
        }

        private void AddRoute(string? route)
        {
            if (route is not null && _routes.Count < MaxRoutes && !_routes.Contains(route))
                _routes.Add(route);
        }

        private Finding Snapshot(bool isMilestone) => new()
        {
            RuleId = rule.Id,
            RuleNumber = rule.Number,
            Rule = rule.Name,
            Category = rule.Category,
            Severity = _severity,
            Title = rule.Title,
            Message = _worst.Message,
            Fix = _worst.Fix ?? rule.Fix,
            HelpUrl = rule.HelpUrl,
            Fingerprint = fingerprint,
            Count = _count,
            FirstSeen = firstSeen,
            LastSeen = _lastSeen,
            Routes = [.. _routes],
            Location = _worst.Location,
            Evidence = _worst.Evidence,
            TraceId = _worst.TraceId,
            IsMilestone = isMilestone,
        };
    }
}

/// <summary>A finding on its way to the sinks: as it was at a milestone, or as it will be when its turn comes.</summary>
internal readonly record struct QueuedFinding(Finding? Milestone, ReportWindow.Entry? Entry)
{
    public Finding Take() => Milestone ?? Entry!.TakeSnapshot();
}
