using PluginGateway;
using PluginGateway.Plugins.Feishu;

// No credential allows one session only: the platform takes up to 50 connections of one app and gives each event to one of them.
[assembly: ChannelAdapter(
    "feishu",
    typeof(FeishuAdapter),
    Inbound = InboundClass.AckGated,
    Idempotency = Idempotency.Native,
    IdempotencySeconds = 3600,
    MaxTextLength = MessageBody.MostTextBytes - MessageBody.AroundContent,
    TextUnit = TextUnit.Utf8Bytes,
    MaxAttachments = 1,
    Extras = [Target.ReplyInThread],
    PrivateDelivery = PrivateDelivery.DirectChat,
    MaxButtons = CardButtons.Most,
    MaxAttachmentBytes = Uploads.MostFileBytes,
    ConcurrentSends = 8,
    AccountMessagesPerSecond = 16,
    ChatMessagesPerSecond = 5)]

namespace PluginGateway.Plugins.Feishu;

/// <summary>Adapter for one app on Feishu or Lark.</summary>
public sealed class FeishuAdapter
    : IChannelAdapter, IEditMessages, IDeleteMessages, IReactToMessages, IShowTyping, IFetchAttachments, IProbeConnection, IValidateSettings, IServeHttp
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private const int MostEdits = 20;

    private readonly AdapterContext _context;
    private readonly CancellationTokenSource _disposed = new();
    private OpenApi? _api;
    private Task _work = Task.CompletedTask;
    private volatile Session? _session;

    /// <summary>Creates one generation.</summary>
    /// <param name="context">The services of the host.</param>
    public FeishuAdapter(AdapterContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
    }

    /// <inheritdoc/>
    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken)
    {
        _ = _context.Settings.Read(FeishuSettings.Read, out var report);
        return Task.FromResult(report);
    }

    /// <inheritdoc/>
    public async Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        var settings = _context.Settings.Read(FeishuSettings.Read);
        var api = _api = new OpenApi(settings, _context.Clock);
        var login = await api.LogInAsync(cancellationToken);
        if (!login.IsGood) throw new PluginException(Faults.OfCall(login, "The platform gave no access token"));
        var (bot, answer) = await Bot.AskAsync(api, cancellationToken);
        if (bot is null) throw new PluginException(Faults.OfCall(answer, "The platform does not say who the bot is"));
        var own = new OwnMessages(_context.State);
        await own.RecallAsync(cancellationToken);
        var modes = new ChatModes(api, _context.Clock);
        var threads = new Threads(api, _context.State, modes);
        await threads.RecallAsync(cancellationToken);
        var places = new Places(api, modes, threads);
        var intake = new Intake(_context, api, bot, own, threads, places, new People(api, _context.Clock, _context.Log));
        var connection = settings.UsesConnection ? await LongConnection.OpenAsync(_context, api, settings, intake, cancellationToken) : null;
        var sender = new MessageSender(api, settings, own, threads, places, _context.Log);
        var session = _session = new Session(_context, settings, api, bot, sender, intake, connection);
        if (_disposed.IsCancellationRequested) connection?.Dispose();
        if (connection is not null) await StartAsync(connection, cancellationToken);
        _context.ReportHealth(
            new AdapterHealth(true, $"{bot.Name} on {settings.Server.Host}, by {(connection is null ? "HTTP callback" : "long connection")}."));
        _context.Log.Information($"Connected as {session.Bot.Name} ({session.Bot.OpenId}) on {settings.Server.Host}.");
        return new ConnectionInfo
        {
            AccountId = bot.OpenId,
            AccountName = bot.Name,
            // Texts and posts can be edited 20 times, cards without limit.
            MaxEdits = settings.Markdown == FeishuSettings.Post ? MostEdits : null,
        };
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var session = Current;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        var typing = session.Typing.RunAsync(ending.Token);
        try
        {
            await RunAsync(session, cancellationToken);
        }
        finally
        {
            await ending.CancelAsync();
            await typing.ContinueWith(static done => _ = done.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task RunAsync(Session session, CancellationToken cancellationToken)
    {
        if (session.Connection is not { } connection)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _context.Clock, cancellationToken);
            return;
        }

        var fault = await connection.Ended.WaitAsync(cancellationToken);
        // Events received before the end are being stored: those that become durable are not sent again.
        for (var since = _context.Clock.GetTimestamp(); session.Intake.Open > 0 && _context.Clock.GetElapsedTime(since) < LastWords;)
            await Task.Delay(TimeSpan.FromMilliseconds(20), _context.Clock, cancellationToken);
        throw new PluginException(fault with { RetryAfter = SpreadOf(session, connection) });
    }

    /// <inheritdoc/>
    public async Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var session = Current;
        var result = await session.Sender.SayAsync(message, cancellationToken);
        if (result.Outcome == SendOutcome.Sent) _ = session.Typing.EndAsync(message.Chat, _disposed.Token);
        return result;
    }

    /// <inheritdoc/>
    public Task ShowTypingAsync(TypingIndication indication, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(indication);
        return Current.Typing.ShowAsync(indication.Chat, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(edit);
        return Current.Editor.EditAsync(edit, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SendResult> DeleteAsync(MessageDeletion deletion, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(deletion);
        return Current.Editor.DeleteAsync(deletion.Message, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reaction);
        return Current.Editor.ReactAsync(reaction, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (AttachmentRef.Path(request.Attachment.Reference) is not { } path)
            throw new PluginException(new PluginFault("no-attachment", "The reference is none of this platform's."));
        // The vendor's page of message resources excludes them.
        if (request.Attachment.Kind == AttachmentKind.Sticker)
            throw new PluginException(new PluginFault("not-fetched", "The platform does not give the picture of a sticker."));
        var (fetched, answer) = await Current.Api.DownloadAsync(path, request.Attachment, request.Path, request.MaxBytes, cancellationToken);
        return fetched ?? throw new PluginException(new PluginFault("not-fetched", answer.Describe("Fetching an attachment")));
    }

    /// <inheritdoc/>
    public async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
    {
        var session = Current;
        // Without a connection events come to the gateway's own listener: of their way nothing can be proved from here.
        var pong = session.Connection?.Heartbeat.PingAsync() ?? Task.CompletedTask;
        var (bot, _) = await Bot.AskAsync(session.Api, cancellationToken);
        if (session.Connection is { } connection)
            await Task.WhenAny(
                pong, connection.Ended, Task.Delay(TimeSpan.FromSeconds(session.Settings.PongTimeoutSeconds), _context.Clock, cancellationToken));
        return new ProbeResult(Ingress: pong.IsCompletedSuccessfully, Egress: bot is not null);
    }

    /// <inheritdoc/>
    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (_session is not { } session) return Task.FromResult(HttpReply.Empty(503));
        return session.Settings.UsesConnection ? Task.FromResult(HttpReply.Empty(404)) : session.Callback.HandleAsync(call, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task DisconnectAsync(CancellationToken cancellationToken)
    {
        if (_session is not { } session) return;
        using var polite = new CancellationTokenSource(Goodbye, _context.Clock);
        await session.Typing.EndAllAsync(polite.Token);
        if (session.Connection is { } connection) await connection.CloseAsync(polite.Token);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await _disposed.CancelAsync();
        if (_session?.Connection is { } connection)
        {
            connection.Dispose();
            await Task.WhenAll(_work, connection.QuietAsync());
        }

        _api?.Dispose();
    }

    private Session Current => _session ?? throw new InvalidOperationException("The adapter is not connected.");

    /// <summary>Connected is who has been answered, not who has opened a socket.</summary>
    private async Task StartAsync(LongConnection connection, CancellationToken cancellationToken)
    {
        var pong = connection.Heartbeat.PingAsync();
        _work = Task.WhenAll(Guarded(connection, connection.ListenAsync), Guarded(connection, connection.Heartbeat.RunAsync));
        await Task.WhenAny(pong, connection.Ended).WaitAsync(cancellationToken);
        if (!pong.IsCompletedSuccessfully) throw new PluginException(await connection.Ended);
    }

    /// <summary>The platform asks its clients not to come back all at once.</summary>
    private static TimeSpan? SpreadOf(Session session, LongConnection connection)
    {
        var spread = session.Settings.ReconnectSpreadSeconds is { } own ? TimeSpan.FromSeconds(own) : connection.Heartbeat.Rules.ReconnectSpread;
        return spread > TimeSpan.Zero ? spread * Random.Shared.NextDouble() : null;
    }

    /// <summary>Runs one loop of the connection; whatever goes wrong in it ends the connection, never the process.</summary>
    private async Task Guarded(LongConnection connection, Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(_disposed.Token);
        }
        catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
        {
            // Disposed: nothing is left to do.
        }
        catch (Exception failed)
        {
            connection.End(new PluginFault("internal", $"{failed.GetType().Name} in the Feishu adapter: {failed.Message}"));
        }
    }

    /// <summary>Objects of a connected generation.</summary>
    private sealed class Session(
        AdapterContext context, FeishuSettings settings, OpenApi api, Bot bot, MessageSender sender, Intake intake, LongConnection? connection)
    {
        public FeishuSettings Settings { get; } = settings;

        public OpenApi Api { get; } = api;

        public Bot Bot { get; } = bot;

        public Intake Intake { get; } = intake;

        public LongConnection? Connection { get; } = connection;

        public Callback Callback { get; } = new(context, settings, intake);

        public TypingReactions Typing { get; } = new(api, intake, context.Clock);

        public MessageSender Sender { get; } = sender;

        public MessageEditor Editor => field ??= new MessageEditor(Api, Settings, Sender.Types, context.Log);
    }
}
