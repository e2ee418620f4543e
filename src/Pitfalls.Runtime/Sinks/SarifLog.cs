using System.Buffers;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pitfalls.Runtime.Sinks;

/// <summary>Findings as SARIF 2.1.0, for code hosts and editors: the one writer of the page's API, <c>--check-pitfalls</c> and tests.</summary>
internal sealed class SarifLog(IReadOnlyList<PitfallRule> rules, SourceTree sources)
{
    public const string MediaType = "application/sarif+json";

    private const string Root = "SRCROOT";
    private const string Home = "https://github.com/pitfalls-runtime/pitfalls-runtime";

    public byte[] Write(IReadOnlyList<Finding> findings)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // Relaxed, since it is a file and no page; every reader of JSON takes both.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            json.WriteStartObject();
            WriteTool(json);
            WriteRoot(json);
            json.WriteString("columnKind", "utf16CodeUnits");
            json.WriteStartArray("results");
            foreach (var finding in findings)
                WriteResult(json, finding);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string Level(PitfallSeverity severity) => severity switch
    {
        PitfallSeverity.Error => "error",
        PitfallSeverity.Warning => "warning",
        _ => "note",
    };

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static void WriteRoot(Utf8JsonWriter json)
    {
        json.WriteStartObject("originalUriBaseIds");
        json.WriteStartObject(Root);
        WriteText(json, "description", "The root of the repository.");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteTool(Utf8JsonWriter json)
    {
        var version = typeof(SarifLog).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "Pitfalls.Runtime");
        json.WriteString("version", version);
        json.WriteString("semanticVersion", version);
        json.WriteString("informationUri", Home);
        json.WriteStartArray("rules");
        foreach (var rule in rules)
            WriteRule(json, rule);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRule(Utf8JsonWriter json, PitfallRule rule)
    {
        json.WriteStartObject();
        json.WriteString("id", rule.Id);
        json.WriteString("name", rule.Name);
        WriteText(json, "shortDescription", rule.Title + ".");
        WriteText(json, "fullDescription", $"{rule.Title}. {rule.Fix}");
        json.WriteStartObject("help");
        json.WriteString("text", $"{rule.Fix} {rule.HelpUrl}");
        json.WriteString("markdown", $"{rule.Fix} [{rule}]({rule.HelpUrl})");
        json.WriteEndObject();
        json.WriteString("helpUri", rule.HelpUrl);
        json.WriteStartObject("defaultConfiguration");
        json.WriteString("level", Level(rule.ProductionSeverity ?? rule.DevelopmentSeverity ?? PitfallSeverity.Info));
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteStartArray("tags");
        json.WriteStringValue(rule.Category.ToString());
        json.WriteEndArray();
        json.WriteString("precision", "high");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteResult(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", finding.RuleId);
        var index = IndexOf(finding.RuleId);
        if (index >= 0)
            json.WriteNumber("ruleIndex", index);
        json.WriteString("level", Level(finding.Severity));
        WriteText(json, "message", $"{finding.Message} Fix: {finding.Fix}");
        json.WriteStartArray("locations");
        WriteLocation(json, finding);
        json.WriteEndArray();
        json.WriteStartObject("partialFingerprints");
        json.WriteString("pitfall/v1", finding.Fingerprint);
        json.WriteEndObject();
        json.WriteNumber("occurrenceCount", Math.Clamp(finding.Count, 1, int.MaxValue));
        WriteProperties(json, finding);
        json.WriteEndObject();
    }

    private void WriteLocation(Utf8JsonWriter json, Finding finding)
    {
        var place = finding.Location;
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", Escape(sources.Relative(place?.Path, place?.File)));
        json.WriteString("uriBaseId", Root);
        json.WriteEndObject();
        json.WriteStartObject("region");
        // What has no line is said of the file: code hosts want one all the same.
        json.WriteNumber("startLine", place?.Line is > 0 and var line ? line : 1);
        json.WriteEndObject();
        json.WriteEndObject();
        if (place is not null || finding.Routes.Count > 0)
        {
            json.WriteStartArray("logicalLocations");
            json.WriteStartObject();
            json.WriteString("fullyQualifiedName", place?.Function ?? finding.Routes[0]);
            json.WriteString("kind", place is null ? "resource" : "function");
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject("properties");
        json.WriteStartArray("routes");
        foreach (var route in finding.Routes)
            json.WriteStringValue(route);
        json.WriteEndArray();
        json.WriteStartObject("evidence");
        foreach (var (name, value) in finding.Evidence)
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case bool flag:
                    json.WriteBooleanValue(flag);
                    break;
                case int number:
                    json.WriteNumberValue(number);
                    break;
                case long number:
                    json.WriteNumberValue(number);
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumberValue(number);
                    break;
                default:
                    json.WriteStringValue(value.ToString());
                    break;
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private int IndexOf(string ruleId)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i].Id == ruleId)
                return i;
        }

        return -1;
    }

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
