using Pitfalls.Runtime;

namespace PitfallShop.Driver;

/// <summary>What the demo shows, in colour where a terminal is at the other end.</summary>
internal static class Printout
{
    private static readonly bool s_colour = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    public static void Say(string text) => Console.WriteLine(text);

    public static void Opened(Uri address, int lessons) => Say(
        $"It is open at {address}. {lessons} lessons, each as /v1 (the pitfall) and /v2 (the cure); customers visit both.\n");

    /// <summary>One block a finding.</summary>
    public static void Show(Finding finding)
    {
        Say($"{Paint(finding.Severity)} {Bold($"{finding.RuleId} {finding.Title}")}   {string.Join(", ", finding.Routes)}");
        Say($"        {finding.Message}");
        if (finding.Location is { } place)
            Say($"        at   {place}");
        Say($"        fix  {finding.Fix}\n");
    }

    /// <summary>What is missing and what is too much, a line each, then the verdict.</summary>
    public static string Describe(Verdict verdict) => string.Join('\n',
    [
        .. verdict.Missing.Select(m => $"MISSING     {m.RuleId} in {m.Route ?? "the app"}, announced by {m.File ?? "a lesson"}"),
        .. verdict.Unexpected.Select(u => $"UNEXPECTED  {u.RuleId} in {string.Join(", ", u.Routes)}: {u.Message} {u.Location}"),
        verdict.IsGood
            ? $"Exactly the {verdict.Found.Count} expected findings, none of them in /v2."
            : $"Not as expected: {verdict.Found.Count} found, {verdict.Missing.Count} missing, {verdict.Unexpected.Count} unexpected.",
    ]);

    public static void Stays(Uri address, IReadOnlyList<Finding> found)
    {
        Say(Describe(Verdict.Of(found)));
        Say($"\nThe page with the findings: {Bold(new Uri(address, "/_pitfalls/").ToString())}");
        Say("The shop stays open. Ctrl-C ends it.\n");
    }

    public static void Failed(string reason, IReadOnlyCollection<string> lastWords)
    {
        Console.Error.WriteLine("The end of the shop's log:");
        foreach (var line in lastWords)
            Console.Error.WriteLine("    " + line);
        Console.Error.WriteLine(reason);
    }

    private static string Paint(PitfallSeverity severity) => s_colour
        ? $"\e[{severity switch { PitfallSeverity.Error => 31, PitfallSeverity.Warning => 33, _ => 36 }}m{severity,-7}\e[0m"
        : $"{severity,-7}";

    private static string Bold(string text) => s_colour ? $"\e[1m{text}\e[0m" : text;
}
