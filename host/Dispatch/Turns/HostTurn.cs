using System.Globalization;
using PluginGateway.Dispatch.Attachments;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Guard;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Turns;

/// <summary>One attempt at a turn, as the handler sees it. Each reply and action is owed durably when its task completes; none is taken once the turn
/// is over.</summary>
/// <param name="pending">The turn, and the replies that its attempts have owed so far.</param>
/// <param name="received">Its events: one, or several messages.</param>
/// <param name="handlerId">The handler.</param>
/// <param name="services">The services of turns.</param>
/// <param name="abilities">The adapter's abilities.</param>
/// <param name="log">The log.</param>
internal sealed class HostTurn(
    PendingTurn pending, IReadOnlyList<InboundEvent> received, string handlerId, TurnServices services, AdapterAbilities abilities, ILogger log)
    : EventTurn, IHostTurn, ICancellableTurn
{
    /// <summary>Number of replies that a begun turn may owe although its adapter has no room left: it could not have begun without room.</summary>
    private const int AlwaysTaken = 16;

    private readonly OrderedSteps _steps = new();
    private readonly string _owner = PromiseThreads.TurnsOf(pending.Lead.AdapterId);
    private readonly InboxRow _row = pending.Lead;
    private readonly OwedOrdinals _owedSoFar = pending.Owed;
    private readonly Outbox _outbox = services.Outbox;
    private volatile string? _lackOfRoom;
    private int _nextOrdinal;
    private int _taken;
    private int _cancelReason;

    /// <summary>Outcome of the turn's replies.</summary>
    public ReplyLedger Replies { get; } = new();

    /// <summary>The sentence about its adapter, which owes so much that a reply was not taken; null: every one was. Any thread.</summary>
    public string? LackOfRoom => _lackOfRoom;

    public override string Id => $"{_outbox.DatabaseId}.{_row.Id}";

    public override string ReplyToken => services.Tokens.For(_row.Id, AdapterId, Event.Chat);

    public override InboundEvent Event { get; } = received[^1];

    public override IReadOnlyList<InboundMessage> Messages { get; } = [.. received.OfType<InboundMessage>()];

    public override string AdapterId => _row.AdapterId;

    public override string Conversation => _row.Conversation;

    public override string Session => SessionNumber == 0 ? _row.SessionKey : $"{_row.SessionKey}~{SessionNumber}";

    /// <summary>Number of the session. Set once, before the handler is called.</summary>
    public int SessionNumber { get; set; }

    public override int Attempt { get; } = pending.Attempt;

    public override MessageCapabilities Capabilities => abilities.Can;

    public override TurnCancelReason CancelReason => (TurnCancelReason)Volatile.Read(ref _cancelReason);

    public void OnCancelling(TurnCancelReason reason) => Interlocked.CompareExchange(ref _cancelReason, (int)reason, (int)TurnCancelReason.None);

    private string ChatKey => ConversationKey.OfChat(AdapterId, Event.Chat);

    public override Task<MessageTarget> ReplyAsync(Reply reply, CancellationToken cancellationToken) => ReplyAsync(reply, null, cancellationToken);

    public Task<MessageTarget> ReplyAsync(Reply reply, Func<string?>? takeFiles, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<MessageTarget>(cancellationToken);
        var ordinal = NextOrdinal();
        if (TooLong(reply.Text) is { } refusal) return Task.FromException<MessageTarget>(Refused(refusal));
        var (promise, mended) = (new Promise<MessageTarget>(cancellationToken, _owner), Sanitize(reply));
        var payload = PrivateReplies.Address(
            OutboundPayload.From(Event.Chat, mended), Event, AdapterId, abilities.PrivateDelivery, out var unreachable);
        if (unreachable is not null) return Task.FromException<MessageTarget>(Refused(unreachable));
        var chat = payload.Chat.Id == Event.Chat.Id ? Event.Chat : payload.Chat.ToChat();
        var (conversation, session) = chat == Event.Chat ? (Conversation, _row.Session) : (ConversationKey.Of(AdapterId, chat), null);
        var buttons = IssuedButtons.Issue(reply.Buttons, handlerId, conversation, session, Event, reply.VisibleTo);
        payload = payload with { Buttons = buttons is null ? null : [.. buttons.Buttons.Select(static b => b.Shown)] };
        var entry = EntryOf(ordinal, []) with { Chat = ConversationKey.OfChat(AdapterId, chat), Buttons = buttons };
        if (reply.Attachments.Count > 0) return ReplyWithFiles(ordinal, mended, takeFiles, payload, entry, promise);
        var written = Payloads.Write(payload);
        return Enqueue(promise, () => Enqueue(entry with { Payload = written }, ordinal, [], promise));
    }

    public override Task EditAsync(MessageTarget message, Reply content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.Text.Length == 0 || content.Attachments.Count > 0 || content.ReplyTo is not null || content.Buttons is not null
            || content.Location is not null || content.VisibleTo is not null)
            throw new ArgumentException(
                "An edit has a text, and neither files, nor buttons, nor a place, nor a message that it answers, nor a person who alone may see it.",
                nameof(content));
        if (TooLong(content.Text) is { } refusal)
        {
            NextOrdinal();
            return Task.FromException(Refused(refusal));
        }

        return Act(
            OwedKind.Edit, message,
            OutboundPayload.From(Event.Chat, content with { Text = TextSanitizer.Sanitize(content.Text) }), cancellationToken);
    }

    public override Task DeleteAsync(MessageTarget message, CancellationToken cancellationToken) =>
        Act(OwedKind.Deletion, message, new(ChatPayload.From(Event.Chat), null), cancellationToken);

    public override Task ReactAsync(MessageTarget message, string? emoji, CancellationToken cancellationToken) =>
        Act(OwedKind.Reaction, message, new(ChatPayload.From(Event.Chat), null, Emoji: emoji), cancellationToken);

    public override Task<FetchedFile> FetchAsync(Attachment attachment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<FetchedFile>(cancellationToken);
        if (Find(attachment) is not var (inboxId, index))
            throw new ArgumentException("No message of this turn has such an attachment.", nameof(attachment));
        if (abilities.Refusal(AdapterId, MessageCapabilities.Fetch) is { } refusal)
            return Task.FromException<FetchedFile>(new NotSupportedException(refusal));
        var promise = new Promise<FetchedFile>(cancellationToken, _owner);
        services.Fetches.Fetch(AdapterId, inboxId, index, attachment, result =>
        {
            if (result.File is { } file) promise.Complete(file);
            else promise.Fail(new IOException(result.Problem));
        });
        return promise.Task;
    }

    /// <summary>Ends the turn after the handler has returned well: no further reply is taken. True: every reply is queued at the store; false:
    /// <paramref name="queued"/> runs when it is, and may only post.</summary>
    public bool End(Action queued) => _steps.Close(queued);

    /// <summary>Closes the turn, even if the handler still runs.</summary>
    public void Close() => _steps.Abandon();

    /// <summary>Returns the message of an attachment and its place there; null: no message of this turn has it.</summary>
    private (long InboxId, int Index)? Find(Attachment attachment)
    {
        for (var i = 0; i < received.Count; i++)
        {
            var index = received[i] is ContentEvent content ? content.Attachments.ToList().IndexOf(attachment) : -1;
            if (index >= 0) return (pending.Members[i].Id, index);
        }

        return null;
    }

    private Task<MessageTarget> ReplyWithFiles(
        int ordinal, Reply reply, Func<string?>? takeFiles, OutboundPayload payload, OutboxEntry entry, Promise<MessageTarget> promise)
    {
        if (abilities.Refusal(AdapterId, MessageCapabilities.Attach) is { } refusal)
            return Task.FromException<MessageTarget>(Refused(new NotSupportedException(refusal)));
        OrderedSteps.Step step = null!;
        var copyResult = default(CopyResult);
        step = new OrderedSteps.Step(() => EnqueueCopied(entry, ordinal, copyResult, promise), () =>
        {
            // Otherwise the files are still being copied, and the end of the copy releases them.
            if (step.IsReady) services.Copies.Release(copyResult.Files);
            promise.Fail(Over());
        })
        { IsReady = false };
        if (!_steps.Enqueue(step)) return Task.FromException<MessageTarget>(Over());
        services.Copies.Begin(AdapterId, reply.Attachments, abilities.MaxFileBytes, done =>
        {
            copyResult = done;
            if (done.Problem is null) entry = entry with { Payload = Payloads.Write(payload with { Attachments = [.. done.Files] }) };
            if (!_steps.Ready(step)) services.Copies.Release(done.Files);
        }, takeFiles);
        return promise.Task;
    }

    private void EnqueueCopied(OutboxEntry entry, int ordinal, CopyResult copyResult, Promise<MessageTarget> promise)
    {
        if (copyResult.Problem is { } problem)
        {
            promise.Fail(Refused(problem));
            return;
        }

        Enqueue(entry with { Files = [.. copyResult.Files.Select(static file => file.Path)] }, ordinal, copyResult.Files, promise);
    }

    private OutboxEntry EntryOf(int ordinal, byte[] payload) => new(KeyOf(ordinal), AdapterId, ChatKey, payload) { InboxId = _row.Id, Session = _row.SessionKey };

    private void Enqueue(OutboxEntry entry, int ordinal, IReadOnlyList<FilePayload> files, Promise<MessageTarget> promise)
    {
        if (!TryMakeRoom(ordinal))
        {
            if (files.Count > 0) services.Copies.Release(files);
            promise.Fail(NoRoom());
            return;
        }

        _outbox.Enqueue(entry, commandResult =>
        {
            if (files.Count > 0) services.Copies.Release(files);
            if (Problem(ordinal, commandResult, "The reply", null) is { } problem) promise.Fail(problem);
            else promise.Complete(MessageTarget.Owed(DeliveryReport.IdOf(commandResult.Value.Id)));
        }, Replies);
    }

    private Task Act(OwedKind kind, MessageTarget target, OutboundPayload payload, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var id = 0L;
        if (target.Id is { } named && !DeliveryReport.TryId(named, out id))
            throw new ArgumentException($"'{named}' is no id of a message; they look like m12.", nameof(target));
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        var ordinal = NextOrdinal();
        if (abilities.Refusal(AdapterId, PreparedAction.Needs(kind)) is { } refusal)
            return Task.FromException(Refused(new NotSupportedException(refusal)));
        var promise = new Promise<bool>(cancellationToken, _owner);
        var entry = EntryOf(ordinal, Payloads.Write(payload with { MessageId = target.MessageId })) with
        {
            Kind = kind,
            Target = target.Id is null ? null : id,
        };
        return Enqueue(promise, () =>
        {
            if (!TryMakeRoom(ordinal)) promise.Fail(NoRoom());
            else _outbox.Enqueue(entry, commandResult =>
            {
                if (Problem(ordinal, commandResult, "It", target.Id) is { } problem) promise.Fail(problem);
                else promise.Complete(true);
            }, Replies);
        });
    }

    /// <summary>Returns the exception for a reply or action that is not owed; null when it is.</summary>
    private Exception? Problem(int ordinal, CommandResult<EnqueueResult> commandResult, string what, string? target)
    {
        var (outcome, id, _) = commandResult.Value;
        if (id != 0) _owedSoFar.Note(ordinal);
        if (commandResult.Failure is { } failure) return new IOException($"{what} could not be stored: {failure.Message} The turn will run again.");
        if (outcome == EnqueueOutcome.TurnOver) return Over();
        if (outcome == EnqueueOutcome.NoTarget) return Refused(new ArgumentException($"There is no message '{target}' in this chat."));
        return null;
    }

    /// <summary>Returns the idempotency key of a reply or action by its ordinal in the turn.</summary>
    private string KeyOf(int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{_outbox.DatabaseId}.{_row.Id}.{ordinal}");

    /// <summary>Reserves room for a reply: those of handlers are bounded like messages of programs. Under the turn's lock. What comes behind a reply
    /// that was refused is refused too, although there may be room again by then: it would overtake that one.</summary>
    private bool TryMakeRoom(int ordinal)
    {
        if (!_owedSoFar.Knows(ordinal) && _lackOfRoom is not null) return false;
        if (!_owedSoFar.Knows(ordinal) && _taken++ >= AlwaysTaken) return _outbox.Room.TryReserve(AdapterId, 0);
        _outbox.Room.Add(AdapterId, 0);
        return true;
    }

    /// <summary>Makes the turn wait until there is room and run again, even if its handler catches the exception: replies owed so far are not owed
    /// twice.</summary>
    private RetryLaterException NoRoom()
    {
        _lackOfRoom = $"Adapter '{AdapterId}' owes {_outbox.Room.Of(AdapterId).Pending} messages already, all that it may (setting: gateway.outbox.maxOwed); the turn waits and runs again.";
        Replies.Lose();
        return new(_lackOfRoom);
    }

    private static ArgumentException? TooLong(string text) => text.Length <= InboundRules.MaxTextBytes ? null
        : new($"The text has {text.Length} characters; at most {InboundRules.MaxTextBytes} are taken. Send it as a file, or in several replies.");

    /// <summary>Returns the ordinal of a call. It is used up also when the call fails: another attempt must not give one reply the key of
    /// another.</summary>
    private int NextOrdinal() => Interlocked.Increment(ref _nextOrdinal) - 1;

    private Task<T> Enqueue<T>(Promise<T> promise, Action act) =>
        _steps.Enqueue(new OrderedSteps.Step(act, () => promise.Fail(Over()))) ? promise.Task : Task.FromException<T>(Over());

    /// <summary>Logs a refusal and returns it: a handler that does not await would not see the exception.</summary>
    private Exception Refused(Exception problem)
    {
        log.AskedInVain(_row.Id, AdapterId, problem.Message);
        return problem;
    }

    private InvalidOperationException Over() => new($"The turn in conversation '{Conversation}' is over; nothing is sent.");

    private static Reply Sanitize(Reply reply)
    {
        var text = TextSanitizer.Sanitize(reply.Text);
        return ReferenceEquals(text, reply.Text) ? reply : reply with { Text = text };
    }
}
