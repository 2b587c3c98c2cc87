using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using PluginGateway.Serialization;

namespace PluginGateway.Control;

/// <summary>Response of a running gateway to a control request.</summary>
/// <param name="Answered">True when there was an answer. If not, <paramref name="Error"/> says what happened instead.</param>
/// <param name="Result">JSON, if it was done.</param>
/// <param name="Error">A sentence, if not.</param>
internal sealed record ControlResponse(bool Answered, string? Result, string? Error);

/// <summary>Asks a running gateway over its control socket.</summary>
internal static class ControlClient
{
    private const int LongestReply = 64 * 1024 * 1024;

    /// <summary>Longest wait for an answer.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Connects, asks, and waits for the answer, all within <paramref name="timeout"/>.</summary>
    public static ControlResponse Ask(string dataDirectory, string verb, IReadOnlyDictionary<string, string>? arguments, TimeSpan timeout)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            // Before it connects: the server waits for a client that has connected a second at most.
            byte[] asked = [.. JsonText.LineBytes(new ControlRequest(verb, arguments), ControlJson.Default.ControlRequest), (byte)'\n'];
            using var endPoint = ControlEndPoint.In(dataDirectory);
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            // Connecting waits too, while the queue of a stopped process is full, and keeps to the send timeout.
            socket.SendTimeout = Milliseconds(timeout);
            socket.Connect(endPoint.Address);
            // The key is read after connecting: a server writes its key before it listens.
            socket.Send([.. ControlKey.Prefix(dataDirectory), .. asked]);
            return Receive(socket, () => timeout - Stopwatch.GetElapsedTime(start)) is { } line
                ? Read(line)
                : new(false, null, $"no answer within {timeout.TotalSeconds:0.#} s");
        }
        catch (SocketException problem)
        {
            return new(false, null, problem.SocketErrorCode switch
            {
                SocketError.AddressNotAvailable => "there is no such socket",
                SocketError.ConnectionRefused => "nobody listens on it",
                SocketError.WouldBlock or SocketError.TimedOut => $"no answer within {timeout.TotalSeconds:0.#} s",
                _ => problem.Message,
            });
        }
        catch (Exception problem) when (problem is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new(false, null, problem.Message);
        }
    }

    private static ReadOnlyMemory<byte>? Receive(Socket socket, Func<TimeSpan> left)
    {
        var reply = new ArrayBufferWriter<byte>(16 * 1024);
        while (reply.WrittenCount < LongestReply && left() is { Ticks: > 0 } time)
        {
            socket.ReceiveTimeout = Milliseconds(time);
            var count = socket.Receive(reply.GetSpan(16 * 1024), SocketFlags.None, out var error);
            if (error != SocketError.Success || count == 0) return null;
            reply.Advance(count);
            if (reply.WrittenSpan[^1] == (byte)'\n') return reply.WrittenMemory;
        }

        return null;
    }

    private static ControlResponse Read(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var reply = document.RootElement;
        return reply.GetProperty("ok").GetBoolean()
            ? new(true, reply.GetProperty("result").GetRawText(), null)
            : new(true, null, reply.GetProperty("error").GetString());
    }

    private static int Milliseconds(TimeSpan time) => (int)Math.Max(1, Math.Ceiling(time.TotalMilliseconds));
}
