using PluginGateway;
using PluginGateway.Plugins.WebChat;

[assembly: ChannelAdapter("webchat", typeof(WebChatAdapter),
    Inbound = InboundClass.AckGated, Idempotency = Idempotency.Native, ConcurrentSends = 64, MaxTextLength = 100_000,
    PathPrefix = WebChatAdapter.Prefix)]

namespace PluginGateway.Plugins.WebChat;

/// <summary>Adapter for a chat page in the browser. Its platform is a log of its own: a message in the log has been delivered, and every page reads
/// it from there.</summary>
public sealed class WebChatAdapter : IChannelAdapter, IServeHttp, IValidateSettings, IProbeConnection
{
    /// <summary>Path prefix of the page.</summary>
    internal const string Prefix = "/chat";

    private readonly AdapterContext _context;
    private ChatHistory? _history;
    private ChatRequests? _requests;

    /// <summary>Creates one generation.</summary>
    /// <param name="context">The services of the host.</param>
    public WebChatAdapter(AdapterContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
    }

    /// <inheritdoc/>
    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken)
    {
        _ = WebChatSettings.Read(_context.Settings, out var problems);
        return Task.FromResult(new SettingsReport(problems));
    }

    /// <inheritdoc/>
    public Task ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        var settings = WebChatSettings.Read(_context.Settings, out var problems);
        if (problems.Count > 0)
            throw new PluginException(
                new PluginFault(PluginFault.InvalidSettingsCode, $"{problems[0].Key}: {problems[0].Message}", FaultRetry.AfterOperatorAction));
        try
        {
            _history = ChatHistory.Open(_context, settings);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new PluginException(
                new PluginFault("history-unavailable", $"The history in '{_context.DataDirectory}' cannot be opened: {failed.Message}"), failed);
        }

        _requests = new ChatRequests(_context, settings, _history);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) =>
        _history?.Ended.WaitAsync(cancellationToken) ?? throw new InvalidOperationException("RunAsync comes after ConnectAsync.");

    /// <inheritdoc/>
    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        return _requests?.HandleAsync(call, cancellationToken) ?? throw new InvalidOperationException("HandleAsync comes after ConnectAsync.");
    }

    /// <inheritdoc/>
    public async Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_history is not { } history) throw new InvalidOperationException("SendAsync comes after ConnectAsync.");
        if (!ChatLimits.IsId(message.Chat.Id))
            return SendResult.NotSent(new SendError(SendErrorKind.NotFound, SendRetry.Never, $"A conversation's id has {ChatLimits.Id}."));
        var entry = new ChatEntry(message.Chat.Id, message.Key, FromUser: false, message.Text, _context.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        return await history.AppendAsync(entry) switch
        {
            AppendOutcome.Durable => SendResult.Sent(message.Key),
            AppendOutcome.NotWritten =>
                SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.AfterReconnect, "The history is closed.")),
            _ => SendResult.Unknown(new SendError(
                SendErrorKind.Transient, SendRetry.AfterReconnect, "The history could not be written, or a newer generation has taken it over.")),
        };
    }

    /// <inheritdoc/>
    public Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
    {
        var alive = _history is { Ended.IsCompleted: false };
        return Task.FromResult(new ProbeResult(Ingress: alive, Egress: alive));
    }

    /// <inheritdoc/>
    public Task DisconnectAsync(CancellationToken cancellationToken) => _history?.CloseAsync() ?? Task.CompletedTask;

    /// <inheritdoc/>
    public Task DisposeAsync() => _history?.CloseAsync() ?? Task.CompletedTask;
}
