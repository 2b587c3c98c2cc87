namespace PluginGateway;

/// <summary>Inbox for events that an adapter received.</summary>
public interface IInbox
{
    /// <summary>Stores one event: a message, or what happened to one. Completes when the event is durable, or refused.</summary>
    /// <param name="inboundEvent">The event.</param>
    /// <param name="cancellationToken">Cancels the wait; the event may still be stored, and a second delivery with the same event id is then a
    /// duplicate.</param>
    /// <returns>The outcome. Acknowledge to the platform, or advance the cursor, only if <see cref="Acceptance.Acknowledge"/>.</returns>
    /// <exception cref="ArgumentException">The event has no <see cref="InboundEvent.EventId"/> although the adapter declares an
    /// <see cref="InboundClass"/> with redelivery, or its state is over its limits. Nothing is stored; in a process of its own the task
    /// fails.</exception>
    /// <remarks>Any thread, concurrently. Events of one chat are handled in the order of the calls; <see cref="InboxPump"/> keeps it after a refusal. Also pass events of strangers, other bots and
    /// the bot itself: the operator's rules decide who may write, and the host counts the refused events. A kind that no handler of this adapter
    /// has declared is discarded as <c>unsupported</c>.
    /// <para>Without room in the inbox an event is refused as <c>full</c>. For <see cref="InboundClass.NonReplayable"/> the call waits instead, in the
    /// order of the calls: at most 256 calls and 16 MiB an adapter; a refused event is lost, and counted. The wait ends with the generation
    /// (<see cref="Acceptance.Retired"/>) and at the stop.</para>
    /// <para>An event with a <see cref="InboundEvent.Ticket"/> and a <see cref="ButtonPressed"/> never wait for room, and no longer than 1.5 s for the
    /// disk: then they are refused as <c>busy</c>. One that is stored after that counts all the same, and is a duplicate when it comes again.
    /// Presses have room of their own: 64 an adapter.</para></remarks>
    Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken);

    /// <summary>Stores a batch of a platform, for example the answer to one poll, in one transaction: all events or none. Completes when it is
    /// durable, or refused.</summary>
    /// <param name="events">1 to 256 events in their order; as they are stored (JSON in UTF-8) 8 MiB at most together.</param>
    /// <param name="state">Keys of <see cref="AdapterContext.State"/> to write with the batch, beside those of its events; null: none.</param>
    /// <param name="cancellationToken">Cancels the wait; the batch may still be stored, and its events are then duplicates.</param>
    /// <returns>The outcome of each event, in the same order. A duplicate and a discarded event keep no other from being stored; a refusal is that of
    /// all.</returns>
    /// <exception cref="ArgumentException">There is no event, there are more than 256 or than <c>gateway.inbox.maxPending</c>, they have more than
    /// 8 MiB, or an event or the state is one that a single call refuses with this exception. Nothing is stored; divide the batch.</exception>
    /// <remarks>As for one event. The access rules are those before the batch. A batch with an event that must not wait does not wait
    /// either.</remarks>
    Task<IReadOnlyList<Acceptance>> AcceptAsync(
        IReadOnlyList<InboundEvent> events, IReadOnlyDictionary<string, string>? state, CancellationToken cancellationToken) =>
        throw new NotSupportedException("This inbox takes single events only.");
}

/// <summary>Outcome of storing a received event.</summary>
public sealed record Acceptance
{
    /// <summary>Outcome: stored durably. Acknowledge.</summary>
    public static Acceptance Stored { get; } = new(AcceptanceKind.Stored, null);

    /// <summary>Outcome: duplicate, the event id was accepted before. Acknowledge.</summary>
    public static Acceptance Duplicate { get; } = new(AcceptanceKind.Duplicate, null);

    /// <summary>Outcome: this generation has been replaced. Stop, and do not acknowledge.</summary>
    public static Acceptance Retired { get; } = new(AcceptanceKind.Retired, null);

    private Acceptance(AcceptanceKind kind, string? reason)
    {
        Kind = kind;
        Reason = reason;
    }

    /// <summary>Kind of the outcome.</summary>
    public AcceptanceKind Kind { get; }

    /// <summary>Reason of a discard (<c>notAllowed</c>, <c>tooLarge</c>, <c>invalid</c>, <c>ownMessage</c>, <c>unsupported</c>, <c>history</c>,
    /// <c>notTaken</c>, <c>unknownMessage</c>) or a refusal (<c>stopping</c>, <c>full</c>, <c>busy</c>, <c>outOfOrder</c>: see <see cref="InboundEvent.State"/>);
    /// otherwise null.</summary>
    public string? Reason { get; }

    /// <summary>Answer to a <see cref="ButtonPressed"/>, for an adapter whose acknowledgement itself is the answer; null for other events, and where
    /// the event is not acknowledged. The host delivers the answer where the event has a <see cref="InboundEvent.Ticket"/>.</summary>
    public InteractionAnswer? Answer { get; init; }

    /// <summary>Acknowledgement: true if the adapter shall acknowledge the message to the platform.</summary>
    public bool Acknowledge => Kind is AcceptanceKind.Stored or AcceptanceKind.Duplicate or AcceptanceKind.Discarded;

    /// <summary>Outcome: discarded for good. Acknowledge, so that the platform does not deliver it again.</summary>
    /// <param name="reason">The reason, a short code.</param>
    /// <returns>The outcome.</returns>
    public static Acceptance Discarded(string reason) => new(AcceptanceKind.Discarded, Ensure.Token(reason, nameof(reason)));

    /// <summary>Outcome: refused for now. Do not acknowledge; the platform keeps the message.</summary>
    /// <param name="reason">The reason, a short code.</param>
    /// <returns>The outcome.</returns>
    public static Acceptance Refused(string reason) => new(AcceptanceKind.Refused, Ensure.Token(reason, nameof(reason)));
}

/// <summary>Kinds of <see cref="Acceptance"/>.</summary>
public enum AcceptanceKind
{
    /// <summary>Stored durably.</summary>
    Stored,

    /// <summary>Duplicate of an accepted message.</summary>
    Duplicate,

    /// <summary>Discarded for good.</summary>
    Discarded,

    /// <summary>Refused for now.</summary>
    Refused,

    /// <summary>Not stored: this generation has been replaced.</summary>
    Retired,
}
