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
internal sealed partial class HostTurn(
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
    private readonly AttemptMemory _memory = new(
        services.Store, pending.Lead.Id, MemoryOwners.Of(pending.Lead, received[^1], handlerId), PromiseThreads.TurnsOf(pending.Lead.AdapterId));
    private volatile string? _lackOfRoom;
    private volatile bool _isFinished;
    private string? _supersededBy;
    private int _nextOrdinal;
    private bool _hasReplied;
    private int _taken;
    private int _cancelReason;

    /// <summary>Outcome of the turn's replies.</summary>
    public ReplyLedger Replies { get; } = new();

    /// <summary>The sentence about its adapter, which owes so much that a reply was not taken; null: every one was. Any thread.</summary>
    public string? LackOfRoom => _lackOfRoom;

    /// <summary>True when the handler has finished the turn and the store has its end, or will have refused it. Any thread.</summary>
    public bool IsFinished => _isFinished;

    public override string Id => TurnIds.Of(_outbox.DatabaseId, _row.Id, _supersededBy);

    public override string ReplyToken => services.Tokens.For(_row.Id, AdapterId, Event.Chat);

    public override InboundEvent Event { get; } = received[^1];

    public override IReadOnlyList<InboundMessage> Messages { get; } = [.. received.OfType<InboundMessage>()];

    public override string AdapterId => _row.AdapterId;

    public override string Conversation => _row.Conversation;

    public override string Session => SessionNumber == 0 ? _row.SessionKey : $"{_row.SessionKey}~{SessionNumber}";

    /// <summary>Number of the session.</summary>
    public int SessionNumber { get; private set; }

    public override int Attempt { get; } = pending.Attempt;

    public override MessageCapabilities Capabilities => abilities.Can;

    public override TurnCancelReason CancelReason => (TurnCancelReason)Volatile.Read(ref _cancelReason);

    public void OnCancelling(TurnCancelReason reason) => Interlocked.CompareExchange(ref _cancelReason, (int)reason, (int)TurnCancelReason.None);

    public override ISessionState State => _memory.State;

    public override IReadOnlyList<EarlierReply> Earlier => _memory.Earlier;

    public override IReadOnlyDictionary<string, string> Notes => _memory.Notes;

    SessionMemory IHostTurn.Memory => _memory.Stored;

    private string ChatKey => ConversationKey.OfChat(AdapterId, Event.Chat);

    public override Task NoteAsync(string key, string value, CancellationToken cancellationToken) => _memory.NoteAsync(key, value, cancellationToken);

    public void TakeState(IReadOnlyDictionary<string, string?> changes) => _memory.TakeState(changes);

    public override Task<MessageTarget> ReplyAsync(Reply reply, CancellationToken cancellationToken) => ReplyAsync(reply, null, cancellationToken);

    public Task<MessageTarget> ReplyAsync(Reply reply, Func<string?>? takeFiles, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return Owe<MessageTarget>(reply, takeFiles, Enqueue, cancellationToken);
    }

    public override Task<MessageTarget?> FinishAsync(Reply? last, CancellationToken cancellationToken) => FinishAsync(last, null, cancellationToken);

    public Task<MessageTarget?> FinishAsync(Reply? last, Func<string?>? takeFiles, CancellationToken cancellationToken)
    {
        if (last is not null) return Owe<MessageTarget?>(last, takeFiles, Finish, cancellationToken);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<MessageTarget?>(cancellationToken);
        var promise = new Promise<MessageTarget?>(cancellationToken, _owner);
        return Enqueue(promise, () => End(null, 0, [], promise));
    }

    /// <summary>Prepares a reply, and gives its row to an action when its place in the turn has come.</summary>
    private Task<T> Owe<T>(
        Reply reply, Func<string?>? takeFiles, Action<OutboxEntry, int, IReadOnlyList<FilePayload>, Promise<T>> enqueue,
        CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
        var ordinal = NextOrdinal();
        if (TooLong(reply.Text) is { } refusal) return Task.FromException<T>(Refused(refusal));
        var (promise, mended) = (new Promise<T>(cancellationToken, _owner), Sanitize(reply));
        if (!Interlocked.Exchange(ref _hasReplied, true)) mended = Quoting.Apply(mended, Event, services.Judge.ConversationOf(AdapterId).Quote);
        var payload = PrivateReplies.Address(
            OutboundPayload.From(Event.Chat, mended), Event, AdapterId, abilities.PrivateDelivery, out var unreachable);
        if (unreachable is not null) return Task.FromException<T>(Refused(unreachable));
        var chat = payload.Chat.Id == Event.Chat.Id ? Event.Chat : payload.Chat.ToChat();
        var (conversation, session) = chat == Event.Chat ? (Conversation, _row.Session) : (ConversationKey.Of(AdapterId, chat), null);
        var buttons = IssuedButtons.Issue(reply.Buttons, handlerId, conversation, session, Event, reply.VisibleTo);
        if (buttons is not null) payload = payload with { Buttons = [.. buttons.Buttons.Select(static b => b.Shown)] };
        var entry = EntryOf(ordinal, []) with { Chat = ConversationKey.OfChat(AdapterId, chat), Buttons = buttons };
        if (reply.Attachments.Count > 0) return OweWithFiles(mended, takeFiles, payload, promise, (written, files) =>
            enqueue(entry with { Payload = written, Files = [.. files.Select(static file => file.Path)] }, ordinal, files, promise));
        entry = entry with { Payload = Payloads.Write(payload) };
        return Enqueue(promise, () => enqueue(entry, ordinal, [], promise));
    }

    /// <summary>Ends the turn after the handler has returned well: no further reply is taken. True: every reply is queued at the store; false:
    /// <paramref name="queued"/> runs when it is, and may only post.</summary>
    public bool End(Action queued) => _steps.Close(queued);

    /// <summary>Takes the contents of the store for this attempt, before the handler has it.</summary>
    public void Load(TurnBegin begin)
    {
        (SessionNumber, _supersededBy) = (begin.SessionNumber, begin.SupersededBy);
        _memory.Load(begin);
    }

    /// <summary>Returns the end of the turn for the store. No change of the memory is taken any more.</summary>
    public TurnEnd ToEnd() => new(pending.Ids, Replies, _memory.Close());

    /// <summary>Closes the turn, even if the handler still runs.</summary>
    public void Close()
    {
        _steps.Abandon();
        _memory.Close();
    }

    private Task<T> OweWithFiles<T>(
        Reply reply, Func<string?>? takeFiles, OutboundPayload payload, Promise<T> promise, Action<byte[], IReadOnlyList<FilePayload>> enqueue)
    {
        if (abilities.Refusal(AdapterId, MessageCapabilities.Attach) is { } refusal)
            return Task.FromException<T>(Refused(new NotSupportedException(refusal)));
        OrderedSteps.Step step = null!;
        var (copyResult, written) = (default(CopyResult), Array.Empty<byte>());
        step = new OrderedSteps.Step(
            () =>
            {
                if (copyResult.Problem is { } problem) promise.Fail(Refused(problem));
                else enqueue(written, copyResult.Files);
            },
            () =>
            {
                // Otherwise the files are still being copied, and the end of the copy releases them.
                if (step.IsReady) services.Copies.Release(copyResult.Files);
                promise.Fail(Over());
            })
        { IsReady = false };
        if (!_steps.Enqueue(step)) return Task.FromException<T>(Over());
        services.Copies.Begin(AdapterId, reply.Attachments, abilities.MaxFileBytes, done =>
        {
            copyResult = done;
            if (done.Problem is null) written = Payloads.Write(payload with { Attachments = [.. done.Files] });
            if (!_steps.Ready(step)) services.Copies.Release(done.Files);
        }, takeFiles);
        return promise.Task;
    }

    private OutboxEntry EntryOf(int ordinal, byte[] payload) =>
        new(KeyOf(ordinal), AdapterId, ChatKey, payload) { InboxId = _row.Id, Session = _row.SessionKey };

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

    /// <summary>Ends the turn with its last reply. What the handler has requested behind it is not taken.</summary>
    private void Finish(OutboxEntry last, int ordinal, IReadOnlyList<FilePayload> files, Promise<MessageTarget?> promise)
    {
        if (TryMakeRoom(ordinal))
        {
            End(last, ordinal, files, promise);
            return;
        }

        if (files.Count > 0) services.Copies.Release(files);
        promise.Fail(NoRoom());
    }

    private void End(OutboxEntry? last, int ordinal, IReadOnlyList<FilePayload> files, Promise<MessageTarget?> promise)
    {
        _isFinished = true;
        _outbox.Finish(ToEnd() with { Last = last }, commandResult =>
        {
            if (files.Count > 0) services.Copies.Release(files);
            var (isEnded, owed) = commandResult.Value;
            if (owed.Id != 0) _owedSoFar.Note(ordinal);
            if (commandResult.Failure is { } failure)
                promise.Fail(new IOException($"The end of the turn could not be stored: {failure.Message} The turn will run again."));
            else if (!isEnded) promise.Fail(Over());
            else promise.Complete(owed.Id == 0 ? null : MessageTarget.Owed(DeliveryReport.IdOf(owed.Id)));
        });
        Close();
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
    private string KeyOf(int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{Id}.{ordinal}");

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
