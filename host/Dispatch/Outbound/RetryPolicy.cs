using System.Globalization;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>What follows an attempt to deliver.</summary>
internal enum DeliveryDecisionKind
{
    /// <summary>The platform has it.</summary>
    Delivered,

    /// <summary>It will never take it.</summary>
    Reject,

    /// <summary>The operator decides.</summary>
    Park,

    /// <summary>Again, after <see cref="DeliveryDecision.Delay"/>.</summary>
    Again,

    /// <summary>Again, when the adapter has reconnected.</summary>
    AfterReconnect,
}

/// <summary>A verdict, with the wait and the reason an operator sees.</summary>
internal readonly record struct DeliveryDecision(DeliveryDecisionKind Verdict, TimeSpan Delay, string Reason)
{
    /// <summary>It is not sent again by itself.</summary>
    public bool IsFinal => Verdict is DeliveryDecisionKind.Reject or DeliveryDecisionKind.Park;
}

/// <summary>Decides what follows an attempt to deliver: backoff from 1 s doubling to 60 s with jitter, for a day or 50 attempts.</summary>
internal sealed class RetryPolicy(Random random)
{
    public const int MaxAttempts = 50;

    /// <summary>After a long time without the adapter a message still gets a few attempts.</summary>
    public const int LeastAttempts = 5;

    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>The longest wait that a plugin can ask for or declare: a wrong one must not silence an adapter for good. A message that shall wait longer is parked.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private const int MaxCode = 100;
    private const double FirstSeconds = 1;
    private const double CapSeconds = 60;

    /// <summary>Between half the step and all of it.</summary>
    public TimeSpan Backoff(int attempt) =>
        TimeSpan.FromSeconds(Math.Min(CapSeconds, FirstSeconds * Math.Pow(2, Math.Clamp(attempt, 1, 30) - 1)) * (0.5 + (0.5 * random.NextDouble())));

    /// <summary>Decides about one attempt.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="attempt">Which one it was, from 1.</param>
    /// <param name="age">How long the message has been owed.</param>
    /// <param name="mayRepeat">Whether it may be sent again when nobody knows.</param>
    public DeliveryDecision Decide(SendResult result, int attempt, TimeSpan age, bool mayRepeat) => result.Outcome switch
    {
        SendOutcome.Sent => new(DeliveryDecisionKind.Delivered, TimeSpan.Zero, ""),
        SendOutcome.Unknown => DecideUnknown(Describe(result.Error!), attempt, age, mayRepeat),
        _ => Retry(result.Error!, attempt, age),
    };

    /// <summary>Decides about a message of which nobody knows whether it arrived.</summary>
    public DeliveryDecision DecideUnknown(string reason, int attempt, TimeSpan age, bool mayRepeat) => mayRepeat
        ? GiveUp(reason, attempt, age) ?? new(DeliveryDecisionKind.Again, Backoff(attempt), reason)
        : new(DeliveryDecisionKind.Park, TimeSpan.Zero, $"It may have arrived: {reason}");

    private DeliveryDecision Retry(SendError error, int attempt, TimeSpan age)
    {
        var reason = Describe(error);
        if (error.Retry.Kind == SendRetryKind.Never) return new(DeliveryDecisionKind.Reject, TimeSpan.Zero, reason);
        if (GiveUp(reason, attempt, age) is { } over) return over;
        if (error.Retry.Kind == SendRetryKind.AfterReconnect) return new(DeliveryDecisionKind.AfterReconnect, TimeSpan.Zero, reason);
        var backoff = Backoff(attempt);
        // A demanded wait is kept to the letter and never shortened; a short one does not make us hammer a platform that keeps failing.
        var delay = error.Kind == SendErrorKind.RateLimited || error.Retry.Delay > backoff ? error.Retry.Delay : backoff;
        return delay <= LongestWait ? new(DeliveryDecisionKind.Again, delay, reason)
            : new(DeliveryDecisionKind.Park, TimeSpan.Zero, $"The platform demands a wait of {Days(delay)}, and {LongestWait.TotalHours:0} h is the longest that is kept; send it again when it may go. {reason}");
    }

    private static DeliveryDecision? GiveUp(string reason, int attempt, TimeSpan age) =>
        attempt >= MaxAttempts || (age >= MaxAge && attempt >= LeastAttempts)
            ? new(DeliveryDecisionKind.Park, TimeSpan.Zero, $"Given up after {attempt} attempts in {age.TotalHours:0.#} h: {reason}")
            : null;

    private static string Days(TimeSpan wait) => wait.TotalDays >= 2 ? string.Create(CultureInfo.InvariantCulture, $"{wait.TotalDays:0} days") : string.Create(CultureInfo.InvariantCulture, $"{wait.TotalHours:0.#} h");

    /// <summary>What is kept of a wait, whatever a plugin asks for.</summary>
    public static TimeSpan Bounded(TimeSpan wait) => wait < LongestWait ? wait : LongestWait;

    /// <summary>What is stored and logged of an error. A plugin may have made its texts of any length.</summary>
    private static string Describe(SendError error)
    {
        var code = error.PlatformCode is { } given ? $" ({Sanitized(given, MaxCode)})" : "";
        var hint = error.Hint is { } advice ? $" {Sanitized(advice, int.MaxValue)}" : "";
        return $"{error.Kind}{code}: {Sanitized(error.Message, int.MaxValue)}{hint}";
    }

    private static string Sanitized(string text, int most)
    {
        var bounded = CallFailure.Bounded(text);
        return TextSanitizer.Sanitize(bounded.Length <= most ? bounded : bounded[..most]);
    }
}
