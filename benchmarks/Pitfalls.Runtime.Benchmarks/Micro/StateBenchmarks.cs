using System.Diagnostics;
using System.Text.Json;

using Pitfalls.Runtime.Benchmarks.Server;
using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Benchmarks.Micro;

/// <summary>
/// The walk over statics: 1,000 types of user code, and from none to 95 objects below each of their fields. And what requests feel of it
/// while it runs, back to back, on a machine that is busy with them.
/// </summary>
internal static class StateBenchmarks
{
    private const int Walks = 40;
    private const int Requests = 10_000;
    private const int Rounds = 15;

    private static readonly Type[] s_arguments = [typeof(A), typeof(B), typeof(C), typeof(D), typeof(E), typeof(F), typeof(G), typeof(H), typeof(I), typeof(J)];

    public static void Run(TextWriter output)
    {
        output.WriteLine("| Objects below 1,000 types | least ms a walk | ms per 10,000 objects | median | KB allocated a walk | first look, ms |");
        output.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var below in new[] { 2, 9, 30, 60, 95 })
            MeasureWalk(output, below);
        output.WriteLine();
        output.WriteLine("| Requests | p50 µs | p99 µs | p99 against no scan |");
        output.WriteLine("| --- | ---: | ---: | ---: |");
        MeasureRequests(output);
    }

    private static void MeasureWalk(TextWriter output, int below)
    {
        Fill(below);
        var (walk, roots, sink) = Walk();
        var first = Stopwatch.GetTimestamp();
        walk.Run(roots.Read(), sink);
        var firstLook = Stopwatch.GetElapsedTime(first);
        var times = new List<double>();
        var bytes = new List<double>();
        GC.Collect();
        for (var i = 0; i < Walks; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            walk.Run(roots.Read(), sink);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            bytes.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }

        var objects = walk.Objects;
        output.WriteLine(
            $"| {objects:N0} | {times.Min():0.00} | {times.Min() / objects * 10_000:0.00} | {Report.Measurements.Median(times) / objects * 10_000:0.00} | {Report.Measurements.Median(bytes) / 1024:N0} | {firstLook.TotalMilliseconds:0} |");
    }

    private static void MeasureRequests(TextWriter output)
    {
        Fill(30);
        var (walk, roots, sink) = Walk();
        var quiet = new List<double>();
        Serve(quiet);
        quiet.Clear();
        var (often, always) = (new List<double>(), new List<double>());
        // In short turns, so that what else happens on the machine falls on all alike.
        for (var round = 0; round < Rounds; round++)
        {
            Serve(quiet);
            Scanning(TimeSpan.FromSeconds(1), often);
            Scanning(TimeSpan.Zero, always);
        }

        Tell("without a scan", quiet);
        Tell("a scan of 30,000 objects every second", often);
        Tell("one such scan after the other", always);

        void Scanning(TimeSpan pause, List<double> latencies)
        {
            using var end = new ManualResetEvent(false);
            var scanner = new Thread(() =>
            {
                do
                    walk.Run(roots.Read(), sink, wanted: null, () => end.WaitOne(TimeSpan.FromMilliseconds(1)));
                while (!end.WaitOne(pause));
            })
            { IsBackground = true };
            scanner.Start();
            Serve(latencies);
            end.Set();
            scanner.Join();
        }

        void Tell(string what, List<double> all) =>
            output.WriteLine($"| {what} | {At(all, 0.5):0.0} | {At(all, 0.99):0.0} | {At(all, 0.99) / At(quiet, 0.99):0.00} × |");
    }

    /// <summary>Some tens of microseconds of an app's work: a small list to JSON.</summary>
    private static void Serve(List<double> latencies)
    {
        var products = Enumerable.Range(1, 80).Select(Product.Number).ToList();
        for (var i = 0; i < Requests; i++)
        {
            var start = Stopwatch.GetTimestamp();
            JsonSerializer.SerializeToUtf8Bytes(products, JsonSerializerOptions.Web);
            latencies.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
    }

    private static double At(List<double> latencies, double share)
    {
        var sorted = latencies.Order().ToList();
        return sorted[(int)(sorted.Count * share)];
    }

    private static (ObjectWalk Walk, StaticRoots Roots, Sink Sink) Walk()
    {
        var code = new UserCode([typeof(StateBenchmarks).Assembly.GetName().Name!], null, null);
        var plans = new TypePlans(code);
        var roots = new StaticRoots(code, plans, InitializedTypes.TryCreate(out _)!);
        foreach (var type in Holders())
            roots.Add(type);
        return (new ObjectWalk(plans), roots, new Sink());
    }

    /// <summary>A static for each: a few nodes with a list each, up to the depth the walk goes to.</summary>
    private static void Fill(int below)
    {
        foreach (var type in Holders())
            type.GetMethod(nameof(Holder<,,>.Hold))!.Invoke(null, [Node.Tree(below)]);
    }

    private static IEnumerable<Type> Holders() =>
        from a in s_arguments
        from b in s_arguments
        from c in s_arguments
        select typeof(Holder<,,>).MakeGenericType(a, b, c);

    private sealed class Sink : IWalkVisitor
    {
        public void Collection(in Found found) => found.Plan.Collection!.Count(found.Value);

        public void AlsoAt(in Found found)
        {
        }

        public void Held(in Found found)
        {
        }
    }

    private static class Holder<TA, TB, TC>
    {
        private static object? s_held;

        public static void Hold(object held) => s_held = held;

        public static bool IsEmpty => s_held is null;
    }

    private sealed class Node
    {
        public Node?[]? Children;
        public List<int>? Numbers;
        public Node? Next;

        /// <summary>So many objects: nodes side by side, a list or a further node in each.</summary>
        public static Node Tree(int objects)
        {
            var root = new Node { Children = new Node?[Math.Min(ObjectWalk.MaxElements, Math.Max(1, objects / 3))] };
            for (var left = objects - 2; left > 0;)
            {
                for (var i = 0; i < root.Children.Length && left > 0; i++)
                {
                    if (root.Children[i] is not { } child)
                        (root.Children[i], left) = (new Node(), left - 1);
                    else if (child.Numbers is null)
                        (child.Numbers, left) = ([i], left - 1);
                    else if (child.Next is null)
                        (child.Next, left) = (new Node(), left - 1);
                    else if (child.Next.Numbers is null)
                        (child.Next.Numbers, left) = ([i], left - 1);
                    else if (child.Children is null)
                        (child.Children, left) = ([new Node()], left - 2);
                    else
                        return root;
                }
            }

            return root;
        }
    }

    private sealed class A;

    private sealed class B;

    private sealed class C;

    private sealed class D;

    private sealed class E;

    private sealed class F;

    private sealed class G;

    private sealed class H;

    private sealed class I;

    private sealed class J;
}
