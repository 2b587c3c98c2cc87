using PluginGateway;
using PluginGateway.Plugins.Irc;

// A nickname proves nothing, an account does. No rate is declared: the limit is the operator's setting, and lines count, not messages. The adapter
// says how long to wait, the host waits.
[assembly: ChannelAdapter("irc", typeof(IrcAdapter), Inbound = InboundClass.NonReplayable, Idempotency = Idempotency.None, ConcurrentSends = 8,
    TextUnit = TextUnit.Utf8Bytes, ClientSplitLength = ServerFeatures.LeastClientSplitLength, SenderIdsProve = false,
    PrivateDelivery = PrivateDelivery.Native)]

namespace PluginGateway.Plugins.Irc;

/// <summary>Adapter for one connection to one IRC server.</summary>
public sealed class IrcAdapter : IChannelAdapter, IReactToMessages, IShowTyping, IProbeConnection, IValidateSettings
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly AdapterContext _context;
    private readonly CancellationTokenSource _disposed = new();
    private volatile IrcSocket? _ircSocket;
    private volatile Session? _session;
    private Task _handover = Task.CompletedTask;
    private Task _work = Task.CompletedTask;

    /// <summary>Creates one generation.</summary>
    /// <param name="context">The services of the host.</param>
    public IrcAdapter(AdapterContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
    }

    /// <inheritdoc/>
    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken)
    {
        _ = _context.Settings.Read(IrcSettings.Read, out var report);
        return Task.FromResult(report);
    }

    /// <inheritdoc/>
    public async Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        var settings = _context.Settings.Read(IrcSettings.Read);
        var ircSocket = _ircSocket = await IrcSocket.OpenAsync(settings, _context.Clock, cancellationToken);
        if (_disposed.IsCancellationRequested) ircSocket.Dispose();
        var registration = new Registration(settings);
        ircSocket.Post(registration.Begin());
        while (!registration.IsDone)
        {
            var line = await ircSocket.ReadAsync(cancellationToken) ?? throw new PluginException(await ircSocket.Ended);
            if (registration.Take(line) is { Count: > 0 } answer) ircSocket.Post(answer);
        }

        var session = _session = new Session(_context, settings, ircSocket, registration.Nick, registration.Capabilities);
        await session.RecallAsync(cancellationToken);
        _handover = Guarded(session.PumpAsync);
        _work = Task.WhenAll(_handover, Guarded(session.ListenAsync), Guarded(session.KeepAsync));
        if (!(await session.SettleAsync(cancellationToken)).IsAnswered) throw new PluginException(await ircSocket.Ended);
        return new ConnectionInfo { AccountId = registration.Account, AccountName = session.Nick, ClientSplitLength = session.ClientSplitLength };
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var ircSocket = _ircSocket ?? throw new InvalidOperationException("RunAsync comes after ConnectAsync.");
        var fault = await ircSocket.Ended.WaitAsync(cancellationToken);
        // The server does not repeat messages: those received before the end are handed over before this generation ends.
        await Task.WhenAny(_handover, Task.Delay(LastWords, _context.Clock, cancellationToken));
        throw new PluginException(fault);
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        return _session?.Sender.SayAsync(message, cancellationToken) ?? throw new InvalidOperationException("SendAsync comes after ConnectAsync.");
    }

    /// <inheritdoc/>
    public Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reaction);
        return _session?.Reactions.ReactAsync(reaction, cancellationToken)
            ?? throw new InvalidOperationException("ReactAsync comes after ConnectAsync.");
    }

    /// <inheritdoc/>
    public Task ShowTypingAsync(TypingIndication indication, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(indication);
        _session?.Typing.Show(indication.Chat.Id);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
    {
        var session = _session ?? throw new InvalidOperationException("ProbeAsync comes after ConnectAsync.");
        var end = await session.PingAsync().WaitAsync(cancellationToken);
        return new ProbeResult(Ingress: end.IsAnswered, Egress: end.IsAnswered);
    }

    /// <inheritdoc/>
    public async Task DisconnectAsync(CancellationToken cancellationToken)
    {
        if (_ircSocket is not { } ircSocket) return;
        // Without a session the server's goodbye is not read; and a server that is silent for a second says none.
        if (_session is not null && ircSocket.Post(IrcLine.Format("QUIT", "Goodbye")) is not null)
            await Task.WhenAny(ircSocket.Ended, Task.Delay(Goodbye, _context.Clock, cancellationToken));
        ircSocket.Dispose();
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await _disposed.CancelAsync();
        if (_ircSocket is not { } ircSocket) return;
        ircSocket.Dispose();
        await Task.WhenAll(_work, ircSocket.QuietAsync());
    }

    /// <summary>Runs one loop of the session; an exception in it ends the connection, never the process.</summary>
    private async Task Guarded(Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(_disposed.Token);
        }
        catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
        {
            // The adapter has been disposed.
        }
        catch (Exception failed)
        {
            _ircSocket?.End(new PluginFault("internal", $"{failed.GetType().Name} in the IRC adapter: {failed.Message}"));
        }
    }
}
