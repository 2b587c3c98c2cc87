using PluginGateway;
using PluginGateway.Plugins.WebChat;

[assembly: ChannelAdapter("webchat", typeof(WebChatAdapter),
    Inbound = InboundClass.AckGated, Idempotency = Idempotency.Native, ConcurrentSends = 64, MaxTextLength = 100_000,
    MaxAttachments = WebChatAdapter.MostFiles, MaxAttachmentBytes = ChatFiles.MaxBytes, MaxButtons = ChatButton.MostButtons,
    PathPrefix = WebChatAdapter.Prefix)]

namespace PluginGateway.Plugins.WebChat;

/// <summary>Adapter for a chat page in the browser. Its platform is a log of its own: a message in the log has been delivered, and every page reads
/// it from there.</summary>
public sealed class WebChatAdapter
    : IChannelAdapter, IEditMessages, IDeleteMessages, IReactToMessages, IShowTyping, IFetchAttachments,
        IServeHttp, IValidateSettings, IProbeConnection
{
    /// <summary>Path prefix of the page.</summary>
    internal const string Prefix = "/chat";

    /// <summary>Files that one message may have.</summary>
    internal const int MostFiles = 10;

    private readonly AdapterContext _context;
    private readonly IdThrottle _throttle;
    private ChatFiles? _files;
    private ChatHistory? _history;
    private ChatRequests? _requests;
    private ChatSends? _sends;

    /// <summary>Creates one generation.</summary>
    /// <param name="context">The services of the host.</param>
    public WebChatAdapter(AdapterContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _throttle = new IdThrottle(context.Clock);
    }

    private ChatSends Sends => _sends ?? throw NotConnected();

    /// <inheritdoc/>
    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken)
    {
        _ = _context.Settings.Read(WebChatSettings.Read, out var report);
        return Task.FromResult(report);
    }

    /// <inheritdoc/>
    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        var settings = _context.Settings.Read(WebChatSettings.Read);
        _files = new ChatFiles(_context, settings);
        try
        {
            _history = ChatHistory.Open(_context, settings, _files);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new PluginException(
                new PluginFault("history-unavailable", $"The history in '{_context.DataDirectory}' cannot be opened: {failed.Message}"), failed);
        }

        _requests = new ChatRequests(_context, settings, _history, _files, _throttle);
        _sends = new ChatSends(_context, _history, _files);
        return Task.FromResult(ConnectionInfo.Empty);
    }

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => _history?.Ended.WaitAsync(cancellationToken) ?? throw NotConnected();

    /// <inheritdoc/>
    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        return _requests?.HandleAsync(call, cancellationToken) ?? throw NotConnected();
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Sends.SendAsync(message);
    }

    /// <inheritdoc/>
    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(edit);
        return Sends.EditAsync(edit);
    }

    /// <inheritdoc/>
    public Task<SendResult> DeleteAsync(MessageDeletion deletion, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(deletion);
        return Sends.DeleteAsync(deletion.Message);
    }

    /// <inheritdoc/>
    public Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reaction);
        return Sends.ReactAsync(reaction);
    }

    /// <inheritdoc/>
    public Task ShowTypingAsync(TypingIndication indication, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(indication);
        Sends.ShowTyping(indication.Chat);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var files = _files ?? throw NotConnected();
        // The host may ask before the history has the message.
        if (await Task.Run(() => files.Read(request.Attachment.Reference, mayWait: true), cancellationToken) is not var (file, bytes))
            throw new PluginException(new PluginFault("attachment-unavailable", "The file is no longer kept."));
        if (bytes.Length > request.MaxBytes)
            throw new PluginException(new PluginFault("attachment-too-large", $"The file has more than {request.MaxBytes} bytes."));
        await File.WriteAllBytesAsync(request.Path, bytes, cancellationToken);
        return new FetchedAttachment(bytes.Length, file.ContentType);
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

    private static InvalidOperationException NotConnected() => new("Calls come after ConnectAsync.");
}
