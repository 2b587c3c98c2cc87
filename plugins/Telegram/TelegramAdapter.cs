using System.Globalization;
using PluginGateway;
using PluginGateway.Plugins.Telegram;

// Telegram's own numbers: about 30 messages a second for a bot, one a second in a chat, 20 a minute in a group, edits and each file of an album
// included (Telegram's bot FAQ). Its clients split a pasted text at the length of a message. Telegram has no idempotency key for messages. The
// largest file is a local server's; the connection tells which server it is.
[assembly: ChannelAdapter("telegram", typeof(TelegramAdapter),
    Inbound = InboundClass.CursorPolled, Idempotency = Idempotency.None, MaxTextLength = MessageSender.LongestText, TextUnit = TextUnit.Utf16,
    ClientSplitLength = MessageSender.LongestText,
    ConcurrentSends = 16,
    AccountMessagesPerSecond = 30, ChatMessagesPerSecond = 1, GroupMessagesPerMinute = 20,
    MaxCaption = MessageSender.LongestCaption, ButtonIdBytes = Keyboard.LongestId,
    CredentialSettings = ["token"],
    Features = MessageFeatures.Location | MessageFeatures.Silent | MessageFeatures.LinkPreview,
    Extras = [MessageOptions.ProtectContent, MessageOptions.MessageEffect], PrivateDelivery = PrivateDelivery.DirectChat,
    MaxButtons = Keyboard.MostButtons, MaxAttachments = Album.MostFiles, MaxAttachmentBytes = OutboundFile.LargestLocalFile)]

namespace PluginGateway.Plugins.Telegram;

/// <summary>Adapter for one bot on Telegram, by long polling or by webhook.</summary>
public sealed class TelegramAdapter
    : IChannelAdapter, IEditMessages, IDeleteMessages, IReactToMessages, IShowTyping, IAnswerInteractions, IPublishCommands, IFetchAttachments,
        IProbeConnection, IValidateSettings, IServeHttp
{
    private readonly AdapterContext _context;
    private readonly CancellationTokenSource _ended = new();
    private volatile Session? _session;
    private Task _run = Task.CompletedTask;

    /// <summary>Creates one generation.</summary>
    /// <param name="context">The services of the host.</param>
    public TelegramAdapter(AdapterContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
    }

    /// <inheritdoc/>
    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken)
    {
        _ = _context.Settings.Read(TelegramSettings.Read, out var report);
        return Task.FromResult(report);
    }

    /// <inheritdoc/>
    public async Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var settings = _context.Settings.Read(TelegramSettings.Read);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        var session = _session = await Session.OpenAsync(_context, settings, either.Token);
        return new ConnectionInfo
        {
            AccountId = session.Self.Id.ToString(CultureInfo.InvariantCulture),
            AccountName = session.Self.Username,
            MaxAttachmentBytes = settings.LargestUpload,
        };
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        await (_run = Connected.RunAsync(either.Token));
    }

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Connected.Sender.SayAsync(message, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(edit);
        return Connected.Editor.EditAsync(edit, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SendResult> DeleteAsync(MessageDeletion deletion, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(deletion);
        return Connected.Editor.DeleteAsync(deletion.Message, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reaction);
        return Connected.Editor.ReactAsync(reaction, cancellationToken);
    }

    /// <inheritdoc/>
    public Task ShowTypingAsync(TypingIndication indication, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(indication);
        return Connected.ShowTypingAsync(indication.Chat, cancellationToken);
    }

    /// <inheritdoc/>
    public Task AnswerAsync(TicketAnswer answer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Connected.Editor.AnswerAsync(answer, cancellationToken);
    }

    /// <inheritdoc/>
    public Task PublishAsync(CommandPublication publication, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(publication);
        return Connected.PublishAsync(publication, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Connected.Downloads.FetchAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken) => Connected.ProbeAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        return Connected.Webhook?.TakeAsync(call, cancellationToken) ?? Task.FromResult(HttpReply.Empty(404));
    }

    /// <inheritdoc/>
    /// <remarks>Telegram need not be told: received updates are in the store, and the next poll acknowledges them. The webhook stays; updates that
    /// come meanwhile wait.</remarks>
    public Task DisconnectAsync(CancellationToken cancellationToken) => _ended.CancelAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await _ended.CancelAsync();
        await ((Task)_run.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));
        _session?.Dispose();
    }

    private Session Connected => _session ?? throw new InvalidOperationException("ConnectAsync comes first.");
}
