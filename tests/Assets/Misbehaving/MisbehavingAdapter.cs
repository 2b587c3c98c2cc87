using Misbehaving;
using PluginGateway;

[assembly: ChannelAdapter("misbehaving", typeof(MisbehavingAdapter))]
[assembly: MessageHandler("misbehaving", typeof(MisbehavingHandler))]

namespace Misbehaving;

/// <summary>Commits the sin of its settings in the phase of its settings, in its first generation only (<c>always</c>: in every one). Everything else
/// it does well.</summary>
public sealed class MisbehavingAdapter
    : IChannelAdapter, IEditMessages, IDeleteMessages, IReactToMessages, IShowTyping, IAnswerInteractions, IFetchAttachments, IProbeConnection,
    IServeHttp, IValidateSettings
{
    /// <summary>What is fetched instead of a file.</summary>
    private static readonly string[] Odd = ["pipe", "folder", "link", "shrinks"];

    private readonly AdapterContext _host;
    private readonly Scene _scene;

    public MisbehavingAdapter(AdapterContext host)
    {
        _host = host;
        _scene = new Scene(host);
        _ = _scene.Commit("construct", this, CancellationToken.None);
    }

    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken) =>
        _scene.Commit("validate", SettingsReport.Good, cancellationToken)!;

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        _scene.Commit("connect", ConnectionInfo.Empty, cancellationToken)!;

    public Task RunAsync(CancellationToken cancellationToken)
    {
        if (_scene.Is("run-direct")) return _scene.Commit("run-direct", this, cancellationToken)!;
        if (_scene.Is("run")) return RunOnAsync(cancellationToken);
        if (_scene.Is("send") || _scene.Is("typing") || _scene.Is("answer") || _scene.Is("turn") || _scene.Is("fetch")) Hear(cancellationToken);
        if (_scene.Is("disconnect") || _scene.Is("dispose") || _scene.Is("run-after"))
            After(0.3, () => _host.ReportFatal(new PluginFault("told-to", "time to disconnect")));
        return _scene.Is("run-after") ? _scene.Commit("run-after", this, cancellationToken)! : Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) =>
        _scene.Commit("send", SendResult.Sent(message.Key), cancellationToken)!;

    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken) =>
        _scene.Commit("edit", SendResult.Sent("edited"), cancellationToken)!;

    public Task<SendResult> DeleteAsync(MessageDeletion deletion, CancellationToken cancellationToken) =>
        _scene.Commit("delete", SendResult.Sent("deleted"), cancellationToken)!;

    public Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken) =>
        _scene.Commit("react", SendResult.Sent("reacted"), cancellationToken)!;

    public Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        _scene.Fetching = request;
        return _scene.Commit("fetch", new FetchedAttachment(0), cancellationToken)!;
    }

    public Task ShowTypingAsync(TypingIndication indication, CancellationToken cancellationToken) => _scene.Commit("typing", this, cancellationToken)!;

    public Task AnswerAsync(TicketAnswer answer, CancellationToken cancellationToken) => _scene.Commit("answer", this, cancellationToken)!;

    public Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken) =>
        _scene.Commit("probe", new ProbeResult(true, true), cancellationToken)!;

    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken) =>
        _scene.Commit("http", HttpReply.Json(200, "{}"), cancellationToken)!;

    public Task DisconnectAsync(CancellationToken cancellationToken) =>
        _scene.Commit(_scene.Is("disconnect-at-stop") ? "disconnect-at-stop" : "disconnect", this, cancellationToken)!;

    public Task DisposeAsync() => _scene.Commit(_scene.Is("dispose-at-stop") ? "dispose-at-stop" : "dispose", this, CancellationToken.None)!;

    private async Task RunOnAsync(CancellationToken cancellationToken)
    {
        await _scene.Commit("run", this, cancellationToken)!;
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    /// <summary>Two messages, of which the second comes when the sin has been committed.</summary>
    private void Hear(CancellationToken cancellationToken)
    {
        Hear("first", cancellationToken);
        if (!_scene.Is("turn") && !_scene.Is("fetch")) After(0.5, () => Hear("second", cancellationToken));
    }

    private void Hear(string id, CancellationToken cancellationToken) => _ = _host.Inbox.AcceptAsync(
        new InboundMessage(
            $"{id}-{_host.Generation}", new Chat(id, ChatKind.Direct), new Sender("tester"), $"{id} {_host.AdapterId} {_host.Generation}")
        {
            Attachments = _scene.Is("fetch")
                ? [.. Odd.Select(static kind => new Attachment(kind, AttachmentKind.File))]
                : _scene.Is("turn") ? [new Attachment("a", AttachmentKind.File)] : [],
            Ticket = _scene.Is("answer") ? new Ticket("ticket", DateTimeOffset.UtcNow.AddMinutes(1)) : null,
        }, cancellationToken);

    private static void After(double seconds, Action action) => new Thread(() =>
    {
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        action();
    })
    { IsBackground = true }.Start();
}

/// <summary>The same as a handler; its good deed is an echo.</summary>
public sealed class MisbehavingHandler : IMessageHandler
{
    private readonly Scene _scene;
    private readonly TimeSpan _thinks;

    public MisbehavingHandler(HandlerContext host)
    {
        _scene = new Scene(host);
        _thinks = TimeSpan.FromSeconds(_scene.Number("thinksSeconds"));
        _ = _scene.Commit("handler-construct", this, CancellationToken.None);
    }

    public Task HandleAsync(Turn turn, CancellationToken cancellationToken)
    {
        if (!_scene.Is("turn")) return AnswerAsync(turn, cancellationToken);
        _scene.Turn = turn;
        return _scene.Commit("turn", this, cancellationToken)!;
    }

    public Task DisposeAsync() => _scene.Commit("handler-dispose", this, CancellationToken.None)!;

    private async Task AnswerAsync(Turn turn, CancellationToken cancellationToken)
    {
        if (_thinks > TimeSpan.Zero) await Task.Delay(_thinks, cancellationToken);
        foreach (var attachment in turn.Messages[^1].Attachments)
        {
            try
            {
                var file = await turn.FetchAsync(attachment, cancellationToken);
                _scene.Log($"fetched {attachment.Reference}: {file.Size} bytes");
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _scene.Log($"fetched {attachment.Reference}: refused ({e.GetType().Name})");
            }
        }

        if (turn.Messages[^1].Attachments.Count > 0) _scene.Log("fetches: all answered");
        await turn.ReplyAsync(turn.Messages[^1].Text, cancellationToken);
    }
}
