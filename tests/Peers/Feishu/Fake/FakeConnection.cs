using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PluginGateway.FakeFeishu;

/// <summary>One long connection, seen from the platform.</summary>
internal sealed class FakeConnection(FakePlatform platform, string id, WebSocket socket, Action abort)
{
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<string, string> _pushed = [];
    private int _pings;
    private long _seq;

    public string Id { get; } = id;

    public int Pings => Volatile.Read(ref _pings);

    /// <summary>Frames that came and were none, or lacked what is required.</summary>
    public ConcurrentQueue<string> Complaints { get; } = [];

    /// <summary>Answers to events, as they came.</summary>
    public ConcurrentQueue<WireFrame> Answers { get; } = [];

    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[256 * 1024];
        while (socket.State == WebSocketState.Open)
        {
            while (platform.IsSilent) await Task.Delay(20, cancellationToken);
            var length = 0;
            for (ValueWebSocketReceiveResult part; ;)
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                if (part.MessageType == WebSocketMessageType.Close) return;
                length += part.Count;
                if (part.EndOfMessage) break;
            }

            try
            {
                await TakeAsync(WireFrame.Read(buffer.AsSpan(0, length)), cancellationToken);
            }
            catch (Exception wrong) when (wrong is InvalidDataException or IndexOutOfRangeException or ArgumentOutOfRangeException)
            {
                Complaints.Enqueue(wrong.Message);
            }
        }
    }

    /// <summary>Pushes an event, in as many frames as it asks for; the last first, as a network may.</summary>
    public void Push(FakeEvent sent)
    {
        var messageId = $"msg-{sent.Id}-{sent.Pushes.ToString(CultureInfo.InvariantCulture)}";
        _pushed[messageId] = sent.Id;
        var size = (sent.Payload.Length + sent.Parts - 1) / sent.Parts;
        for (var seq = sent.Parts - 1; seq >= 0; seq--)
            Send(Frame(messageId, seq, sent.Parts, sent.Payload.AsSpan(seq * size, Math.Min(size, sent.Payload.Length - (seq * size))).ToArray()));
    }

    public void Send(WireFrame frame) => SendRaw(frame.ToBytes());

    public void SendRaw(byte[] bytes, WebSocketMessageType type = WebSocketMessageType.Binary) => _ = SendAsync(bytes, type);

    public WireFrame Frame(string messageId, int seq, int sum, byte[] payload, string type = "event") =>
        new((ulong)Interlocked.Increment(ref _seq), 7, 1, 1,
    [
        new("type", type), new("message_id", messageId), new("sum", sum.ToString(CultureInfo.InvariantCulture)),
        new("seq", seq.ToString(CultureInfo.InvariantCulture)), new("trace_id", "trace"),
    ], payload);

    /// <summary>Ends it without a word.</summary>
    public void Abort()
    {
        try
        {
            socket.Abort();
            abort();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    /// <summary>Ends it as the platform does when it moves its clients elsewhere.</summary>
    public Task CloseAsync() => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "moving", CancellationToken.None);

    private async Task TakeAsync(WireFrame frame, CancellationToken cancellationToken)
    {
        if (frame.Method == 0 && frame["type"] == "ping")
        {
            Interlocked.Increment(ref _pings);
            var rules = new JsonObject
            {
                ["ReconnectCount"] = -1,
                ["ReconnectInterval"] = 1,
                ["ReconnectNonce"] = platform.ReconnectNonce,
                ["PingInterval"] = platform.PingInterval
            }.ToJsonString();
            await SendAsync(
                new WireFrame(0, 0, frame.Service, 0, [new("type", "pong")], Encoding.UTF8.GetBytes(rules)).ToBytes(), WebSocketMessageType.Binary);
            return;
        }

        if (frame.Method != 1) return;
        Answers.Enqueue(frame);
        if (frame["message_id"] is { } id && _pushed.TryGetValue(id, out var sent))
        {
            var answer = JsonNode.Parse(frame.Payload)!;
            platform.Acknowledge(sent, (int?)answer["code"] == 200, DataOf(answer));
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The answer to a callback: JSON in base64; without it an empty object.</summary>
    private static JsonNode? DataOf(JsonNode answer)
    {
        try
        {
            return (string?)answer["data"] is { } data ? JsonNode.Parse(Convert.FromBase64String(data)) : new JsonObject();
        }
        catch (Exception wrong) when (wrong is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private async Task SendAsync(byte[] bytes, WebSocketMessageType type)
    {
        if (platform.IsSilent) return;
        await _writing.WaitAsync();
        try
        {
            await socket.SendAsync(bytes.AsMemory(), type, endOfMessage: true, CancellationToken.None);
        }
        catch (Exception failed)
            when (failed is WebSocketException or ObjectDisposedException or IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client has gone; the event is pushed again.
        }
        finally
        {
            _writing.Release();
        }
    }
}
