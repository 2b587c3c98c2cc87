namespace PluginGateway;

/// <summary>Outcome of one attempt to deliver: sent, not sent, partial or unknown.</summary>
public sealed record SendResult
{
    private SendResult(SendOutcome outcome, Receipt? receipt, SendError? error)
    {
        Outcome = outcome;
        Receipt = receipt;
        Error = error;
    }

    /// <summary>Kind of the outcome.</summary>
    public SendOutcome Outcome { get; }

    /// <summary>Receipt of the platform, for <see cref="SendOutcome.Sent"/> and <see cref="SendOutcome.Partial"/>; otherwise null.</summary>
    public Receipt? Receipt { get; }

    /// <summary>Error; null for <see cref="SendOutcome.Sent"/>.</summary>
    public SendError? Error { get; }

    /// <summary>Result: the platform has the message.</summary>
    /// <param name="receipt">The receipt of the platform.</param>
    /// <returns>The result.</returns>
    public static SendResult Sent(Receipt receipt) => new(SendOutcome.Sent, NotNull(receipt), null);

    /// <summary>Result: the platform has the message.</summary>
    /// <param name="messageId">The platform's id of the message.</param>
    /// <returns>The result.</returns>
    public static SendResult Sent(string messageId) => Sent(new Receipt(messageId));

    /// <summary>Result: provably no request left the process, or the platform refused the message.</summary>
    /// <param name="error">The error, with its retry rule.</param>
    /// <returns>The result.</returns>
    public static SendResult NotSent(SendError error) => new(SendOutcome.NotSent, null, NotNull(error));

    /// <summary>Result: a part of the message arrived; the host sends the rest.</summary>
    /// <param name="receipt">The receipt of the delivered part, with its length.</param>
    /// <param name="error">The error of the rest, with its retry rule.</param>
    /// <returns>The result.</returns>
    public static SendResult Partial(Receipt receipt, SendError error) => new(SendOutcome.Partial, NotNull(receipt), NotNull(error));

    /// <summary>Result: the message may have arrived.</summary>
    /// <param name="error">The reason of the uncertainty.</param>
    /// <returns>The result.</returns>
    public static SendResult Unknown(SendError error) => new(SendOutcome.Unknown, null, NotNull(error));

    private static T NotNull<T>(T value)
        where T : class => value ?? throw new ArgumentNullException(nameof(value));
}

/// <summary>Kinds of outcomes of a send.</summary>
public enum SendOutcome
{
    /// <summary>Sent: the platform has the message.</summary>
    Sent,

    /// <summary>Not sent: provably no request left the process, or the platform refused the message.</summary>
    NotSent,

    /// <summary>Partial: a part of the message arrived.</summary>
    Partial,

    /// <summary>Unknown: the message may have arrived.</summary>
    Unknown,
}

/// <summary>Receipt of the platform for a message.</summary>
public sealed record Receipt
{
    /// <summary>Creates a receipt.</summary>
    /// <param name="messageId">The platform's id of the message; for several parts, the id of the last part.</param>
    /// <exception cref="ArgumentException">The id is empty, has more than 512 characters or has control characters.</exception>
    public Receipt(string messageId) => MessageId = Ensure.Token(messageId, nameof(messageId));

    /// <summary>Platform's id of the message; for several parts, the id of the last part.</summary>
    public string MessageId { get; }

    /// <summary>Platform's ids of the parts before <see cref="MessageId"/>, if the adapter sent several messages for one: a deletion deletes them
    /// too.</summary>
    public IReadOnlyList<string> EarlierParts
    {
        get;
        init
        {
            field = Ensure.List(value);
            foreach (var id in field) Ensure.Token(id, nameof(EarlierParts));
        }
    } = [];

    /// <summary>Length of the delivered part of the text in UTF-16 units, for <see cref="SendOutcome.Partial"/>; null means all. Attachments count as
    /// delivered.</summary>
    public int? DeliveredLength { get; init; }

    /// <summary>Time of delivery according to the platform, or null.</summary>
    public DateTimeOffset? PlatformTime { get; init; }
}

/// <summary>Error of a send.</summary>
public sealed record SendError
{
    /// <summary>Creates an error.</summary>
    /// <param name="kind">The kind of the error.</param>
    /// <param name="retry">The retry rule.</param>
    /// <param name="message">Sentence for the operator, without secrets.</param>
    /// <exception cref="ArgumentException">The message is empty, or the kind is a rate limit, which needs a wait and a scope (use
    /// <see cref="RateLimited"/>).</exception>
    public SendError(SendErrorKind kind, SendRetry retry, string message)
        : this(kind, retry, message, null)
    {
        if (kind == SendErrorKind.RateLimited)
            throw new ArgumentException("A rate limit has a wait and a scope: use SendError.RateLimited.", nameof(kind));
    }

    private SendError(SendErrorKind kind, SendRetry retry, string message, RateLimitScope? scope)
    {
        ArgumentNullException.ThrowIfNull(retry);
        Kind = Ensure.Defined(kind, nameof(kind));
        Retry = retry;
        Message = Ensure.Text(message, nameof(message));
        Scope = scope;
    }

    /// <summary>Kind of the error.</summary>
    public SendErrorKind Kind { get; }

    /// <summary>Retry rule.</summary>
    public SendRetry Retry { get; }

    /// <summary>Sentence for the operator.</summary>
    public string Message { get; }

    /// <summary>Scope of a rate limit; null for any other kind.</summary>
    public RateLimitScope? Scope { get; }

    /// <summary>Error code of the platform, or null.</summary>
    public string? PlatformCode { get; init; }

    /// <summary>Remedy for the operator, or null.</summary>
    public string? Hint { get; init; }

    /// <summary>Creates the error of a rate limit.</summary>
    /// <param name="wait">The demanded wait, more than zero. The host keeps waits up to 1 hour; for a longer one it parks the message.</param>
    /// <param name="scope">The scope: the chat or the account.</param>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError RateLimited(TimeSpan wait, RateLimitScope scope, string message) =>
        new(SendErrorKind.RateLimited, SendRetry.After(wait), message, Ensure.Defined(scope, nameof(scope)));
}

/// <summary>Kinds of <see cref="SendError"/>.</summary>
public enum SendErrorKind
{
    /// <summary>Invalid message for this platform.</summary>
    InvalidMessage,

    /// <summary>Text over the platform's limit.</summary>
    TooLong,

    /// <summary>Unknown chat or message.</summary>
    NotFound,

    /// <summary>Missing permission to write in the chat.</summary>
    Forbidden,

    /// <summary>Refused credential.</summary>
    Unauthorized,

    /// <summary>Rate limit exceeded.</summary>
    RateLimited,

    /// <summary>Conflict with another session of the account.</summary>
    Conflict,

    /// <summary>Transient fault of the network or the platform.</summary>
    Transient,

    /// <summary>Fault of the adapter.</summary>
    Internal,
}

/// <summary>Scope of a rate limit.</summary>
public enum RateLimitScope
{
    /// <summary>Sends to this chat.</summary>
    Chat,

    /// <summary>Sends of the whole account.</summary>
    Account,
}

/// <summary>Retry rule of a failed send.</summary>
public sealed record SendRetry
{
    /// <summary>No retry: the message is rejected, because it cannot succeed.</summary>
    public static SendRetry Never { get; } = new(SendRetryKind.Never, TimeSpan.Zero);

    /// <summary>Retry with the host's own backoff (1 s doubling to 60 s, with jitter).</summary>
    public static SendRetry WithBackoff { get; } = new(SendRetryKind.WithBackoff, TimeSpan.Zero);

    /// <summary>Retry when the adapter has reconnected.</summary>
    public static SendRetry AfterReconnect { get; } = new(SendRetryKind.AfterReconnect, TimeSpan.Zero);

    private SendRetry(SendRetryKind kind, TimeSpan delay)
    {
        Kind = kind;
        Delay = delay;
    }

    /// <summary>Kind of the rule.</summary>
    public SendRetryKind Kind { get; }

    /// <summary>Shortest wait, for <see cref="SendRetryKind.After"/>.</summary>
    public TimeSpan Delay { get; }

    /// <summary>Retry after a wait, or after the host's own backoff if that is longer.</summary>
    /// <param name="delay">The shortest wait, more than zero.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delay"/> is not positive.</exception>
    public static SendRetry After(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero);
        return new SendRetry(SendRetryKind.After, delay);
    }
}

/// <summary>Kinds of <see cref="SendRetry"/>.</summary>
public enum SendRetryKind
{
    /// <summary>No retry.</summary>
    Never,

    /// <summary>Retry with backoff.</summary>
    WithBackoff,

    /// <summary>Retry after a delay.</summary>
    After,

    /// <summary>Retry after a reconnect.</summary>
    AfterReconnect,
}
