using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;
using PluginGateway.Plugins.Shared;

namespace PluginGateway.Plugins.Irc;

/// <summary>Lines that were handed over for writing.</summary>
internal sealed class PostedLines(byte[] bytes)
{
    private const int Queued = 0;
    private const int Left = 1;
    private const int Withdrawn = 2;
    private int _state;

    public byte[] Bytes { get; } = bytes;

    /// <summary>True: a part of it may have reached the server. False: provably nothing has.</summary>
    public bool HasLeft => Volatile.Read(ref _state) == Left;

    public bool TryLeave() => Interlocked.CompareExchange(ref _state, Left, Queued) == Queued;

    /// <summary>Withdraws the lines, unless they have been written.</summary>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Queued) != Left;
}

/// <summary>TCP connection, with or without TLS. The connection ends once, for one reason; then the socket is closed, and its waiting readers and
/// writers are released.</summary>
internal sealed class IrcSocket : IDisposable
{
    private const int MostQueued = 1024;
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly LineReader _reader;
    private readonly TimeProvider _clock;
    private readonly Channel<PostedLines> _queue = Channel.CreateBounded<PostedLines>(new BoundedChannelOptions(MostQueued) { SingleReader = true });
    private readonly TaskCompletionSource<PluginFault> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _writing;

    private IrcSocket(Socket socket, Stream stream, TimeProvider clock)
    {
        (_socket, _stream, _clock) = (socket, stream, clock);
        _reader = new LineReader(stream);
        _writing = WriteAsync();
    }

    /// <summary>Completes when the connection has ended, with the reason.</summary>
    public Task<PluginFault> Ended => _ended.Task;

    /// <exception cref="PluginException">The server cannot be reached, or its TLS was not accepted.</exception>
    public static async Task<IrcSocket> OpenAsync(IrcSettings settings, TimeProvider clock, CancellationToken cancellationToken)
    {
        var socket = await ConnectAsync(settings, cancellationToken);
        try
        {
            Stream stream = new PromptStream(socket, ownsSocket: false);
            if (settings.Tls) stream = await SecureAsync(stream, settings, cancellationToken);
            return new IrcSocket(socket, stream, clock);
        }
        catch (Exception failed)
        {
            socket.Dispose();
            if (failed is SocketException or IOException)
                throw new PluginException(Faults.TlsRefused($"the connection ended in the handshake: {failed.Message}"), failed);
            throw;
        }
    }

    /// <summary>The next line; null when the connection has ended.</summary>
    public async ValueTask<IrcLine?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await _reader.ReadAsync(cancellationToken) is { } line) return line;
            End(Faults.ConnectionLost("the server closed it."));
        }
        catch (Exception failed) when (failed is IOException or SocketException or ObjectDisposedException or InvalidDataException)
        {
            End(Faults.ConnectionLost(failed.Message));
        }

        return null;
    }

    /// <summary>Queues lines, to be written together and in order; null when the connection has ended or has long ceased to take any.</summary>
    public PostedLines? Post(params IReadOnlyList<string> lines)
    {
        if (_ended.Task.IsCompleted) return null;
        var posted = new PostedLines(LineBytes.Encode(lines));
        if (_queue.Writer.TryWrite(posted)) return posted;
        End(Faults.ConnectionLost($"{MostQueued} writes are waiting."));
        return null;
    }

    /// <summary>Ends the connection; the first reason counts.</summary>
    public void End(PluginFault fault)
    {
        if (!_ended.TrySetResult(fault)) return;
        _queue.Writer.TryComplete();
        _closing.Cancel();
        _socket.Dispose();
    }

    public void Dispose() => End(Faults.ConnectionLost("it was closed here."));

    /// <summary>Ends when nothing writes any more: soon after <see cref="End"/>.</summary>
    public Task QuietAsync() => _writing;

    private static async Task<Socket> ConnectAsync(IrcSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return await TcpConnection.ConnectInTimeAsync(settings.Server, settings.EffectivePort, cancellationToken);
        }
        catch (SocketException failed)
        {
            throw new PluginException(Faults.Unreachable(settings, failed.Message), failed);
        }
    }

    private static async Task<Stream> SecureAsync(Stream plain, IrcSettings settings, CancellationToken cancellationToken)
    {
        var pinned = settings.TlsFingerprint is { } text ? Fingerprint.Normalize(text) : null;
        var (shown, problems) = ("", SslPolicyErrors.None);
        var own = settings.ClientCertificate is { } path ? ClientCertificate.Load(path) : null;
        var tls = new SslStream(plain, leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = settings.Server,
            ClientCertificateContext = own,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            {
                (shown, problems) = (certificate is null ? "none" : Fingerprint.Of(certificate), errors);
                return pinned is null ? errors == SslPolicyErrors.None : shown == pinned;
            },
        };
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
            return tls;
        }
        catch (AuthenticationException refused)
        {
            if (pinned is not null && shown.Length > 0 && shown != pinned) throw new PluginException(Faults.WrongFingerprint(shown), refused);
            throw new PluginException(Faults.TlsRefused(problems == SslPolicyErrors.None
                ? refused.Message
                : $"its certificate (SHA-256 {shown}) is not trusted: {problems}. settings.tlsFingerprint can pin it."), refused);
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var posted in _queue.Reader.ReadAllAsync(_closing.Token))
            {
                if (!posted.TryLeave()) continue;
                using var limit = new CancellationTokenSource(WriteTimeout, _clock);
                await _stream.WriteAsync(posted.Bytes, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!_closing.IsCancellationRequested)
        {
            End(Faults.ConnectionLost($"the server has taken nothing for {WriteTimeout.TotalSeconds:0} s."));
        }
        catch (Exception failed)
            when (failed is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            End(Faults.ConnectionLost(failed.Message));
        }
    }
}
