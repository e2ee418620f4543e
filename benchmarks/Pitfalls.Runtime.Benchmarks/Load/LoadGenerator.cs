using System.Net;

using Pitfalls.Runtime.Benchmarks.Server;

namespace Pitfalls.Runtime.Benchmarks.Load;

/// <summary>Sends requests over a fixed number of connections, each sending its next one when the last is answered.</summary>
/// <remarks>Blocking sockets on threads: the client shares the cores with the server, so it must be cheap and the same for every variant.</remarks>
internal sealed class LoadGenerator : IDisposable
{
    private readonly KeepAliveConnection[] _connections;

    public LoadGenerator(int port, int connections) =>
        _connections = [.. Enumerable.Range(0, connections).Select(_ => new KeepAliveConnection(new IPEndPoint(IPAddress.Loopback, port)))];

    /// <summary>Returns when all are answered.</summary>
    public void Send(BenchEndpoint endpoint, int requests)
    {
        var left = requests;
        Exception? failure = null;
        var threads = Array.ConvertAll(_connections, connection => new Thread(() =>
        {
            try
            {
                while (Interlocked.Decrement(ref left) >= 0)
                    connection.Get("/" + endpoint.Name);
            }
            catch (Exception exception)
            {
                failure = exception;
                Volatile.Write(ref left, 0);
            }
        }) { IsBackground = true, Name = "load" });
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        if (failure is not null)
            throw new InvalidOperationException($"/{endpoint.Name}: {failure.Message}", failure);
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
            connection.Dispose();
    }
}
