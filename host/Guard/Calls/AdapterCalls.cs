namespace PluginGateway.Guard.Calls;

/// <summary>Call of a member that delivers something and returns a <see cref="SendResult"/>.</summary>
internal abstract class DeliveryCall(Operation operation, ICallSink? sink) : ValueCall<SendResult>(operation, sink)
{
    /// <summary>Result of the delivery, however the call ended: after an overdue call or one that threw, the message may have arrived; after an
    /// <see cref="PluginException"/> or a retired generation nothing was sent.</summary>
    public SendResult Result => Value ?? End switch
    {
        { Kind: CallEndKind.Refused } => SendResult.NotSent(
            new SendError(SendErrorKind.Transient, SendRetry.AfterReconnect, "The adapter was replaced before it took the message.")),
        { Failure.Fault: { } fault } => SendResult.NotSent(
            SendError.Internal(CallFailure.Bounded(fault.Message)) with { Retry = RetryOf(fault), PlatformCode = fault.Code }),
        _ => SendResult.Unknown(SendError.Internal($"{Operation} {End.Describe()}.")),
    };

    private static SendRetry RetryOf(PluginFault fault) => fault switch
    {
        { Retry: FaultRetry.AfterOperatorAction } => SendRetry.AfterReconnect,
        { RetryAfter: { } wait } when wait > TimeSpan.Zero => SendRetry.After(wait),
        _ => SendRetry.WithBackoff,
    };
}

internal sealed class SendCall(OutboundMessage message, ICallSink? sink) : DeliveryCall(Operation.Send, sink)
{
    public OutboundMessage Message { get; } = message;

    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        ((IChannelAdapter)target!).SendAsync(Message, cancellationToken);
}

/// <summary>A shutdown notice: a message that is worth nothing once it is withdrawn.</summary>
internal sealed class NoticeCall(OutboundMessage message, ICallSink? sink) : DeliveryCall(Operation.Notice, sink)
{
    private volatile bool _isWithdrawn;

    /// <summary>Withdraws the notice: it is not sent if the call still waits for a slot.</summary>
    public void Withdraw() => _isWithdrawn = true;

    public override Task? Enter(object? target, CancellationToken cancellationToken) => _isWithdrawn
        ? Task.FromResult(SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.Never, "The notice came too late.")))
        : ((IChannelAdapter)target!).SendAsync(message, cancellationToken);
}

internal sealed class EditCall(MessageEdit edit, ICallSink? sink) : DeliveryCall(Operation.Edit, sink)
{
    public MessageEdit Edit { get; } = edit;

    public override Task? Enter(object? target, CancellationToken cancellationToken) => ((IEditMessages)target!).EditAsync(Edit, cancellationToken);
}

internal sealed class DeleteCall(MessageDeletion deletion, ICallSink? sink) : DeliveryCall(Operation.Delete, sink)
{
    public MessageDeletion Deletion { get; } = deletion;

    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        ((IDeleteMessages)target!).DeleteAsync(Deletion, cancellationToken);
}

internal sealed class ReactCall(ReactionUpdate reaction, ICallSink? sink) : DeliveryCall(Operation.React, sink)
{
    public ReactionUpdate Reaction { get; } = reaction;

    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        ((IReactToMessages)target!).ReactAsync(Reaction, cancellationToken);
}

internal sealed class TypingCall(TypingIndication indication, ICallSink? sink) : PlainCall(Operation.Typing, sink)
{
    public TypingIndication Indication { get; } = indication;

    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        ((IShowTyping)target!).ShowTypingAsync(Indication, cancellationToken);
}

internal sealed class AnswerCall(TicketAnswer answer, ICallSink? sink) : PlainCall(Operation.Answer, sink)
{
    public TicketAnswer Answer { get; } = answer;

    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        ((IAnswerInteractions)target!).AnswerAsync(Answer, cancellationToken);
}

internal sealed class PublishCall(CommandPublication publication, ICallSink? sink) : PlainCall(Operation.Publish, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        ((IPublishCommands)target!).PublishAsync(publication, cancellationToken);
}

internal sealed class FetchCall(AttachmentRequest request, ICallSink? sink) : ValueCall<FetchedAttachment>(Operation.Fetch, sink)
{
    public AttachmentRequest Request { get; } = request;

    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        ((IFetchAttachments)target!).FetchAsync(Request, cancellationToken);
}

internal sealed class ProbeCall(ICallSink? sink) : ValueCall<ProbeResult>(Operation.Probe, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) => ((IProbeConnection)target!).ProbeAsync(cancellationToken);
}

/// <summary>Asks for a sign of life: not the adapter but the process that runs it.</summary>
internal sealed class PingCall(ICallSink? sink) : PlainCall(Operation.Probe, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) => ((IRemoteProxy)target!).PingAsync(cancellationToken);
}

internal sealed class HttpServeCall(HttpCall call, ICallSink? sink) : ValueCall<HttpReply>(Operation.Http, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) => ((IServeHttp)target!).HandleAsync(call, cancellationToken);
}

internal sealed class ValidateSettingsCall(ICallSink? sink) : ValueCall<SettingsReport>(Operation.ValidateSettings, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        ((IValidateSettings)target!).ValidateSettingsAsync(cancellationToken);
}

internal sealed class ConnectCall(ConnectContext context, ICallSink? sink) : ValueCall<ConnectionInfo>(Operation.Connect, sink)
{
    /// <summary>Result of a call that completed, with the texts of the plugin bounded and redacted; otherwise null.</summary>
    public ConnectionInfo? Connection => Value is null ? null : Bounded(Value);

    /// <summary>Returns a copy with the texts of the plugin bounded and redacted.</summary>
    public static ConnectionInfo Bounded(ConnectionInfo connection) =>
        connection with { AccountId = Shown(connection.AccountId), AccountName = Shown(connection.AccountName) };

    public override Task? Enter(object? target, CancellationToken cancellationToken) =>
        ((IChannelAdapter)target!).ConnectAsync(context, cancellationToken);

    private static string? Shown(string? text) => text is not null && CallFailure.Bounded(text) is { Length: > 0 } bounded ? bounded : null;
}

internal sealed class RunCall(ICallSink? sink) : PlainCall(Operation.Run, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) => ((IChannelAdapter)target!).RunAsync(cancellationToken);
}

internal sealed class DisconnectCall(ICallSink? sink) : PlainCall(Operation.Disconnect, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) => ((IChannelAdapter)target!).DisconnectAsync(cancellationToken);
}

internal sealed class DisposeCall(ICallSink? sink) : PlainCall(Operation.Dispose, sink)
{
    public override Task? Enter(object? target, CancellationToken cancellationToken) => ((IChannelAdapter)target!).DisposeAsync();
}
