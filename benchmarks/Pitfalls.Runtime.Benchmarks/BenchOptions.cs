using System.Globalization;

using Pitfalls.Runtime.Benchmarks.Server;

namespace Pitfalls.Runtime.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchOptions
{
    private const string Usage = """
        Measures what the library costs: CPU and bytes per request, start-up, working set, against the same app without it.

          --quick               a smoke test of half a minute; its figures mean nothing
          --variants a,b        of: {variants}; bare is always among them
          --endpoints a,b       of: {endpoints}
          --processes n         how many processes each variant gets, one after the other (default 5)
          --rounds n            measured slices for each of them (default 5)
          --starts n            starts timed for each variant (default 15)
          --write               put the tables into docs/performance.md
          --micro               single steps in this process instead, in nanoseconds
          --state               the walk over statics and singletons instead
          --soak                minutes of mixed load that blocks all the time instead: memory flat, no thread lost?
          --minutes n           how many of them (default 10)
          --help                this text
        """;

    public IReadOnlyList<Variant> Variants { get; private set; } = Variant.All;

    public IReadOnlyList<BenchEndpoint> Endpoints { get; private set; } = BenchEndpoint.All;

    public int Processes { get; private set; } = 5;

    public int Rounds { get; private set; } = 5;

    public int Starts { get; private set; } = 15;

    public bool Quick { get; private set; }

    public bool Write { get; private set; }

    public bool Micro { get; private set; }

    public bool State { get; private set; }

    public bool Soak { get; private set; }

    public bool Help { get; private set; }

    public double Minutes { get; private set; } = 10;

    /// <summary>As typed: it stands beside the figures.</summary>
    public string Arguments { get; private set; } = "";

    /// <summary>How many connections are kept alive; more than there are cores, so that none of them idles.</summary>
    public int Connections => 4;

    /// <summary>The options; <see langword="null"/> when they make no sense, and <paramref name="error"/> has been told why.</summary>
    public static BenchOptions? Parse(string[] args, TextWriter error)
    {
        var options = new BenchOptions { Arguments = string.Join(' ', args), Quick = args.Contains("--quick") };
        if (options.Quick)
            (options.Processes, options.Rounds, options.Starts) = (1, 2, 1);
        try
        {
            for (var i = 0; i < args.Length; i++)
                options.Take(args[i], () => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value"));
            return options;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            error.WriteLine(exception.Message);
            WriteUsage(error);
            return null;
        }
    }

    public static void WriteUsage(TextWriter output) => output.WriteLine(Usage
        .Replace("{variants}", string.Join(", ", Variant.All.Select(v => v.Name)), StringComparison.Ordinal)
        .Replace("{endpoints}", string.Join(", ", BenchEndpoint.All.Select(e => e.Name)), StringComparison.Ordinal));

    private void Take(string option, Func<string> value)
    {
        switch (option)
        {
            case "--quick":
                break;
            case "--write":
                Write = true;
                break;
            case "--micro":
                Micro = true;
                break;
            case "--state":
                State = true;
                break;
            case "--soak":
                Soak = true;
                break;
            case "--minutes":
                Minutes = double.Parse(value(), CultureInfo.InvariantCulture) is > 0 and <= 10_000 and var minutes ? minutes : throw new ArgumentException("--minutes is more than 0");
                break;
            case "--help" or "-h":
                Help = true;
                break;
            case "--variants":
                Variants = [Variant.Bare, .. value().Split(',').Select(Variant.Called).Where(v => v != Variant.Bare).Distinct()];
                break;
            case "--endpoints":
                Endpoints = [.. value().Split(',').Select(BenchEndpoint.Called).Distinct()];
                break;
            case "--processes":
                Processes = Count(value());
                break;
            case "--rounds":
                Rounds = Count(value());
                break;
            case "--starts":
                Starts = Count(value());
                break;
            default:
                throw new ArgumentException($"there is no option {option}");
        }
    }

    private static int Count(string text) =>
        int.Parse(text, CultureInfo.InvariantCulture) is > 0 and <= 1000 and var count ? count : throw new ArgumentException($"{text} is not 1…1000");
}
