using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Signals.Blocking;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Tests.Signals.Blocking;

/// <summary>Whose doing a wait is, told from frames alone. The frames are real methods, innermost first; that real stacks look like this is shown on a real server.</summary>
public class StackJudgeTests
{
    private const string Here = "Pitfalls.Runtime.Tests.Signals.Blocking.StackJudgeTests.";

    private static readonly MethodBase s_wait = Method("System.Threading.Tasks.Task, System.Private.CoreLib", "InternalWaitCore");

    private readonly StackJudge _judge = new(
        new UserCode([typeof(StackJudgeTests).Assembly.GetName().Name!], entry: null, applicationName: null), new SourceLocator(new SourceLines()), new FrameSignatures());

    [Fact]
    public void Flags_the_users_frame_with_the_call_its_line_and_what_it_waits_for()
    {
        var place = Judge(s_wait, Method(typeof(Task), "Wait"), Mine(nameof(WaitsForATask)), Method("System.Threading.ThreadPoolWorkQueue, System.Private.CoreLib", "Dispatch"));

        Assert.Equal("Task.Wait", place.Primitive);
        Assert.Equal(Here + nameof(WaitsForATask), place.Location.Function);
        Assert.Equal("StackJudgeTests.cs", place.Location.File);
        Assert.Equal(LineOf(nameof(WaitsForATask)), place.Location.Line);
        Assert.Equal(Here + nameof(LoadAsync), place.WaitedFor);
        Assert.Equal(Here + nameof(WaitsForATask) + " Task.Wait", place.Subject);
        Assert.True(place.IsToldByEvents);
    }

    [Fact]
    public void Flags_the_call_whatever_lies_inlined_between_it_and_the_wait()
    {
        var place = Judge(s_wait, Mine(nameof(TakesTheResult)));

        Assert.Equal("Task.Result", place.Primitive);
        Assert.Equal(LineOf(nameof(TakesTheResult)), place.Location.Line);
    }

    [Fact]
    public void Flags_the_outermost_way_to_block_and_not_what_it_is_made_of()
    {
        var place = Judge(
            Method("System.Net.Sockets.SocketPal, System.Net.Sockets", "Receive"), Method(typeof(HttpMessageInvoker), "Send"), Method(typeof(HttpClient), "Send"), Mine(nameof(SendsARequest)));

        Assert.Equal("HttpClient.Send", place.Primitive);
        Assert.False(place.IsToldByEvents);
    }

    [Fact]
    public void Flags_a_library_that_blocks_for_the_user_by_the_librarys_name()
    {
        var place = Judge(s_wait, Method(typeof(Task), "Wait"), Method(typeof(Parallel), "Invoke"), Method(typeof(System.Xml.XmlReader), "ReadContentAsString"), Mine(nameof(ReadsXml)));

        Assert.Equal("System.Xml.XmlReader.ReadContentAsString", place.WaitedFor);
        Assert.Equal(LineOf(nameof(ReadsXml)), place.Location.Line);
    }

    [Fact]
    public void Flags_an_async_method_after_an_await_by_its_source_name()
    {
        var place = Judge(s_wait, Method(typeof(Task), "Wait"), MoveNextOf(nameof(WaitsAfterAnAwaitAsync)), Method("System.Threading.ThreadPoolWorkQueue, System.Private.CoreLib", "Dispatch"));

        Assert.Equal(Here + nameof(WaitsAfterAnAwaitAsync), place.Location.Function);
        Assert.Equal(LineOf(nameof(WaitsAfterAnAwaitAsync)), place.Location.Line);
    }

    [Fact]
    public void Flags_the_innermost_frame_of_the_user_in_a_factory()
    {
        var lambda = typeof(StackJudgeTests).GetNestedTypes(BindingFlags.NonPublic).SelectMany(t => t.GetMethods(BindingFlags.Instance | BindingFlags.NonPublic))
            .Single(m => m.Name.Contains($"<{nameof(AddsToADictionary)}>b__", StringComparison.Ordinal));
        var place = Judge(s_wait, Method(typeof(Task), "Wait"), lambda, Method(typeof(ConcurrentDictionary<int, int>), "GetOrAdd"), Mine(nameof(AddsToADictionary)));

        Assert.Equal(Here + nameof(AddsToADictionary) + "+lambda", place.Location.Function);
        Assert.EndsWith("+lambda#1 Task.Wait", place.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public void Flags_a_constructor()
    {
        var place = Judge(s_wait, Method(typeof(Task), "Wait"), typeof(WaitsInItsConstructor).GetConstructors()[0], Mine(nameof(WaitsForATask)));

        Assert.Equal(Here + "WaitsInItsConstructor.WaitsInItsConstructor", place.Location.Function);
    }

    [Fact]
    public void Flags_with_what_the_attributes_there_allow()
    {
        var place = Judge(s_wait, Method(typeof(Task), "Wait"), Mine(nameof(MayWait)));

        Assert.Equal(("PIT1001", "start-up only"), (place.Declared!.Rule, place.Declared.Reason));
    }

    [Fact]
    public void StaysSilent_without_a_frame_of_the_user() =>
        AssertSilent(s_wait, Method(typeof(Task), "Wait"), Method("System.Threading.ThreadPoolWorkQueue, System.Private.CoreLib", "Dispatch"));

    [Fact]
    public void StaysSilent_about_frames_that_block_in_no_way() =>
        AssertSilent(Method(typeof(System.Xml.XmlReader), "Read"), Mine(nameof(ReadsXml)));

    [Fact]
    public void StaysSilent_about_an_async_library_that_blocks_inside()
    {
        // The user awaits: that the library's first part blocks is its author's doing.
        AssertSilent(s_wait, Method(typeof(Task), "Wait"), Method(typeof(HttpClient), "GetStringAsync", typeof(string)), Mine(nameof(WaitsForATask)));
        AssertSilent(
            s_wait, Method(typeof(Task), "Wait"), LibrarysMoveNext(),
            Method("System.Runtime.CompilerServices.AsyncMethodBuilderCore, System.Private.CoreLib", "Start"), Mine(nameof(WaitsForATask)));
    }

    [Fact]
    public void StaysSilent_about_the_flow_that_a_finished_task_continues_in()
    {
        // The user's SetResult runs whoever waited for it: in there it is not the user who blocks.
        AssertSilent(s_wait, Method(typeof(Task), "Wait"), Method(typeof(Task), "RunContinuations"), Method(typeof(Task), "FinishContinuations"), Mine(nameof(WaitsForATask)));
    }

    [Theory]
    [InlineData(typeof(LoggerExtensions), "LogInformation")]
    [InlineData(typeof(Microsoft.Extensions.DependencyInjection.ServiceProvider), "GetService")]
    [InlineData(typeof(System.Diagnostics.ActivitySource), "StartActivity")]
    [InlineData(typeof(System.Diagnostics.Trace), "WriteLine")]
    [InlineData(typeof(Console), "WriteLine")]
    [InlineData(typeof(GC), "Collect")]
    [InlineData(typeof(RuntimeHelpers), "RunClassConstructor")]
    [InlineData(typeof(Activator), "CreateInstance")]
    public void StaysSilent_about_what_nobody_can_await(Type type, string method) =>
        AssertSilent(s_wait, Method(typeof(Monitor), "Enter"), type.GetMethods(Any).First(m => m.Name == method), Mine(nameof(WaitsForATask)));

    [Fact]
    public void StaysSilent_about_an_await_that_the_runtime_itself_carries_out()
    {
        // Without state machines: the user's async method stands on the stack as itself, and awaits by a call.
        AssertSilent(
            s_wait, Method(typeof(Task), "Wait"), LibrarysMoveNext(), Method("System.Runtime.CompilerServices.AsyncHelpers, System.Private.CoreLib", "Await"), Mine(nameof(WaitsForATask)));
        AssertSilent(
            s_wait, Method(typeof(Task), "Wait"), Method(typeof(HttpClient), "GetStringAsync", typeof(string)), Mine(nameof(WaitsAfterAnAwaitAsync)));
    }

    [Fact]
    public void Flags_a_wait_in_an_async_method_that_stands_on_the_stack_as_itself()
    {
        var place = Judge(s_wait, Method(typeof(Task), "Wait"), Mine(nameof(WaitsAfterAnAwaitAsync)), Method("System.Runtime.CompilerServices.AsyncHelpers, System.Private.CoreLib", "Await"));

        Assert.Equal(Here + nameof(WaitsAfterAnAwaitAsync), place.Location.Function);
        Assert.Equal("Task.Wait", place.Primitive);
    }

    [Fact]
    public void StaysSilent_about_an_empty_stack() => AssertSilent();

    [Fact]
    public void A_busy_thread_does_not_stand_still_whatever_its_method_may_block_in_elsewhere()
    {
        // Its own frame is the innermost, or that of something that computes: it works. That it may sleep further down says nothing of this moment.
        Assert.False(Facts(Mine(nameof(ComputesAndSleepsWhenItFails))).StandsStill);
        Assert.False(Facts(Method(typeof(System.Text.RegularExpressions.Regex), "Match"), Mine(nameof(ComputesAndSleepsWhenItFails)), Method(typeof(Lazy<int>), "CreateValue")).StandsStill);
        Assert.False(Facts(Mine(nameof(ComputesAndSleepsWhenItFails)), Method(typeof(Lazy<int>), "CreateValue")).StandsStill);
        Assert.False(Facts().StandsStill);
        Assert.True(Facts(Method(typeof(Thread), "Sleep"), Mine(nameof(ComputesAndSleepsWhenItFails))).StandsStill);
        Assert.True(Facts(Method("System.Net.Sockets.SocketPal, System.Net.Sockets", "Receive"), Mine(nameof(ReadsXml))).StandsStill);

        static StackFacts Facts(params MethodBase[] frames) => StackFacts.Of([.. frames.Select(f => new Frame(f, 0))], isCut: false);
    }

    [Fact]
    public void Limitation_a_small_method_that_was_inlined_is_reported_as_its_caller()
    {
        // LoadNow => LoadAsync().Result is not on the stack when the JIT has put it into its caller.
        var place = Judge(s_wait, Mine(nameof(CallsASmallMethod)));

        Assert.Equal(Here + nameof(CallsASmallMethod), place.Location.Function);
    }

    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private BlockedPlace Judge(params MethodBase[] frames) => _judge.Judge([.. frames.Select(f => new Frame(f, 0))]);

    private void AssertSilent(params MethodBase[] frames) => Assert.Same(BlockedPlace.Nowhere, Judge(frames));

    private static MethodInfo Mine(string name) => typeof(StackJudgeTests).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!;

    private static MethodInfo MoveNextOf(string name) =>
        Mine(name).GetCustomAttribute<AsyncStateMachineAttribute>()!.StateMachineType.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private static MethodInfo LibrarysMoveNext() => typeof(HttpClient).Assembly.GetTypes()
        .First(t => typeof(IAsyncStateMachine).IsAssignableFrom(t)).GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private static MethodInfo Method(string type, string name) => Method(Type.GetType(type, throwOnError: true)!, name);

    private static MethodInfo Method(Type type, string name) => type.GetMethods(Any).First(m => m.Name == name);

    private static MethodInfo Method(Type type, string name, params Type[] parameters) => type.GetMethod(name, parameters)!;

    private static readonly ConcurrentDictionary<string, int> s_lines = new();

    /// <summary>The line after the mark; a method has to be called once to tell.</summary>
    private static int LineOf(string method)
    {
        if (!s_lines.ContainsKey(method))
            Mine(method).Invoke(null, null);
        return s_lines[method];
    }

    private static void Here_([CallerMemberName] string method = "", [CallerLineNumber] int line = 0) => s_lines[method] = line;

    private static void WaitsForATask()
    {
        Here_(); LoadAsync().Wait();
    }

    private static void TakesTheResult()
    {
        Here_(); GC.KeepAlive(LoadAsync().Result);
    }

    private static void SendsARequest(HttpClient client) => client.Send(new HttpRequestMessage()).Dispose();

    private static void ReadsXml()
    {
        using var reader = System.Xml.XmlReader.Create(new StringReader("<a>b</a>"));
        reader.ReadToFollowing("a");
        reader.Read();
        Here_(); reader.ReadContentAsString();
    }

    private static async Task WaitsAfterAnAwaitAsync()
    {
        await Task.CompletedTask;
        Here_(); LoadAsync().Wait();
    }

    private static void AddsToADictionary() => new ConcurrentDictionary<int, int>().GetOrAdd(1, _ =>
    {
        LoadAsync().Wait();
        return 1;
    });

    [AllowPitfall("PIT1001", "start-up only")]
    private static void MayWait() => LoadAsync().Wait();

    private static int CallsASmallMethod() => LoadNow() + LoadNow();

    private static int LoadNow() => LoadAsync().Result;

    private static long ComputesAndSleepsWhenItFails(bool fails)
    {
        var turns = 0L;
        for (var i = 0; i < 1_000_000; i++)
            turns += i;
        if (fails)
            Thread.Sleep(1000);
        return turns;
    }

    private static async Task<int> LoadAsync()
    {
        await Task.CompletedTask;
        return 1;
    }

    private sealed class WaitsInItsConstructor
    {
        public WaitsInItsConstructor() => LoadAsync().Wait();
    }
}
