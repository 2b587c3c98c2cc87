namespace PluginGateway;

/// <summary>Ticket: what an adapter needs to answer an event on its platform, for example the id of a callback query or the URL for a response.
/// Whoever has it can answer in the bot's name: the host keeps it in memory, and with <see cref="MessageFeatures.Tickets"/> in its database, in a column
/// of its own, until it has expired or the turn has ended and its replies are settled. It is in no log, no API, no webhook and no backup.</summary>
public sealed record Ticket
{
    private const int MaxLength = 2048;

    /// <summary>Creates a ticket.</summary>
    /// <param name="value">The platform's value, 1 to 2,048 characters.</param>
    /// <param name="expiresAt">The time from which the platform takes no answer any more.</param>
    /// <exception cref="ArgumentException">The value is empty, too long or has control characters.</exception>
    public Ticket(string value, DateTimeOffset expiresAt)
    {
        Value = value;
        ExpiresAt = expiresAt;
    }

    /// <summary>Platform's value.</summary>
    public string Value { get; init => field = Ensure.Token(value, "value", MaxLength); }

    /// <summary>Time from which the platform takes no answer any more.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Returns a text without the value, which must not reach a log.</summary>
    public override string ToString() => $"Ticket {{ ExpiresAt = {ExpiresAt:O} }}";
}

/// <summary>Verdict on an interaction.</summary>
public enum InteractionVerdict
{
    /// <summary>Taken: it will be handled.</summary>
    Taken,

    /// <summary>Not taken: the set has been pressed already.</summary>
    AlreadyTaken,

    /// <summary>Not taken: the person may not press this button, or not write to the bot.</summary>
    NotForYou,

    /// <summary>Not taken: the button is unknown or has expired.</summary>
    Expired,
}

/// <summary>Answer to an interaction: the verdict and a sentence for the person.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Text">A sentence in the person's language, at most 200 characters; null: nothing needs to be said.</param>
public sealed record InteractionAnswer(InteractionVerdict Verdict, string? Text);

/// <summary>Answer to deliver by a ticket.</summary>
public sealed record TicketAnswer
{
    /// <summary>Creates an answer.</summary>
    /// <param name="ticket">The ticket of the event.</param>
    /// <param name="chat">The chat of the event.</param>
    /// <param name="answer">The answer.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public TicketAnswer(Ticket ticket, Chat chat, InteractionAnswer answer)
    {
        Ticket = ticket;
        Chat = chat;
        Answer = answer;
    }

    /// <summary>Ticket of the event.</summary>
    public Ticket Ticket { get; init => field = Ensure.NotNull(value, "ticket"); }

    /// <summary>Chat of the event.</summary>
    public Chat Chat { get; init => field = Ensure.NotNull(value, "chat"); }

    /// <summary>Verdict and sentence.</summary>
    public InteractionAnswer Answer { get; init => field = Ensure.NotNull(value, "answer"); }

    /// <summary>Time at which the host stops waiting for this call, in UTC by the clock of the machine; null: never. The ticket may expire
    /// earlier.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>Capability: answers to interactions by a ticket. An adapter declares it by implementing the interface. An adapter whose acknowledgement
/// itself is the answer gives no tickets; it answers with <see cref="Acceptance.Answer"/>.</summary>
public interface IAnswerInteractions
{
    /// <summary>Answers one interaction on the platform.</summary>
    /// <param name="answer">The ticket and the answer.</param>
    /// <param name="cancellationToken">Cancelled at the deadline.</param>
    /// <returns>A task that completes when the platform has taken the answer. That it came too late is no failure: return.</returns>
    /// <remarks>Deadline: <c>timeouts.answerSeconds</c>, 5 s by default; not called after <see cref="PluginGateway.Ticket.ExpiresAt"/>. Called once at most for each
    /// accepted or discarded event with a ticket, after the event is durable; it has slots of its own, so it never waits for a send. A failure is
    /// counted and otherwise ignored.</remarks>
    Task AnswerAsync(TicketAnswer answer, CancellationToken cancellationToken);
}
