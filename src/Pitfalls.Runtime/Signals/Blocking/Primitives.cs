using System.Collections.Frozen;
using System.Reflection;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>The framework's ways to block a thread, in the words of those who call them. Found by name: nothing here is loaded for it.</summary>
internal static class Primitives
{
    /// <summary>Where every wait for a task ends up. When that is the user's next frame, their own call has been inlined.</summary>
    private const string TaskWaitInside = "waiting for a Task";

    /// <summary>Where a method stands: the name to show, and the family of calls that end in one another when the JIT inlines.</summary>
    private sealed record Entry(string Words, string Family, int Depth);

    private static readonly FrozenDictionary<string, Entry> s_entries = Table().ToFrozenDictionary(e => e.Key, e => e.Entry);

    /// <summary><c>Task.Result</c>, <c>lock</c>, <c>HttpClient.Send</c>; <see langword="null"/>: this method is none of them.</summary>
    public static string? WordsFor(MethodBase method) => Find(method)?.Words;

    /// <summary>Waits that the runtime tells by itself, with their start and end; what else blocks shows in samples only.</summary>
    public static bool IsToldByEvents(MethodBase innermost) =>
        Find(innermost) is { Family: "task" or "handle" or "monitor" or "lock" or "semaphore" or "event" or "join" };

    /// <summary>How readily a call to one method ends in a frame of another, with what lies between inlined: 1 most, 0 never.</summary>
    public static int Rank(MethodBase called, MethodBase frame)
    {
        if (Find(called) is not { } from || Find(frame) is not { } to)
            return 0;
        if (from.Depth >= to.Depth)
            return from.Words == to.Words && from.Depth == to.Depth ? 1 : 0;
        // Result is inlined down to the wait more readily than Wait, and an awaiter hardly ever.
        if (to.Words == TaskWaitInside)
            return from.Family != "task" ? 0 : from.Words == "Task.Result" ? 1 : from.Words == "Task.Wait" ? 2 : 3;
        if (from.Words == to.Words)
            return 1;
        return from.Family == to.Family || IsUnder(to.Family, from.Family) ? 2 : 0;
    }

    /// <summary>Everything here waits on a monitor or a handle in the end.</summary>
    private static bool IsUnder(string inner, string outer) => inner is "monitor" or "handle" && outer is not ("monitor" or "handle");

    private static Entry? Find(MethodBase method)
    {
        var type = method.DeclaringType;
        if (type is { IsGenericType: true, IsGenericTypeDefinition: false })
            type = type.GetGenericTypeDefinition();
        return type?.FullName is { } name
            && (s_entries.TryGetValue($"{name}.{method.Name}", out var entry) || s_entries.TryGetValue(name + ".*", out entry))
            ? entry : null;
    }

    private static IEnumerable<(string Key, Entry Entry)> Table()
    {
        const string Tasks = "System.Threading.Tasks.", Threading = "System.Threading.", Compiler = "System.Runtime.CompilerServices.";
        (string Type, string Methods, string Words, string Family, int Depth)[] rows =
        [
            (Tasks + "Task", "Wait", "Task.Wait", "task", 0),
            (Tasks + "Task`1", "get_Result", "Task.Result", "task", 0),
            (Tasks + "Task`1", "GetResultCore", "Task.Result", "task", 1),
            (Tasks + "Task", "RunSynchronously", "Task.RunSynchronously", "task", 0),
            (Tasks + "Task", "WaitAll", "Task.WaitAll", "task all", 0),
            (Tasks + "Task", "WaitAllCore WaitAllBlockingCore", "Task.WaitAll", "task all", 1),
            (Tasks + "Task", "WaitAny", "Task.WaitAny", "task any", 0),
            (Tasks + "Task", "WaitAnyCore", "Task.WaitAny", "task any", 1),
            (Compiler + "TaskAwaiter", "GetResult", "Task.GetAwaiter().GetResult()", "task", 0),
            (Compiler + "TaskAwaiter`1", "GetResult", "Task.GetAwaiter().GetResult()", "task", 0),
            (Compiler + "ConfiguredTaskAwaitable+ConfiguredTaskAwaiter", "GetResult", "Task.GetAwaiter().GetResult()", "task", 0),
            (Compiler + "ConfiguredTaskAwaitable`1+ConfiguredTaskAwaiter", "GetResult", "Task.GetAwaiter().GetResult()", "task", 0),
            (Compiler + "TaskAwaiter", "ValidateEnd HandleNonSuccessAndDebuggerNotification", "Task.GetAwaiter().GetResult()", "task", 2),
            (Tasks + "ValueTask`1", "get_Result", "ValueTask.Result", "task", 0),
            (Tasks + "ValueTask", "ThrowIfCompletedUnsuccessfully", "ValueTask.GetAwaiter().GetResult()", "task", 1),
            (Compiler + "ValueTaskAwaiter", "GetResult", "ValueTask.GetAwaiter().GetResult()", "task", 0),
            (Compiler + "ValueTaskAwaiter`1", "GetResult", "ValueTask.GetAwaiter().GetResult()", "task", 0),
            (Compiler + "ConfiguredValueTaskAwaitable+ConfiguredValueTaskAwaiter", "GetResult", "ValueTask.GetAwaiter().GetResult()", "task", 0),
            (Compiler + "ConfiguredValueTaskAwaitable`1+ConfiguredValueTaskAwaiter", "GetResult", "ValueTask.GetAwaiter().GetResult()", "task", 0),
            (Tasks + "Task", "InternalWait InternalWaitCore SpinThenBlockingWait", TaskWaitInside, "task", 3),
            (Tasks + "Parallel", "*", "Parallel.For", "parallel", 0),
            (Threading + "SemaphoreSlim", "Wait", "SemaphoreSlim.Wait", "semaphore", 0),
            (Threading + "SemaphoreSlim", "WaitCore WaitUntilCountOrTimeout", "SemaphoreSlim.Wait", "semaphore", 1),
            (Threading + "ManualResetEventSlim", "Wait", "ManualResetEventSlim.Wait", "event", 1),
            (Threading + "CountdownEvent", "Wait", "CountdownEvent.Wait", "event", 0),
            (Threading + "Barrier", "SignalAndWait", "Barrier.SignalAndWait", "event", 0),
            (Threading + "Barrier", "DiscontinuousWait", "Barrier.SignalAndWait", "event", 1),
            (Threading + "WaitHandle", "WaitOne", "WaitHandle.WaitOne", "handle", 0),
            (Threading + "WaitHandle", "WaitOneNoCheck", "WaitHandle.WaitOne", "handle", 1),
            (Threading + "WaitHandle", "WaitAny", "WaitHandle.WaitAny", "handle", 0),
            (Threading + "WaitHandle", "WaitAll", "WaitHandle.WaitAll", "handle", 0),
            (Threading + "WaitHandle", "WaitMultiple", "WaitHandle.WaitAny", "handle", 1),
            (Threading + "WaitHandle", "SignalAndWait", "WaitHandle.SignalAndWait", "handle", 0),
            (Threading + "Monitor", "Wait", "Monitor.Wait", "monitor", 2),
            (Threading + "Monitor", "ObjWait", "Monitor.Wait", "monitor", 3),
            (Threading + "Monitor", "Enter TryEnter ReliableEnter ReliableEnterTimeout", "lock", "lock", 0),
            (Threading + "Monitor", "Enter_Slowpath TryEnter_Slowpath TryEnter_TimeoutSlowpath", "lock", "lock", 1),
            (Threading + "Lock", "Enter EnterScope TryEnter", "lock", "lock", 0),
            (Threading + "Lock", "EnterAndGetCurrentThreadId TryEnterSlow TryEnter_Outlined", "lock", "lock", 1),
            (Threading + "ReaderWriterLockSlim", "EnterReadLock TryEnterReadLock EnterUpgradeableReadLock TryEnterUpgradeableReadLock EnterWriteLock TryEnterWriteLock", "ReaderWriterLockSlim", "lock", 0),
            (Threading + "ReaderWriterLockSlim", "*", "ReaderWriterLockSlim", "lock", 1),
            (Threading + "ReaderWriterLock", "*", "ReaderWriterLock", "lock", 0),
            ("System.Lazy`1", "get_Value", "Lazy.Value", "lazy", 0),
            ("System.Lazy`1", "CreateValue ExecutionAndPublication ViaConstructor", "Lazy.Value", "lazy", 1),
            ("System.Collections.Concurrent.BlockingCollection`1", "Take TryTake", "BlockingCollection.Take", "queue take", 0),
            ("System.Collections.Concurrent.BlockingCollection`1", "TryTakeWithNoTimeValidation", "BlockingCollection.Take", "queue take", 1),
            ("System.Collections.Concurrent.BlockingCollection`1", "TakeFromAny TryTakeFromAny TryTakeFromAnyCore", "BlockingCollection.TakeFromAny", "queue take", 0),
            ("System.Collections.Concurrent.BlockingCollection`1", "Add TryAdd", "BlockingCollection.Add", "queue add", 0),
            ("System.Collections.Concurrent.BlockingCollection`1", "TryAddWithNoTimeValidation", "BlockingCollection.Add", "queue add", 1),
            (Threading + "Thread", "Join", "Thread.Join", "join", 0),
            (Threading + "Thread", "Sleep", "Thread.Sleep", "sleep", 0),
            (Threading + "Thread", "SleepInternal UninterruptibleSleep0", "Thread.Sleep", "sleep", 1),
            (Threading + "SpinWait", "SpinUntil", "SpinWait.SpinUntil", "sleep", 0),
            ("System.Diagnostics.Process", "WaitForExit", "Process.WaitForExit", "process", 0),
            ("System.Diagnostics.Process", "WaitForExitCore", "Process.WaitForExit", "process", 1),
            ("System.Diagnostics.ProcessWaitState", "*", "Process.WaitForExit", "process", 2),
            ("System.Diagnostics.Process", "WaitForInputIdle", "Process.WaitForInputIdle", "process", 0),
            ("System.Net.Http.HttpClient", "Send", "HttpClient.Send", "http", 0),
            ("System.Net.Http.HttpMessageInvoker", "Send", "HttpClient.Send", "http", 1),
            ("System.Net.HttpWebRequest", "GetResponse GetRequestStream", "HttpWebRequest.GetResponse", "http", 0),
            ("System.Net.WebClient", "*", "WebClient", "http", 0),
            ("System.Net.Mail.SmtpClient", "Send", "SmtpClient.Send", "net", 0),
            ("System.Net.NetworkInformation.Ping", "Send", "Ping.Send", "net", 0),
            ("System.Net.Dns", "GetHostEntry GetHostAddresses GetHostByName GetHostByAddress Resolve", "Dns.GetHostEntry", "dns", 0),
            ("System.Net.Dns", "GetHostEntryCore GetHostAddressesCore GetHostEntryOrAddressesCore", "Dns.GetHostEntry", "dns", 1),
            ("System.Net.NameResolutionPal", "*", "Dns.GetHostEntry", "dns", 2),
            ("System.Net.Sockets.TcpClient", "Connect .ctor", "TcpClient.Connect", "net", 0),
            ("System.Net.Sockets.TcpListener", "AcceptTcpClient AcceptSocket", "TcpListener.Accept", "net", 0),
            ("System.Net.Sockets.UdpClient", "Receive Send", "UdpClient.Receive", "net", 0),
            ("System.Net.Sockets.NetworkStream", "Read ReadByte", "NetworkStream.Read", "net", 0),
            ("System.Net.Sockets.NetworkStream", "Write WriteByte", "NetworkStream.Write", "net", 0),
            ("System.Net.Security.SslStream", "Read ReadByte", "SslStream.Read", "net", 0),
            ("System.Net.Security.SslStream", "Write", "SslStream.Write", "net", 0),
            ("System.Net.Security.SslStream", "AuthenticateAsClient AuthenticateAsServer", "SslStream.Authenticate", "net", 0),
            ("System.Net.Sockets.Socket", "Receive ReceiveFrom ReceiveMessageFrom", "Socket.Receive", "net", 1),
            ("System.Net.Sockets.Socket", "Send SendTo SendFile", "Socket.Send", "net", 1),
            ("System.Net.Sockets.Socket", "Connect DoConnect", "Socket.Connect", "net", 1),
            ("System.Net.Sockets.Socket", "Accept", "Socket.Accept", "net", 1),
            ("System.Net.Sockets.Socket", "Poll Select", "Socket.Poll", "net", 1),
            ("System.Net.Sockets.SocketPal", "*", "Socket", "net", 3),
            ("System.IO.Pipes.NamedPipeClientStream", "Connect", "NamedPipeClientStream.Connect", "net", 0),
            ("System.IO.Pipes.NamedPipeServerStream", "WaitForConnection", "NamedPipeServerStream.WaitForConnection", "net", 0),
            ("System.IO.Pipes.PipeStream", "Read Write Flush WaitForPipeDrain", "PipeStream.Read", "net", 0),
        ];
        foreach (var row in rows)
        {
            foreach (var method in row.Methods.Split(' '))
                yield return ($"{row.Type}.{method}", new Entry(row.Words, row.Family, row.Depth));
        }
    }
}
