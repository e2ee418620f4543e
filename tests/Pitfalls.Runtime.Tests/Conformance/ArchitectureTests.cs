using System.Reflection;
using System.Runtime.CompilerServices;

using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Tests.Conformance;

/// <summary>Data flows one way: who may know whom, by type, as the table of the architecture says.</summary>
public class ArchitectureTests
{
    private const string Root = "Pitfalls.Runtime.";

    /// <summary>Classes of the signals that are values or pure functions, and so may be used by a rule.</summary>
    private static readonly string[] s_values = ["EndpointFacts", "MediaTypes", "HeldObject", "ObservedCollection"];

    private static readonly Dictionary<string, Func<Type, bool>> s_mustNotKnow = new()
    {
        ["Signals"] = used => IsIn(used, "Rules") || IsIn(used, "Sinks"),
        ["Rules"] = used => (IsIn(used, "Signals") && !IsValue(used)) || IsIn(used, "Sinks") || IsPlumbing(used),
        ["Reporting"] = used => IsIn(used, "Rules") || IsIn(used, "Signals") || IsIn(used, "Sinks"),
        ["Sinks"] = used => IsIn(used, "Rules") || IsIn(used, "Signals") || IsIn(used, "Reporting"),
    };

    public static TheoryData<string> Stations { get; } = [.. s_mustNotKnow.Keys];

    [Theory]
    [MemberData(nameof(Stations))]
    public void A_station_knows_only_what_it_may(string station)
    {
        var types = typeof(PitfallRule).Assembly.GetTypes().Where(t => !t.IsNested && IsIn(t, station)).ToList();
        Assert.NotEmpty(types);

        var violations = types.SelectMany(type => Violations(station, type)).Distinct().Order(StringComparer.Ordinal).ToList();

        Assert.True(violations.Count == 0, $"{station} must not know:\n{string.Join('\n', violations)}");
    }

    [Theory]
    [InlineData("Rules", typeof(PlantedField), "ResponseSignal")]
    [InlineData("Rules", typeof(PlantedCall), "ResponseObserver")]
    [InlineData("Rules", typeof(PlantedClosure), "ILogger")]
    [InlineData("Rules", typeof(PlantedGeneric), "EndpointBook")]
    [InlineData("Rules", typeof(PlantedSink), "FindingStore")]
    [InlineData("Rules", typeof(PlantedAsync), "IServiceProvider")]
    [InlineData("Rules", typeof(PlantedMeter), "Meter")]
    [InlineData("Signals", typeof(PlantedInSignals), "NullBody")]
    [InlineData("Reporting", typeof(PlantedField), "ResponseSignal")]
    [InlineData("Sinks", typeof(PlantedReporter), "PitfallReporter")]
    public void A_violation_is_found_wherever_it_hides(string station, Type planted, string known) =>
        Assert.Contains(Violations(station, planted), v => v.EndsWith("." + known, StringComparison.Ordinal) || v.Contains("." + known + "`", StringComparison.Ordinal));

    [Fact]
    public void What_a_rule_may_use_is_no_violation() => Assert.Empty(Violations("Rules", typeof(PlantedRule)));

    [Fact]
    public void Everything_is_sealed_unless_it_is_meant_to_be_extended()
    {
        var open = typeof(PitfallRule).Assembly.GetTypes()
            .Where(t => t.IsClass && !t.IsSealed && !t.IsAbstract && t.GetCustomAttribute<CompilerGeneratedAttribute>() is null && !t.FullName!.Contains('<', StringComparison.Ordinal))
            .Select(t => t.FullName!)
            .ToList();

        Assert.Empty(open);
    }

    [Fact]
    public void Nothing_mutable_of_a_host_is_static()
    {
        // Detector state lives in the container; what is per process by nature is named here, with the reason.
        string[] perProcess =
        [
            "Pitfall.s_ambient", "Pitfall.s_byRequest",              // follow the app's own flow of control
            "RequestScope.s_current", "RequestScope.ThreadChanged", "RequestScope.WorkedLate", // the same
            "Pitfall.AmbientChanged",                               // the same
            "ThreadSlot.s_all", "ThreadSlot.t_current",             // threads belong to the process
            "FirstChance.s_subscribers", "FirstChance.t_isInside",  // one handler for the process, counted
            "UnobservedTasks.s_subscribers",                        // the same
            "ConsoleWatch.s_hooked", "ConsoleWatch.s_subscribers", "ConsoleWatch.s_out", "ConsoleWatch.s_error", "ConsoleWatch.t_isInside", // the console is the process's
            "HostedWork.s_current",                                 // follows the app's own flow of control
            "BlockingWatch.s_current",                              // one event session for the process, counted
            "DependencyWatch.s_current",                            // listeners and activity sources are the process's; counted
            "Layers.t_upper",                                       // the call this thread is making
            "WarmUp.s_done",                                        // what is compiled is compiled for the process
        ];
        string[] mutable = ["Dictionary`2", "List`1", "HashSet`1", "Queue`1", "ConcurrentDictionary`2", "ConcurrentQueue`1", "ConditionalWeakTable`2", "AsyncLocal`1", "ThreadLocal`1"];

        var found = typeof(PitfallRule).Assembly.GetTypes()
            .Where(t => !t.FullName!.Contains('<', StringComparison.Ordinal))
            .SelectMany(t => t.GetFields(BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(f => !f.IsLiteral && !f.Name.Contains('<', StringComparison.Ordinal) && (!f.IsInitOnly || (mutable.Contains(f.FieldType.Name) && !IsFilledByItsInitializer(f))))
            .Select(f => $"{f.DeclaringType!.Name}.{f.Name}")
            .Except(perProcess)
            .ToList();

        Assert.True(found.Count == 0, $"static and mutable: {string.Join(", ", found)}");
    }

    private static IEnumerable<string> Violations(string station, Type type) =>
        TypeUses.Of(type).Where(u => s_mustNotKnow[station](u.Used)).Select(u => $"{u.Where} knows {u.Used.FullName}");

    private static bool IsIn(Type type, string station) =>
        type.Namespace is { } space && (space == Root + station || space.StartsWith($"{Root}{station}.", StringComparison.Ordinal)) && type.Assembly == typeof(PitfallRule).Assembly;

    /// <summary>Interfaces that wake a rule and the values they bring: records, structs, enums, and the few that are listed.</summary>
    private static bool IsValue(Type type) =>
        type.IsInterface || type.IsValueType || IsRecord(type) || s_values.Contains(type.Name) || (type.IsNested && IsValue(type.DeclaringType!));

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    private static bool IsPlumbing(Type type) =>
        type == typeof(IServiceProvider) || type == typeof(ILogger) || type == typeof(ILoggerFactory) || type.Namespace == "System.Diagnostics.Metrics"
        || (type.Namespace == "Microsoft.Extensions.Logging" && type.Name.StartsWith("ILogger", StringComparison.Ordinal));

    /// <summary>Tables: written by the type's initializer and by nothing else.</summary>
    private static bool IsFilledByItsInitializer(FieldInfo field) =>
        field.Name.StartsWith("s_", StringComparison.Ordinal) && field.FieldType.Name is "Dictionary`2" or "HashSet`1" or "List`1"
        && !typeof(PitfallRule).Assembly.GetTypes().Any(t => t == field.DeclaringType && ChangesTables(t));

    private static bool ChangesTables(Type type) => type
        .GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        .Any(m => m.Name is "Learn" or "Register" or "Remember");

    // What no station may hold, planted: only compiled, never run.
#pragma warning disable CA1823, CS0169, CS0649, IDE0044, IDE0051
    private sealed class PlantedField
    {
        private ResponseSignal? _signal;
    }

    private sealed class PlantedCall
    {
        public static object Body() => new ResponseObserver(null!).Stream;
    }

    private sealed class PlantedClosure
    {
        public static Action Body(object loggers) => () => ((ILoggerFactory)loggers).CreateLogger("x").LogInformation("x");
    }

    private sealed class PlantedGeneric
    {
        public static object Body() => new List<Lazy<EndpointBook[]>>();
    }

    private sealed class PlantedSink
    {
        public static int Body(object sink) => sink is Pitfalls.Runtime.Sinks.FindingStore ? 1 : 0;
    }

    private sealed class PlantedAsync
    {
        public static async Task<object?> Body(object services)
        {
            await Task.Yield();
            return ((IServiceProvider)services).GetService(typeof(string));
        }
    }

    private sealed class PlantedMeter
    {
        public static void Body()
        {
            using var meter = new System.Diagnostics.Metrics.Meter("x");
        }
    }

    private sealed class PlantedInSignals
    {
        public static string Body() => Pitfalls.Runtime.Rules.Responses.NullBody.Rule.Id;
    }

    private sealed class PlantedReporter
    {
        public static object? Body(object reporter) => reporter as PitfallReporter;
    }

    private sealed class PlantedRule : IResponseRule
    {
        public void Observe(ObservedResponse response, IPitfallReporter reporter)
        {
            if (response.Endpoint.DeclaresBody && MediaTypes.IsJson(response.MediaType))
                reporter.Report(null!, new Occurrence { Message = "m", Subject = response.Route, Evidence = Evidence.Of(("status", response.Status)) });
        }
    }
#pragma warning restore CA1823, CS0169, CS0649, IDE0044, IDE0051
}
