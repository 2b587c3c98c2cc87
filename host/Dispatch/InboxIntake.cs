using PluginGateway.Access;
using PluginGateway.Configuration;
using PluginGateway.Store;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch;

/// <summary>The way in: every message of every adapter passes here on the caller's thread, the doorkeeper first, then the store, then the dispatcher.</summary>
internal sealed class InboxIntake(MessageStore store, InboxLimits limits, IDoorkeeper doorkeeper)
{
    private volatile bool _closed;

    /// <summary>What is accepted and not yet handled.</summary>
    public PendingGauge Pending { get; } = new(limits);

    /// <summary>Who looks at every message first, and hears what is said.</summary>
    public IDoorkeeper Doorkeeper => doorkeeper;

    /// <summary>What was turned away for good.</summary>
    public DiscardFigures Discarded { get; } = new();

    /// <summary>Hears what was accepted, in the order of the commits, on the store's writer: must only post. Set once, before the first message.</summary>
    public Action<Arrival>? Arrived { get; set; }

    /// <summary>From now on every message is refused, so that its platform keeps it.</summary>
    public void Close() => _closed = true;

    /// <summary>The inbox of one generation of an adapter.</summary>
    /// <param name="adapterId">The operator's name for it.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="inbound">What its platform does with a message we do not acknowledge.</param>
    /// <param name="isRetired">Whether the generation has been replaced. Any thread.</param>
    public IInbox Open(string adapterId, int generation, InboundClass inbound, Func<bool> isRetired) => new Door(this, adapterId, generation, inbound, isRetired);

    private Task<Acceptance> AcceptAsync(Door door, InboundMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<Acceptance>(cancellationToken);
        if (door.IsRetired()) return Task.FromResult(Acceptance.Retired);
        if (_closed) return Task.FromResult(Refuse("stopping"));
        if ((InboundRules.Discard(message, door.Inbound) ?? doorkeeper.Judge(door.AdapterId, message)) is { } cause) return DiscardAsync(door, message, cause, cancellationToken);
        var mended = InboundRules.Mend(message);
        var payload = Payloads.Write(mended);
        if (payload.Length > InboundRules.MaxPayloadBytes) return DiscardAsync(door, message, DiscardCause.TooLarge, cancellationToken);
        // The state goes to a row of its own: it takes room until it is there.
        var state = SizeOf(message.State);
        if (store.RefusalFor(door.AdapterId) is not null || !Pending.TryReserve(door.AdapterId, payload.Length + state)) return Task.FromResult(Refuse("full"));
        var pledge = new Pledge<Acceptance>(cancellationToken, door.AdapterId);
        var conversation = ConversationKey.Of(door.AdapterId, message.Chat);
        var entry = new InboundEntry(door.AdapterId, door.Generation, message.EventId, conversation, payload, message.State);
        store.Accept(entry, answer =>
        {
            if (state > 0) Pending.Shrink(entry.AdapterId, state);
            pledge.Keep(Conclude(entry, message, answer));
        });
        return pledge.Task;
    }

    /// <summary>The message is turned away, but the state that comes with it is written: a cursor that stood still would bring the message again and again.</summary>
    private Task<Acceptance> DiscardAsync(Door door, InboundMessage message, DiscardCause cause, CancellationToken cancellationToken)
    {
        var adapterId = door.AdapterId;
        if (message.State.Count == 0 || !InboundRules.HasStorableState(message))
        {
            store.Count(Total.Discarded);
            Discarded.Count(adapterId, cause);
            return Task.FromResult(cause.ToAcceptance());
        }

        var state = SizeOf(message.State);
        if (store.RefusalFor(adapterId) is not null || !Pending.TryReserve(adapterId, state)) return Task.FromResult(Refuse("full"));
        var pledge = new Pledge<Acceptance>(cancellationToken, adapterId);
        store.Discard(adapterId, message.State, answer =>
        {
            Pending.Release(adapterId, state);
            if (answer.IsDurable) Discarded.Count(adapterId, cause);
            pledge.Keep(answer.IsDurable ? cause.ToAcceptance() : RefuseFor(answer.Failure!));
        });
        return pledge.Task;
    }

    private static long SizeOf(IReadOnlyDictionary<string, string> state) => state.Sum(static entry => entry.Key.Length + (long)entry.Value.Length);

    private Acceptance Conclude(InboundEntry entry, InboundMessage message, Answer<Accepted> answer)
    {
        if (answer is { IsDurable: true, Value.IsDuplicate: false })
        {
            doorkeeper.Admitted(entry.AdapterId, message);
            Arrived?.Invoke(new(entry.AdapterId, new InboxRow(answer.Value.InboxId, entry.AdapterId, entry.Conversation, 0, entry.Payload)));
            return Acceptance.Stored;
        }

        Pending.Release(entry.AdapterId, entry.Payload.Length);
        if (!answer.IsDurable) return RefuseFor(answer.Failure!);
        Arrived?.Invoke(new(entry.AdapterId, null));
        return Acceptance.Duplicate;
    }

    private Acceptance Refuse(string reason)
    {
        store.Count(Total.Refused);
        return Acceptance.Refused(reason);
    }

    private Acceptance RefuseFor(StoreFailure failure) => Refuse(failure.Code == StoreCode.Closed ? "stopping" : "full");

    private sealed class Door(InboxIntake intake, string adapterId, int generation, InboundClass inbound, Func<bool> isRetired) : IInbox
    {
        public string AdapterId => adapterId;

        public int Generation => generation;

        public InboundClass Inbound => inbound;

        public bool IsRetired() => isRetired();

        public Task<Acceptance> AcceptAsync(InboundMessage message, CancellationToken cancellationToken) => intake.AcceptAsync(this, message, cancellationToken);
    }
}

/// <summary>Something came from an adapter; <see cref="Row"/> is null when it was a duplicate.</summary>
internal readonly record struct Arrival(string AdapterId, InboxRow? Row);
