using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Accepts messages: every message of every adapter is checked here on the caller's thread, first by the access filter, then goes to the
/// store, then to the dispatcher.</summary>
internal sealed class InboxIntake(MessageStore store, InboxLimits limits, IAccessFilter accessFilter)
{
    private volatile bool _closed;

    /// <summary>Counts messages that are accepted and not yet handled.</summary>
    public MessageQuota Quota { get; } = new(limits);

    /// <summary>The access filter, which sees every inbound message first, and every outbound one.</summary>
    public IAccessFilter Access => accessFilter;

    /// <summary>Counts messages that were discarded.</summary>
    public DiscardCounters Discarded { get; } = new();

    /// <summary>Kinds of events that handlers have declared.</summary>
    public HandlerEvents Declared { get; } = new();

    /// <summary>Returns the handler id that answers an adapter id. Any thread; set once, before the first event.</summary>
    public Func<string, string> HandlerOf { get; set; } = static adapterId => adapterId;

    /// <summary>Called with each accepted message, in the order of the commits, on the store's writer: must only post. Set once, before the first
    /// message.</summary>
    public Action<Arrival>? Arrived { get; set; }

    /// <summary>An adapter id is no longer configured. What of it waits stays.</summary>
    public void Forget(string adapterId)
    {
        Discarded.Forget(adapterId);
        accessFilter.Forget(adapterId);
    }

    /// <summary>From now on every message is refused, so that its platform keeps it.</summary>
    public void Close() => _closed = true;

    /// <summary>Opens the inbox of one generation of an adapter.</summary>
    /// <param name="adapterId">The adapter's id.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="inbound">The platform's treatment of a message that is not acknowledged.</param>
    /// <param name="isRetired">Returns true when the generation has been replaced. Any thread.</param>
    public IInbox Open(string adapterId, int generation, InboundClass inbound, Func<bool> isRetired) =>
        new AdapterInbox(this, adapterId, generation, inbound, isRetired);

    private Task<Acceptance> AcceptAsync(AdapterInbox adapterInbox, InboundEvent e, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<Acceptance>(cancellationToken);
        if (adapterInbox.IsRetired()) return Task.FromResult(Acceptance.Retired);
        if (_closed) return Task.FromResult(Refuse("stopping"));
        if (CauseOf(adapterInbox, e) is { } cause) return DiscardAsync(adapterInbox, e, cause, cancellationToken);
        var mended = InboundRules.Sanitize(e);
        var payload = Payloads.Write(mended);
        if (payload.Length > InboundRules.MaxPayloadBytes) return DiscardAsync(adapterInbox, e, DiscardCause.TooLarge, cancellationToken);
        // The state is stored in a row of its own: it counts against the quota until that row is written.
        var state = SizeOf(e.State);
        if (store.RefusalFor(adapterInbox.AdapterId) is not null || !Quota.TryReserve(adapterInbox.AdapterId, payload.Length + state))
            return Task.FromResult(Refuse("full"));
        var promise = new Promise<Acceptance>(cancellationToken, adapterInbox.AdapterId);
        var conversation = ConversationKey.Of(adapterInbox.AdapterId, e.Chat);
        var (condition, about) = (accessFilter.ConditionOf(adapterInbox.AdapterId, e), InboundRules.MessageAbout(e));
        var entry = new InboundEntry(adapterInbox.AdapterId, adapterInbox.Generation, e.EventId, conversation, payload, e.State)
        {
            About = condition is null && about is null ? null
                : new SentMessage(ConversationKey.OfChat(adapterInbox.AdapterId, e.Chat), condition is null ? about : condition.MessageId),
            OnlyIfSent = condition is not null,
        };
        store.Accept(entry, commandResult =>
        {
            if (state > 0) Quota.ReleaseState(entry.AdapterId, state);
            promise.Complete(Conclude(entry, e, commandResult));
        });
        return promise.Task;
    }

    private DiscardCause? CauseOf(AdapterInbox adapterInbox, InboundEvent e)
    {
        if ((InboundRules.Discard(e, adapterInbox.Inbound) ?? accessFilter.Judge(adapterInbox.AdapterId, e)) is { } cause) return cause;
        if (Declared.Wants(HandlerOf(adapterInbox.AdapterId), e)) return null;
        return e is MembersChanged { Change: MemberChange.BotAdded } ? DiscardCause.BotAdded : DiscardCause.Unsupported;
    }

    /// <summary>Discards an event, but writes the state that comes with it: a cursor that stood still would bring the event again and
    /// again.</summary>
    private Task<Acceptance> DiscardAsync(AdapterInbox adapterInbox, InboundEvent e, DiscardCause cause, CancellationToken cancellationToken)
    {
        var adapterId = adapterInbox.AdapterId;
        if (e.State.Count == 0 || !InboundRules.HasStorableState(e))
        {
            store.Count(Total.Discarded);
            Discarded.Count(adapterId, cause);
            return Task.FromResult(cause.ToAcceptance());
        }

        var state = SizeOf(e.State);
        if (store.RefusalFor(adapterId) is not null || !Quota.TryReserve(adapterId, state)) return Task.FromResult(Refuse("full"));
        var promise = new Promise<Acceptance>(cancellationToken, adapterId);
        store.Discard(adapterId, e.State, commandResult =>
        {
            Quota.Release(adapterId, state);
            if (commandResult.IsDurable) Discarded.Count(adapterId, cause);
            promise.Complete(commandResult.IsDurable ? cause.ToAcceptance() : RefuseFor(commandResult.Failure!));
        });
        return promise.Task;
    }

    private static long SizeOf(IReadOnlyDictionary<string, string> state) => state.Sum(static entry => entry.Key.Length + (long)entry.Value.Length);

    private Acceptance Conclude(InboundEntry entry, InboundEvent e, CommandResult<Accepted> commandResult)
    {
        if (commandResult is { IsDurable: true, Value.Outcome: AcceptOutcome.Stored })
        {
            accessFilter.OnAdmitted(entry.AdapterId, e);
            Arrived?.Invoke(new(entry.AdapterId, new InboxRow(commandResult.Value.InboxId, entry.AdapterId, entry.Conversation, 0, entry.Payload)
            {
                Target = commandResult.Value.Target
            }));
            return Acceptance.Stored;
        }

        Quota.Release(entry.AdapterId, entry.Payload.Length);
        if (!commandResult.IsDurable) return RefuseFor(commandResult.Failure!);
        Arrived?.Invoke(new(entry.AdapterId, null));
        if (commandResult.Value.Outcome == AcceptOutcome.Duplicate) return Acceptance.Duplicate;
        Discarded.Count(entry.AdapterId, DiscardCause.NotMentioned);
        return DiscardCause.NotMentioned.ToAcceptance();
    }

    private Acceptance Refuse(string reason)
    {
        store.Count(Total.Refused);
        return Acceptance.Refused(reason);
    }

    private Acceptance RefuseFor(StoreFailure failure) => Refuse(failure.Code == StoreCode.Closed ? "stopping" : "full");

    private sealed class AdapterInbox(InboxIntake intake, string adapterId, int generation, InboundClass inbound, Func<bool> isRetired) : IInbox
    {
        public string AdapterId => adapterId;

        public int Generation => generation;

        public InboundClass Inbound => inbound;

        public bool IsRetired() => isRetired();

        public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken) =>
            intake.AcceptAsync(this, inboundEvent, cancellationToken);
    }
}

/// <summary>A message that arrived from an adapter; <see cref="Row"/> is null when it was a duplicate.</summary>
internal readonly record struct Arrival(string AdapterId, InboxRow? Row);
