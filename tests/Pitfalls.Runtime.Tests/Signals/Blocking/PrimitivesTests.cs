using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Signals.Blocking;

namespace Pitfalls.Runtime.Tests.Signals.Blocking;

public class PrimitivesTests
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    [Theory]
    [InlineData(typeof(Task), "Wait", "Task.Wait")]
    [InlineData(typeof(Task<string>), "get_Result", "Task.Result")]
    [InlineData(typeof(TaskAwaiter), "GetResult", "Task.GetAwaiter().GetResult()")]
    [InlineData(typeof(TaskAwaiter<int>), "GetResult", "Task.GetAwaiter().GetResult()")]
    [InlineData(typeof(ConfiguredTaskAwaitable.ConfiguredTaskAwaiter), "GetResult", "Task.GetAwaiter().GetResult()")]
    [InlineData(typeof(ConfiguredTaskAwaitable<int>.ConfiguredTaskAwaiter), "GetResult", "Task.GetAwaiter().GetResult()")]
    [InlineData(typeof(ValueTask<int>), "get_Result", "ValueTask.Result")]
    [InlineData(typeof(ValueTaskAwaiter), "GetResult", "ValueTask.GetAwaiter().GetResult()")]
    [InlineData(typeof(ValueTaskAwaiter<int>), "GetResult", "ValueTask.GetAwaiter().GetResult()")]
    [InlineData(typeof(Task), "WaitAll", "Task.WaitAll")]
    [InlineData(typeof(Task), "WaitAny", "Task.WaitAny")]
    [InlineData(typeof(SemaphoreSlim), "Wait", "SemaphoreSlim.Wait")]
    [InlineData(typeof(ManualResetEventSlim), "Wait", "ManualResetEventSlim.Wait")]
    [InlineData(typeof(WaitHandle), "WaitOne", "WaitHandle.WaitOne")]
    [InlineData(typeof(CountdownEvent), "Wait", "CountdownEvent.Wait")]
    [InlineData(typeof(Barrier), "SignalAndWait", "Barrier.SignalAndWait")]
    [InlineData(typeof(Monitor), "Wait", "Monitor.Wait")]
    [InlineData(typeof(Monitor), "Enter", "lock")]
    [InlineData(typeof(Lock), "EnterScope", "lock")]
    [InlineData(typeof(ReaderWriterLockSlim), "EnterReadLock", "ReaderWriterLockSlim")]
    [InlineData(typeof(Lazy<int>), "get_Value", "Lazy.Value")]
    [InlineData(typeof(BlockingCollection<int>), "Take", "BlockingCollection.Take")]
    [InlineData(typeof(BlockingCollection<int>), "Add", "BlockingCollection.Add")]
    [InlineData(typeof(Thread), "Join", "Thread.Join")]
    [InlineData(typeof(Thread), "Sleep", "Thread.Sleep")]
    [InlineData(typeof(SpinWait), "SpinUntil", "SpinWait.SpinUntil")]
    [InlineData(typeof(Process), "WaitForExit", "Process.WaitForExit")]
    [InlineData(typeof(HttpClient), "Send", "HttpClient.Send")]
    [InlineData(typeof(HttpMessageInvoker), "Send", "HttpClient.Send")]
    [InlineData(typeof(Dns), "GetHostEntry", "Dns.GetHostEntry")]
    [InlineData(typeof(Dns), "GetHostAddresses", "Dns.GetHostEntry")]
    [InlineData(typeof(Socket), "Receive", "Socket.Receive")]
    [InlineData(typeof(Socket), "Send", "Socket.Send")]
    [InlineData(typeof(Socket), "Connect", "Socket.Connect")]
    [InlineData(typeof(Socket), "Accept", "Socket.Accept")]
    [InlineData(typeof(NetworkStream), "Read", "NetworkStream.Read")]
    [InlineData(typeof(SslStream), "Read", "SslStream.Read")]
    [InlineData(typeof(TcpClient), "Connect", "TcpClient.Connect")]
    [InlineData(typeof(Parallel), "ForEach", "Parallel.For")]
    public void Every_way_to_block_has_the_words_of_those_who_call_it(Type type, string method, string words)
    {
        // The type's method by its real name: one that the framework renames shows here.
        var found = type.GetMethods(Any).First(m => m.Name == method);

        Assert.Equal(words, Primitives.WordsFor(found));
    }

    [Theory]
    [InlineData(typeof(Task), "WhenAll")]
    [InlineData(typeof(Task), "Delay")]
    [InlineData(typeof(SemaphoreSlim), "WaitAsync")]
    [InlineData(typeof(SemaphoreSlim), "Release")]
    [InlineData(typeof(HttpClient), "SendAsync")]
    [InlineData(typeof(Process), "WaitForExitAsync")]
    [InlineData(typeof(Socket), "ReceiveAsync")]
    [InlineData(typeof(NetworkStream), "ReadAsync")]
    [InlineData(typeof(Dns), "GetHostEntryAsync")]
    [InlineData(typeof(Monitor), "Exit")]
    [InlineData(typeof(Thread), "Start")]
    [InlineData(typeof(string), "Concat")]
    public void What_does_not_block_is_none(Type type, string method) =>
        Assert.Null(Primitives.WordsFor(type.GetMethods(Any).First(m => m.Name == method)));

    [Theory]
    [InlineData(typeof(Monitor), "Wait", true)]
    [InlineData(typeof(Task), "InternalWaitCore", true)]
    [InlineData(typeof(Thread), "Sleep", false)]
    [InlineData(typeof(Socket), "Receive", false)]
    [InlineData(typeof(Process), "WaitForExit", false)]
    public void The_runtime_tells_of_waits_and_not_of_sleep_and_system_calls(Type type, string method, bool isTold) =>
        Assert.Equal(isTold, Primitives.IsToldByEvents(type.GetMethods(Any).First(m => m.Name == method)));
}
