namespace PluginGateway.Plugins.Telegram;

/// <summary>Retry policy of polls. A transient failure is retried; a refusal, a silence up to the deadline, or the third failure in a row ends the
/// connection, and the host reconnects with its own backoff.</summary>
/// <remarks>The first conflict may come of a poll of our last connection, or of the process before this one, that the server still holds, or of
/// somebody who asked once. A second one soon after is another program.</remarks>
internal sealed class PollRetryPolicy(TimeProvider clock)
{
    /// <summary>The pause after a conflict: the server notices within it that the older poll is gone.</summary>
    public static readonly TimeSpan AfterConflict = TimeSpan.FromSeconds(3);

    /// <summary>Two conflicts that are farther apart than this, with answered polls between them, have nothing to do with each other.</summary>
    public static readonly TimeSpan ForgivesAgainAfter = TimeSpan.FromMinutes(10);

    private const int MostFailures = 3;
    private static readonly TimeSpan LongestRateLimit = TimeSpan.FromMinutes(5);

    private int _failures;
    private bool _isTroubled;
    private bool _wasAnswered;
    private long? _lastConflict;

    /// <summary>The pause before the next poll; null: enough.</summary>
    public TimeSpan? Try(ApiFailure failure)
    {
        _isTroubled = true;
        if (failure is { Kind: FailureKind.Refused, Code: 429 })
            return failure.RetryAfter is { } wait && wait > LongestRateLimit ? null : failure.RetryAfter ?? TimeSpan.FromSeconds(5);
        if (IsConflict(failure) && IsForgiven())
        {
            (_lastConflict, _wasAnswered) = (clock.GetTimestamp(), false);
            return AfterConflict;
        }

        if (failure.Kind == FailureKind.Silent || failure is { Kind: FailureKind.Refused, Code: < 500 }) return null;
        return ++_failures < MostFailures ? TimeSpan.FromSeconds(_failures) : null;
    }

    /// <summary>True: another poll of this bot was or is under way.</summary>
    public static bool IsConflict(ApiFailure failure) =>
        failure is { Kind: FailureKind.Refused, Code: 409 } && failure.Says("terminated by other getUpdates");

    /// <summary>A poll was answered.</summary>
    /// <returns>True when the one before was not.</returns>
    public bool Reset()
    {
        var wasTroubled = _isTroubled;
        (_failures, _isTroubled, _wasAnswered) = (0, false, true);
        return wasTroubled;
    }

    private bool IsForgiven() => _lastConflict is not { } last || (_wasAnswered && clock.GetElapsedTime(last) >= ForgivesAgainAfter);
}
