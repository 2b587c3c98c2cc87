using System.Net.WebSockets;
using System.Threading.Channels;
using Google.Protobuf;
using PluginGateway.Plugins.Feishu.Protocol;
using PluginGateway.Plugins.Shared;

namespace PluginGateway.Plugins.Feishu;

/// <summary>WebSocket that carries frames. The socket ends once, for one reason; then its waiting readers and writers are released.</summary>
internal sealed class FrameSocket : IDisposable
{
    private const int MostQueued = 1024;
    private const int MostBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket;
    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _clock;
    private readonly Channel<byte[]> _queue = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostQueued) { SingleReader = true });
    private readonly TaskCompletionSource<PluginFault> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _writing;
    private byte[] _buffer = new byte[16 * 1024];

    private FrameSocket(ClientWebSocket socket, HttpMessageInvoker http, TimeProvider clock)
    {
        (_socket, _http, _clock) = (socket, http, clock);
        _writing = WriteAsync();
    }

    /// <summary>Completes when the connection has ended, with the reason.</summary>
    public Task<PluginFault> Ended => _ended.Task;

    /// <summary>Messages that were no frames.</summary>
    public long Unreadable { get; private set; }

    /// <exception cref="PluginException">The server cannot be reached, or refused us.</exception>
    public static async Task<FrameSocket> OpenAsync(Uri address, Redaction redaction, TimeProvider clock, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        var http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TcpConnection.WithTls,
            ConnectCallback = TcpConnection.OpenAsync
        });
        // The platform has pings of its own; whether it answers those of the WebSocket nobody says.
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await socket.ConnectAsync(address, http, cancellationToken);
            return new FrameSocket(socket, http, clock);
        }
        catch (WebSocketException failed)
        {
            var why = redaction.Clean(failed.InnerException?.Message ?? failed.Message);
            var isUnreached = failed.InnerException
                is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError };
            var fault = Refusal(socket, redaction)
                ?? (isUnreached ? Faults.Unreachable(address.Host, why) : Faults.ConnectionLost($"{address.Host} did not open it: {why}"));
            socket.Dispose();
            http.Dispose();
            throw new PluginException(fault, failed);
        }
        catch
        {
            socket.Dispose();
            http.Dispose();
            throw;
        }
    }

    /// <summary>The next frame; null when the connection has ended. What is no frame is passed over.</summary>
    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await ReadMessageAsync(cancellationToken) is { } message)
            {
                if (Frames.Read(message.Span) is { } frame) return frame;
                Unreadable++;
            }
        }
        catch (Exception failed)
            when (failed is WebSocketException or IOException or ObjectDisposedException or InvalidDataException or InvalidOperationException
            || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            End(Faults.ConnectionLost(failed.Message));
        }

        return null;
    }

    /// <summary>Queues a frame. False when the connection has ended or has long ceased to take any.</summary>
    public bool Post(Frame frame)
    {
        if (_ended.Task.IsCompleted) return false;
        if (_queue.Writer.TryWrite(frame.ToByteArray())) return true;
        End(Faults.ConnectionLost($"{MostQueued} frames are waiting to be written."));
        return false;
    }

    /// <summary>Ends the connection; the first reason counts.</summary>
    public void End(PluginFault fault)
    {
        if (!_ended.TrySetResult(fault)) return;
        _queue.Writer.TryComplete();
        _closing.Cancel();
        _socket.Abort();
    }

    /// <summary>Writes the queued frames, then closes the connection.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        try
        {
            await _writing.WaitAsync(cancellationToken);
            if (_socket.State == WebSocketState.Open) await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", cancellationToken);
        }
        catch (Exception failed) when (failed is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // It was going anyway.
        }

        Dispose();
    }

    public void Dispose() => End(Faults.ConnectionLost("it was closed here."));

    /// <summary>Ends when nothing writes any more: soon after <see cref="End"/>.</summary>
    public async Task QuietAsync()
    {
        await _writing;
        _socket.Dispose();
        _http.Dispose();
    }

    private static PluginFault? Refusal(ClientWebSocket socket, Redaction redaction)
    {
        if (socket.HttpResponseHeaders is not { } headers || socket.HttpStatusCode is 0 or System.Net.HttpStatusCode.SwitchingProtocols) return null;
        string? Header(string name) => headers.TryGetValue(name, out var values) ? values.FirstOrDefault() : null;
        _ = long.TryParse(Header("Handshake-Autherrcode"), out var reason);
        // Without this header it is not the platform that refuses, but something on the way.
        if (!int.TryParse(Header("Handshake-Status"), out var status))
            return Faults.ConnectionLost(
                $"HTTP {(int)socket.HttpStatusCode} instead of a WebSocket, and not from the platform; check the proxy if that goes on.");
        return Faults.OfHandshake(status, reason, redaction.Clean(Header("Handshake-Msg")));
    }

    private async Task<ReadOnlyMemory<byte>?> ReadMessageAsync(CancellationToken cancellationToken)
    {
        for (var length = 0; ;)
        {
            if (length == _buffer.Length)
            {
                if (length >= MostBytes) throw new InvalidDataException($"a message has more than {MostBytes} bytes.");
                Array.Resize(ref _buffer, length * 2);
            }

            var part = await _socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                End(Faults.ConnectionLost($"the platform closed it ({_socket.CloseStatus?.ToString() ?? "no reason"})."));
                return null;
            }

            length += part.Count;
            if (!part.EndOfMessage) continue;
            if (part.MessageType == WebSocketMessageType.Binary) return _buffer.AsMemory(0, length);
            (Unreadable, length) = (Unreadable + 1, 0);
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var bytes in _queue.Reader.ReadAllAsync(_closing.Token))
            {
                using var limit = new CancellationTokenSource(WriteTimeout, _clock);
                await _socket.SendAsync(bytes.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!_closing.IsCancellationRequested)
        {
            End(Faults.ConnectionLost($"the platform has taken nothing for {WriteTimeout.TotalSeconds:0} s."));
        }
        catch (Exception failed)
            when (failed is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            End(Faults.ConnectionLost(failed.Message));
        }
    }
}
