using System.Globalization;
using System.Text;

using Pitfalls.Runtime.Benchmarks.Server;

namespace Pitfalls.Runtime.Benchmarks.Report;

/// <summary>The figures as Markdown tables.</summary>
internal sealed class BenchReport(BenchOptions options, string machine, Measurements measured, string blocking)
{
    private readonly StringBuilder _text = new();

    public string ToMarkdown()
    {
        Line($"`./build.sh bench {options.Arguments}".TrimEnd() + "`, on " + machine + ".");
        if (options.Quick)
            Line("**A smoke test: these figures mean nothing.**");
        foreach (var endpoint in options.Endpoints)
            Requests(endpoint);
        Processes();
        Line(blocking);
        Line(string.Join("\n", options.Variants.Select(v => $"* {v.Title}: {v.Description}.")));
        return _text.ToString();
    }

    private void Requests(BenchEndpoint endpoint)
    {
        Line($"### `/{endpoint.Name}`: {endpoint.Description}");
        Row("", "CPU µs/request", "× bare", "lowest–highest", "B/request", "+ B");
        Row("---", "---:", "---:", "---:", "---:", "---:");
        var bare = Bytes(Variant.Bare, endpoint);
        foreach (var variant in options.Variants)
        {
            var ratios = measured.Ratios(variant, endpoint);
            var isBare = variant == Variant.Bare;
            Row(
                variant.Title,
                Number(Measurements.Median(measured.Slices(variant, endpoint).Select(s => s.Microseconds)), 1),
                Number(Measurements.Median(ratios), 2),
                isBare ? "" : $"{Number(ratios.Min(), 2)}–{Number(ratios.Max(), 2)}",
                Number(Bytes(variant, endpoint), 0),
                isBare ? "" : Signed(Bytes(variant, endpoint) - bare, 0));
        }

        Line();
        Line(Conditions(endpoint));
    }

    /// <summary>What must be known to believe the table above.</summary>
    private string Conditions(BenchEndpoint endpoint)
    {
        var slices = options.Variants.SelectMany(v => measured.Slices(v, endpoint)).ToList();
        var looked = options.Variants
            .Where(v => v.Name is "production" or "development")
            .Select(v => $"{v.Title} looked at {(100 * measured.Slices(v, endpoint).Average(s => s.LookedShare)).ToString("0.##", CultureInfo.InvariantCulture)} % of the responses");
        return string.Join("; ",
            [
                $"Processes of each: {options.Processes}, rounds in each: {options.Rounds}, requests in a round: {slices[0].Requests:N0}",
                $"{slices.Sum(s => s.Compiled):N0} methods compiled while measuring {slices.Count} slices",
                .. looked,
            ]) + ".";
    }

    private void Processes()
    {
        Line("### Start-up and memory");
        Row("", "first response after ms", "+ ms", "CPU ms until then", "+ ms", "working set MB", "+ MB");
        Row("---", "---:", "---:", "---:", "---:", "---:", "---:");
        foreach (var variant in options.Variants)
        {
            Row([
                variant.Title,
                .. WithDifference(variant, measured.StartMilliseconds),
                .. WithDifference(variant, measured.StartCpuMilliseconds),
                .. WithDifference(variant, measured.WorkingSetMegabytes),
            ]);
        }

        Line();
        Line($"Medians of {options.Starts} starts and of {options.Processes} working sets after a full collection at the end; {measured.Dropped:N0} responses or findings dropped in all.");
    }

    private static string[] WithDifference(Variant variant, Func<Variant, double> measure) =>
        [Number(measure(variant), 0), variant == Variant.Bare ? "" : Signed(measure(variant) - measure(Variant.Bare), 0)];

    private double Bytes(Variant variant, BenchEndpoint endpoint) => Measurements.Median(measured.Slices(variant, endpoint).Select(s => s.Bytes));

    private static string Number(double value, int digits) => value.ToString("N" + digits, CultureInfo.InvariantCulture);

    private static string Signed(double value, int digits)
    {
        var text = Number(Math.Abs(value), digits);
        return text.Trim('0', '.', ',').Length == 0 ? text : (value < 0 ? "−" : "+") + text;
    }

    private void Row(params string[] cells) => _text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private void Line(string text = "") => _text.Append(text).Append(text.Length > 0 ? "\n\n" : "\n");
}
