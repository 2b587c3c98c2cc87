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
    /// delivered, unless <see cref="DeliveredAttachments"/> says otherwise.</summary>
    public int? DeliveredLength { get; init; }

    /// <summary>Number of delivered attachments, the first ones of the message, for <see cref="SendOutcome.Partial"/>; null means all. With fewer than
    /// all, nothing of the text counts as delivered, and the host sends the other attachments with the text.</summary>
    public int? DeliveredAttachments { get; init; }

    /// <summary>Time of delivery according to the platform, or null.</summary>
    public DateTimeOffset? PlatformTime { get; init; }
}

/// <summary>Error of a send. No member of it throws, because it is made where something has failed already: a missing message or retry rule is
/// replaced, and an unknown kind is <see cref="SendErrorKind.Internal"/>.</summary>
/// <remarks>There is a factory for each kind, with the retry rule that fits in most cases; <c>error with { Retry = ... }</c> has another
/// one.</remarks>
public sealed record SendError
{
    /// <summary>Creates an error.</summary>
    /// <param name="kind">The kind of the error.</param>
    /// <param name="retry">The retry rule. A rate limit without a wait has one of a second, and without a scope that of the account; use
    /// <see cref="RateLimited"/>.</param>
    /// <param name="message">Sentence for the operator, without secrets.</param>
    public SendError(SendErrorKind kind, SendRetry retry, string message)
        : this(kind, retry, message, RateLimitScope.Account)
    {
    }

    private SendError(SendErrorKind kind, SendRetry retry, string message, RateLimitScope scope)
    {
        Kind = Enum.IsDefined(kind) ? kind : SendErrorKind.Internal;
        Scope = Kind == SendErrorKind.RateLimited ? scope : null;
        Retry = retry;
        Message = string.IsNullOrWhiteSpace(message) ? $"{Kind}, without a message." : message;
    }

    /// <summary>Kind of the error.</summary>
    public SendErrorKind Kind { get; }

    /// <summary>Retry rule.</summary>
    public SendRetry Retry
    {
        get;
        init => field = Kind == SendErrorKind.RateLimited && value is not { Kind: SendRetryKind.After } ? SendRetry.After(SendRetry.ShortestWait)
            : value ?? SendRetry.WithBackoff;
    }

    /// <summary>Sentence for the operator.</summary>
    public string Message { get; }

    /// <summary>Scope of a rate limit; null for any other kind.</summary>
    public RateLimitScope? Scope { get; }

    /// <summary>Error code of the platform, or null.</summary>
    public string? PlatformCode { get; init; }

    /// <summary>Remedy for the operator, or null.</summary>
    public string? Hint { get; init; }

    /// <summary>Creates the error of an invalid message: it is rejected.</summary>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError InvalidMessage(string message) => new(SendErrorKind.InvalidMessage, SendRetry.Never, message);

    /// <summary>Creates the error of a text or a file over the platform's limit: the message is rejected.</summary>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError TooLong(string message) => new(SendErrorKind.TooLong, SendRetry.Never, message);

    /// <summary>Creates the error of an unknown chat or message: the message is rejected.</summary>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError NotFound(string message) => new(SendErrorKind.NotFound, SendRetry.Never, message);

    /// <summary>Creates the error of a missing permission: the message is rejected.</summary>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError Forbidden(string message) => new(SendErrorKind.Forbidden, SendRetry.Never, message);

    /// <summary>Creates the error of a closed window, for example the 24 hours in which WhatsApp takes an answer: the message is rejected.</summary>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError WindowClosed(string message) => new(SendErrorKind.WindowClosed, SendRetry.Never, message);

    /// <summary>Creates the error of a message that was edited as often as the platform allows: the edit is rejected.</summary>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError TooManyEdits(string message) => new(SendErrorKind.TooManyEdits, SendRetry.Never, message);

    /// <summary>Creates the error of a refused credential: the message is sent again when the adapter has reconnected.</summary>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError Unauthorized(string message) => new(SendErrorKind.Unauthorized, SendRetry.AfterReconnect, message);

    /// <summary>Creates the error of another session of the account: the message is sent again when the adapter has reconnected.</summary>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError Conflict(string message) => new(SendErrorKind.Conflict, SendRetry.AfterReconnect, message);

    /// <summary>Creates the error of a rate limit.</summary>
    /// <param name="wait">The demanded wait; a second if it is not more than zero. The host keeps waits up to 1 hour; for a longer one it parks the
    /// message.</param>
    /// <param name="scope">The scope: the chat or the account. An unknown one is the account.</param>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError RateLimited(TimeSpan wait, RateLimitScope scope, string message) =>
        new(SendErrorKind.RateLimited, SendRetry.After(wait), message, Enum.IsDefined(scope) ? scope : RateLimitScope.Account);

    /// <summary>Creates the error of a transient fault of the network or the platform: the message is sent again with the host's backoff.</summary>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError Transient(string message) => new(SendErrorKind.Transient, SendRetry.WithBackoff, message);

    /// <summary>Creates the error of a fault of the adapter: the message is sent again with the host's backoff.</summary>
    /// <param name="message">Sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError Internal(string message) => new(SendErrorKind.Internal, SendRetry.WithBackoff, message);
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

    /// <summary>Fault of the adapter, or an error of an unknown kind.</summary>
    Internal,

    /// <summary>Window in which the platform takes the message or the change is closed.</summary>
    WindowClosed,

    /// <summary>Limit of edits of one message reached.</summary>
    TooManyEdits,
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
    /// <summary>Wait in place of one that is not more than zero.</summary>
    internal static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

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
    /// <param name="delay">The shortest wait; a second if it is not more than zero.</param>
    /// <returns>The rule.</returns>
    public static SendRetry After(TimeSpan delay) => new(SendRetryKind.After, delay > TimeSpan.Zero ? delay : ShortestWait);
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
