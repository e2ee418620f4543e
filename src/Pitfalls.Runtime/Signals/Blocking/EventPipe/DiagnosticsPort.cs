using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Security.Principal;
using System.Text;

namespace Pitfalls.Runtime.Signals.Blocking.EventPipe;

/// <summary>The runtime's diagnostics port of this very process: a socket in the temp directory, or a named pipe on Windows.</summary>
/// <remarks>https://github.com/dotnet/diagnostics/blob/main/documentation/design-docs/ipc-protocol.md</remarks>
internal static class DiagnosticsPort
{
    public const byte EventPipeCommands = 0x02;

    private const int HeaderBytes = 20;
    private const byte ServerCommands = 0xFF;
    private const byte Ok = 0x00;

    // Whoever owns the runtime's port answers within milliseconds. A port held by a debugger may not answer at all.
    private const int AnswerTimeoutMilliseconds = 10_000;

    private static ReadOnlySpan<byte> Magic => "DOTNET_IPC_V1\0"u8;

    /// <summary>Sends a command and reads its answer. The connection stays open: what follows on it belongs to the command.</summary>
    /// <exception cref="DiagnosticsPortException">There is no port, or it refused the command.</exception>
    public static (Stream Connection, byte[] Answer) Send(byte commandSet, byte command, ReadOnlySpan<byte> payload)
    {
        var connection = Connect();
        try
        {
            var message = new byte[HeaderBytes + payload.Length];
            Magic.CopyTo(message);
            BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), checked((ushort)message.Length));
            message[16] = commandSet;
            message[17] = command;
            payload.CopyTo(message.AsSpan(HeaderBytes));
            connection.Write(message);
            return (connection, ReadAnswer(connection));
        }
        catch (Exception exception)
        {
            connection.Dispose();
            throw exception is IOException or SocketException or EndOfStreamException
                ? new DiagnosticsPortException($"the runtime's diagnostics port did not answer ({exception.GetType().Name})", exception)
                : exception;
        }
    }

    private static byte[] ReadAnswer(Stream connection)
    {
        var header = new byte[HeaderBytes];
        connection.ReadExactly(header);
        var length = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(14)) - HeaderBytes;
        if (!header.AsSpan().StartsWith(Magic) || length < 0)
            throw new DiagnosticsPortException("the runtime's diagnostics port speaks another protocol");
        var answer = new byte[length];
        connection.ReadExactly(answer);
        if (header[16] != ServerCommands || header[17] != Ok)
        {
            var code = answer.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(answer) : 0;
            throw new DiagnosticsPortException(string.Create(CultureInfo.InvariantCulture, $"the runtime refused the command with 0x{code:X8}"));
        }

        return answer;
    }

    private static Stream Connect()
    {
        try
        {
            return OperatingSystem.IsWindows() ? ConnectPipe() : ConnectSocket();
        }
        catch (Exception exception) when (exception is IOException or SocketException or TimeoutException or UnauthorizedAccessException)
        {
            throw new DiagnosticsPortException($"the runtime's diagnostics port cannot be opened ({exception.GetType().Name})", exception);
        }
    }

    private static NamedPipeClientStream ConnectPipe()
    {
        var pipe = new NamedPipeClientStream(
            ".", $"dotnet-diagnostic-{Environment.ProcessId}", PipeDirection.InOut, PipeOptions.None, TokenImpersonationLevel.Impersonation);
        try
        {
            pipe.Connect(AnswerTimeoutMilliseconds);
            return pipe;
        }
        catch
        {
            pipe.Dispose();
            throw;
        }
    }

    private static NetworkStream ConnectSocket()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.ReceiveTimeout = AnswerTimeoutMilliseconds;
            socket.SendTimeout = AnswerTimeoutMilliseconds;
            socket.Connect(new UnixDomainSocketEndPoint(FindSocket()));
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// <c>dotnet-diagnostic-{pid}-{key}-socket</c>. The key is the process's start time: a temp directory shared between containers holds
    /// sockets of other processes with our id, and watching one of those would be worse than watching nothing.
    /// </summary>
    private static string FindSocket()
    {
        var directory = Path.GetTempPath();
        if (StartTimeOnLinux() is { } key)
        {
            var exact = Path.Combine(directory, $"dotnet-diagnostic-{Environment.ProcessId}-{key}-socket");
            return File.Exists(exact) ? exact : throw Missing(directory);
        }

        return Directory.EnumerateFiles(directory, $"dotnet-diagnostic-{Environment.ProcessId}-*-socket").MaxBy(File.GetLastWriteTimeUtc)
            ?? throw Missing(directory);
    }

    private static DiagnosticsPortException Missing(string directory) => new(
        IsDisabled() ? "DOTNET_EnableDiagnostics is 0" : $"the runtime has no diagnostics socket in {directory}: was that directory writable when the process started?");

    private static bool IsDisabled() => Array.Exists(
        ["DOTNET_EnableDiagnostics", "DOTNET_EnableDiagnostics_IPC", "COMPlus_EnableDiagnostics"],
        name => Environment.GetEnvironmentVariable(name) is { } value && value.TrimStart('0') is "" or "x" or "x0");

    /// <summary>Field 22 of <c>/proc/self/stat</c>; the second field, the program's name, may hold spaces and brackets.</summary>
    private static string? StartTimeOnLinux()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/proc/self/stat"))
            return null;
        var stat = File.ReadAllText("/proc/self/stat", Encoding.ASCII);
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 ? fields[19] : null;
    }
}

/// <summary>Why the runtime's diagnostics port is of no use here, in words for <c>api/status</c>.</summary>
internal sealed class DiagnosticsPortException(string message, Exception? inner = null) : Exception(message, inner);
