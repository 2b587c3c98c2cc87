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

    private Task<Acceptance> AcceptAsync(AdapterInbox adapterInbox, InboundMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<Acceptance>(cancellationToken);
        if (adapterInbox.IsRetired()) return Task.FromResult(Acceptance.Retired);
        if (_closed) return Task.FromResult(Refuse("stopping"));
        if ((InboundRules.Discard(message, adapterInbox.Inbound) ?? accessFilter.Judge(adapterInbox.AdapterId, message)) is { } cause)
            return DiscardAsync(adapterInbox, message, cause, cancellationToken);
        var mended = InboundRules.Sanitize(message);
        var payload = Payloads.Write(mended);
        if (payload.Length > InboundRules.MaxPayloadBytes) return DiscardAsync(adapterInbox, message, DiscardCause.TooLarge, cancellationToken);
        // The state is stored in a row of its own: it counts against the quota until that row is written.
        var state = SizeOf(message.State);
        if (store.RefusalFor(adapterInbox.AdapterId) is not null || !Quota.TryReserve(adapterInbox.AdapterId, payload.Length + state))
            return Task.FromResult(Refuse("full"));
        var promise = new Promise<Acceptance>(cancellationToken, adapterInbox.AdapterId);
        var conversation = ConversationKey.Of(adapterInbox.AdapterId, message.Chat);
        var entry = new InboundEntry(adapterInbox.AdapterId, adapterInbox.Generation, message.EventId, conversation, payload, message.State);
        store.Accept(entry, commandResult =>
        {
            if (state > 0) Quota.ReleaseState(entry.AdapterId, state);
            promise.Complete(Conclude(entry, message, commandResult));
        });
        return promise.Task;
    }

    /// <summary>Discards a message, but writes the state that comes with it: a cursor that stood still would bring the message again and
    /// again.</summary>
    private Task<Acceptance> DiscardAsync(AdapterInbox adapterInbox, InboundMessage message, DiscardCause cause, CancellationToken cancellationToken)
    {
        var adapterId = adapterInbox.AdapterId;
        if (message.State.Count == 0 || !InboundRules.HasStorableState(message))
        {
            store.Count(Total.Discarded);
            Discarded.Count(adapterId, cause);
            return Task.FromResult(cause.ToAcceptance());
        }

        var state = SizeOf(message.State);
        if (store.RefusalFor(adapterId) is not null || !Quota.TryReserve(adapterId, state)) return Task.FromResult(Refuse("full"));
        var promise = new Promise<Acceptance>(cancellationToken, adapterId);
        store.Discard(adapterId, message.State, commandResult =>
        {
            Quota.Release(adapterId, state);
            if (commandResult.IsDurable) Discarded.Count(adapterId, cause);
            promise.Complete(commandResult.IsDurable ? cause.ToAcceptance() : RefuseFor(commandResult.Failure!));
        });
        return promise.Task;
    }

    private static long SizeOf(IReadOnlyDictionary<string, string> state) => state.Sum(static entry => entry.Key.Length + (long)entry.Value.Length);

    private Acceptance Conclude(InboundEntry entry, InboundMessage message, CommandResult<Accepted> commandResult)
    {
        if (commandResult is { IsDurable: true, Value.IsDuplicate: false })
        {
            accessFilter.OnAdmitted(entry.AdapterId, message);
            Arrived?.Invoke(new(entry.AdapterId, new InboxRow(commandResult.Value.InboxId, entry.AdapterId, entry.Conversation, 0, entry.Payload)));
            return Acceptance.Stored;
        }

        Quota.Release(entry.AdapterId, entry.Payload.Length);
        if (!commandResult.IsDurable) return RefuseFor(commandResult.Failure!);
        Arrived?.Invoke(new(entry.AdapterId, null));
        return Acceptance.Duplicate;
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

        public Task<Acceptance> AcceptAsync(InboundMessage message, CancellationToken cancellationToken) =>
            intake.AcceptAsync(this, message, cancellationToken);
    }
}

/// <summary>A message that arrived from an adapter; <see cref="Row"/> is null when it was a duplicate.</summary>
internal readonly record struct Arrival(string AdapterId, InboxRow? Row);
