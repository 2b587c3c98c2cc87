namespace PluginGateway;

/// <summary>How an attempt to deliver ended: one of four outcomes.</summary>
public sealed record SendResult
{
    private SendResult(SendOutcome outcome, Receipt? receipt, SendError? error)
    {
        Outcome = outcome;
        Receipt = receipt;
        Error = error;
    }

    /// <summary>The outcome.</summary>
    public SendOutcome Outcome { get; }

    /// <summary>What the platform gave us back; for <see cref="SendOutcome.Sent"/> and <see cref="SendOutcome.Partial"/>.</summary>
    public Receipt? Receipt { get; }

    /// <summary>What went wrong; null for <see cref="SendOutcome.Sent"/>.</summary>
    public SendError? Error { get; }

    /// <summary>The platform has it.</summary>
    /// <param name="receipt">What the platform gave us back.</param>
    /// <returns>The result.</returns>
    public static SendResult Sent(Receipt receipt) => new(SendOutcome.Sent, NotNull(receipt), null);

    /// <summary>The platform has it and names it so.</summary>
    /// <param name="messageId">The platform's id of the message.</param>
    /// <returns>The result.</returns>
    public static SendResult Sent(string messageId) => Sent(new Receipt(messageId));

    /// <summary>Provably nothing left, or the platform refused it.</summary>
    /// <param name="error">Why, and whether to try again.</param>
    /// <returns>The result.</returns>
    public static SendResult NotSent(SendError error) => new(SendOutcome.NotSent, null, NotNull(error));

    /// <summary>A part of it arrived; the rest is still owed.</summary>
    /// <param name="receipt">What arrived.</param>
    /// <param name="error">Why the rest did not.</param>
    /// <returns>The result.</returns>
    public static SendResult Partial(Receipt receipt, SendError error) => new(SendOutcome.Partial, NotNull(receipt), NotNull(error));

    /// <summary>It may have arrived.</summary>
    /// <param name="error">Why we do not know.</param>
    /// <returns>The result.</returns>
    public static SendResult Unknown(SendError error) => new(SendOutcome.Unknown, null, NotNull(error));

    private static T NotNull<T>(T value)
        where T : class => value ?? throw new ArgumentNullException(nameof(value));
}

/// <summary>The four outcomes of a send.</summary>
public enum SendOutcome
{
    /// <summary>The platform has it.</summary>
    Sent,

    /// <summary>Provably nothing left, or it was refused.</summary>
    NotSent,

    /// <summary>A part arrived.</summary>
    Partial,

    /// <summary>It may have arrived.</summary>
    Unknown,
}

/// <summary>What the platform gave back for a message.</summary>
public sealed record Receipt
{
    /// <summary>Creates a receipt.</summary>
    /// <param name="messageId">The platform's id of the message; for several parts, of the last.</param>
    /// <exception cref="ArgumentException">The id is empty, too long or has control characters.</exception>
    public Receipt(string messageId) => MessageId = Ensure.Token(messageId, nameof(messageId));

    /// <summary>The platform's id.</summary>
    public string MessageId { get; }

    /// <summary>The platform's ids of the messages before <see cref="MessageId"/>, when the adapter made several of one: a delete takes them away too.</summary>
    public IReadOnlyList<string> EarlierParts
    {
        get;
        init
        {
            field = Ensure.List(value);
            foreach (var id in field) Ensure.Token(id, nameof(EarlierParts));
        }
    } = [];

    /// <summary>How many UTF-16 units of the text arrived, for <see cref="SendOutcome.Partial"/>; null when all. Its attachments are taken to have arrived.</summary>
    public int? DeliveredLength { get; init; }

    /// <summary>When the platform says it was delivered.</summary>
    public DateTimeOffset? PlatformTime { get; init; }
}

/// <summary>Why a message was not sent.</summary>
public sealed record SendError
{
    /// <summary>Creates an error.</summary>
    /// <param name="kind">What kind of error it is.</param>
    /// <param name="retry">Whether and when to try again.</param>
    /// <param name="message">One sentence for the operator, without secrets.</param>
    /// <exception cref="ArgumentException">The message is empty, or a rate limit has no wait and scope (use <see cref="RateLimited"/>).</exception>
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

    /// <summary>What kind of error it is.</summary>
    public SendErrorKind Kind { get; }

    /// <summary>Whether and when to try again.</summary>
    public SendRetry Retry { get; }

    /// <summary>One sentence for the operator.</summary>
    public string Message { get; }

    /// <summary>What a rate limit holds back; null for any other kind.</summary>
    public RateLimitScope? Scope { get; }

    /// <summary>The platform's own code, or null.</summary>
    public string? PlatformCode { get; init; }

    /// <summary>What the operator can do, or null.</summary>
    public string? Hint { get; init; }

    /// <summary>The platform wants us to wait.</summary>
    /// <param name="wait">How long, more than zero.</param>
    /// <param name="scope">What is held back.</param>
    /// <param name="message">One sentence for the operator.</param>
    /// <returns>The error.</returns>
    public static SendError RateLimited(TimeSpan wait, RateLimitScope scope, string message) =>
        new(SendErrorKind.RateLimited, SendRetry.After(wait), message, Ensure.Defined(scope, nameof(scope)));
}

/// <summary>Kinds of <see cref="SendError"/>.</summary>
public enum SendErrorKind
{
    /// <summary>The platform cannot take such a message.</summary>
    InvalidMessage,

    /// <summary>The text is too long.</summary>
    TooLong,

    /// <summary>The chat or message does not exist.</summary>
    NotFound,

    /// <summary>We may not write there.</summary>
    Forbidden,

    /// <summary>Our credential is not accepted.</summary>
    Unauthorized,

    /// <summary>We are too fast.</summary>
    RateLimited,

    /// <summary>Another session uses our account.</summary>
    Conflict,

    /// <summary>A passing fault of network or platform.</summary>
    Transient,

    /// <summary>A fault of the adapter.</summary>
    Internal,
}

/// <summary>What a rate limit holds back.</summary>
public enum RateLimitScope
{
    /// <summary>This chat.</summary>
    Chat,

    /// <summary>The whole account.</summary>
    Account,
}

/// <summary>Whether and when to send again.</summary>
public sealed record SendRetry
{
    /// <summary>Never: it cannot succeed.</summary>
    public static SendRetry Never { get; } = new(SendRetryKind.Never, TimeSpan.Zero);

    /// <summary>With the host's own backoff.</summary>
    public static SendRetry Now { get; } = new(SendRetryKind.Now, TimeSpan.Zero);

    /// <summary>When the adapter has reconnected.</summary>
    public static SendRetry AfterReconnect { get; } = new(SendRetryKind.AfterReconnect, TimeSpan.Zero);

    private SendRetry(SendRetryKind kind, TimeSpan delay)
    {
        Kind = kind;
        Delay = delay;
    }

    /// <summary>Whether and when.</summary>
    public SendRetryKind Kind { get; }

    /// <summary>The least wait, for <see cref="SendRetryKind.After"/>.</summary>
    public TimeSpan Delay { get; }

    /// <summary>Not before this much time has passed.</summary>
    /// <param name="delay">More than zero.</param>
    /// <returns>The retry.</returns>
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
    /// <summary>Never.</summary>
    Never,

    /// <summary>With backoff.</summary>
    Now,

    /// <summary>After a delay.</summary>
    After,

    /// <summary>After a reconnect.</summary>
    AfterReconnect,
}
