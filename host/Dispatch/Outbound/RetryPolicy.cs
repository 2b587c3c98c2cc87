using System.Globalization;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Decision after an attempt to deliver.</summary>
internal enum DeliveryDecisionKind
{
    /// <summary>The platform has the message.</summary>
    Delivered,

    /// <summary>The platform will never take the message.</summary>
    Reject,

    /// <summary>The message waits for the operator.</summary>
    Park,

    /// <summary>Another attempt, after <see cref="DeliveryDecision.Delay"/>.</summary>
    Again,

    /// <summary>Another attempt, when the adapter has reconnected.</summary>
    AfterReconnect,
}

/// <summary>A decision, with the wait and the reason for the operator.</summary>
internal readonly record struct DeliveryDecision(DeliveryDecisionKind Verdict, TimeSpan Delay, string Reason)
{
    /// <summary>True when the message is not sent again by itself.</summary>
    public bool IsFinal => Verdict is DeliveryDecisionKind.Reject or DeliveryDecisionKind.Park;
}

/// <summary>Decides what follows an attempt to deliver: backoff from 1 s doubling to 60 s with jitter, for a day or 50 attempts.</summary>
internal sealed class RetryPolicy(Random random)
{
    public const int MaxAttempts = 50;

    /// <summary>Least number of attempts: after a long time without the adapter a message still gets these.</summary>
    public const int LeastAttempts = 5;

    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>Longest wait that a plugin can demand or declare: a wrong one must not silence an adapter for good. A message with a longer demanded
    /// wait is parked.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private const int MaxCode = 100;
    private const double FirstSeconds = 1;
    private const double CapSeconds = 60;

    /// <summary>Returns a random wait between half the step and all of it.</summary>
    public TimeSpan Backoff(int attempt) =>
        TimeSpan.FromSeconds(Math.Min(CapSeconds, FirstSeconds * Math.Pow(2, Math.Clamp(attempt, 1, 30) - 1)) * (0.5 + (0.5 * random.NextDouble())));

    /// <summary>Decides about one attempt.</summary>
    /// <param name="result">The result of the attempt.</param>
    /// <param name="attempt">The number of the attempt, from 1.</param>
    /// <param name="age">Time for which the message has been owed.</param>
    /// <param name="mayRepeat">True when the message may be sent again after an unknown outcome.</param>
    public DeliveryDecision Decide(SendResult result, int attempt, TimeSpan age, bool mayRepeat) => result.Outcome switch
    {
        SendOutcome.Sent => new(DeliveryDecisionKind.Delivered, TimeSpan.Zero, ""),
        SendOutcome.Unknown => DecideUnknown(Describe(result.Error!), attempt, age, mayRepeat),
        _ => Retry(result.Error!, attempt, age),
    };

    /// <summary>Decides about a message whose outcome is unknown.</summary>
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
        // A demanded wait is kept exactly and never shortened; a short one does not make the gateway hammer a platform that keeps failing.
        var delay = error.Kind == SendErrorKind.RateLimited || error.Retry.Delay > backoff ? error.Retry.Delay : backoff;
        return delay <= LongestWait ? new(DeliveryDecisionKind.Again, delay, reason)
            : new(DeliveryDecisionKind.Park, TimeSpan.Zero,
                $"The platform demands a wait of {Days(delay)}, and {LongestWait.TotalHours:0} h is the longest that is kept; send it again when it may go. {reason}");
    }

    private static DeliveryDecision? GiveUp(string reason, int attempt, TimeSpan age) =>
        attempt >= MaxAttempts || (age >= MaxAge && attempt >= LeastAttempts)
            ? new(DeliveryDecisionKind.Park, TimeSpan.Zero, $"Given up after {attempt} attempts in {age.TotalHours:0.#} h: {reason}")
            : null;

    private static string Days(TimeSpan wait) => wait.TotalDays >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{wait.TotalDays:0} days")
        : string.Create(CultureInfo.InvariantCulture, $"{wait.TotalHours:0.#} h");

    /// <summary>Returns a demanded wait, bounded by <see cref="LongestWait"/>.</summary>
    public static TimeSpan Bounded(TimeSpan wait) => wait < LongestWait ? wait : LongestWait;

    /// <summary>Describes an error for the store and the log. A plugin's texts may be of any length; they are cut.</summary>
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
