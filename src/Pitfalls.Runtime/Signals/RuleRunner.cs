using System.Diagnostics;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals;

/// <summary>The rules of one host, one instance each: what a rule remembers stays in its host.</summary>
internal sealed class RuleSet(IEnumerable<(PitfallRule Rule, object Instance)> rules)
{
    private readonly (PitfallRule Rule, object Instance)[] _rules = [.. rules];

    public IReadOnlyList<(PitfallRule Rule, object Instance)> All => _rules;

    public (PitfallRule Rule, T Instance)[] Woken<T>()
        where T : class
    {
        // Without LINQ, whose machinery would be compiled for these tuples while the app starts.
        var woken = new List<(PitfallRule Rule, T Instance)>();
        foreach (var (rule, instance) in _rules)
        {
            if (instance is T one)
                woken.Add((rule, one));
        }

        return woken.ToArray();
    }
}

/// <summary>Wakes the rules of one signal one by one. A rule that throws harms neither the others nor the app, and is off after its third fault.</summary>
internal sealed class RuleRunner<T>(RuleSet rules, IPitfallReporter reporter, DetectorGuard guard, PitfallMeter meter)
    where T : class
{
    private readonly (PitfallRule Rule, T Instance)[] _rules = rules.Woken<T>();

    public bool IsEmpty => _rules.Length == 0;

    /// <summary>Whether waking them is of any use: a signal that costs something to make is not made for nobody.</summary>
    public bool IsAnyEnabled => Array.Exists(_rules, r => reporter.IsEnabled(r.Rule));

    public void Run(Action<T, IPitfallReporter> wake) => Run(wake, static (rule, wake, reporter) => wake(rule, reporter));

    /// <summary>The same without a closure, for signals that come with every request.</summary>
    public void Run<TSignal>(TSignal signal, Action<T, TSignal, IPitfallReporter> wake)
    {
        foreach (var (rule, instance) in _rules)
        {
            if (!reporter.IsEnabled(rule))
                continue;
            var start = meter.MeasuresDuration ? Stopwatch.GetTimestamp() : 0;
            try
            {
                wake(instance, signal, reporter);
            }
            catch (Exception exception)
            {
                guard.Fault(rule.Id, exception);
            }

            if (start != 0)
                meter.Judged(rule.Id, Stopwatch.GetElapsedTime(start));
        }
    }
}
