namespace PluginGateway;

/// <summary>Inbox for events that an adapter received.</summary>
public interface IInbox
{
    /// <summary>Stores one event: a message, or what happened to one. Completes when the event is durable, or refused.</summary>
    /// <param name="inboundEvent">The event.</param>
    /// <param name="cancellationToken">Cancels the wait; the event may still be stored, and a second delivery with the same event id is then a
    /// duplicate.</param>
    /// <returns>The outcome. Acknowledge to the platform, or advance the cursor, only if <see cref="Acceptance.Acknowledge"/>.</returns>
    /// <remarks>Any thread, concurrently. Events of one chat are handled in the order of the calls. Also pass events of strangers, other bots and
    /// the bot itself: the operator's rules decide who may write, and the host counts the refused events. A kind that no handler of this adapter
    /// has declared is discarded as <c>unsupported</c>.</remarks>
    Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken);
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

    /// <summary>Reason of a discard (<c>notAllowed</c>, <c>tooLarge</c>, <c>invalid</c>, <c>ownMessage</c>,
    /// <c>unsupported</c>) or a refusal (<c>stopping</c>,
    /// <c>full</c>); otherwise null.</summary>
    public string? Reason { get; }

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
