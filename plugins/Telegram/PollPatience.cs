namespace PluginGateway.Plugins.Telegram;

/// <summary>How many failed polls a connection survives. A server that hiccups is asked again; a refusal, a silence as long as we can bear, or the third failure in a row ends it, and
/// the host reconnects with its own backoff.</summary>
/// <param name="mayMeetOurselves">True after a reconnect: the first conflict may come of a poll of our last connection that was under way for long. A second one is somebody else.</param>
internal sealed class PollPatience(bool mayMeetOurselves)
{
    private const int MostFailures = 3;
    private static readonly TimeSpan AfterConflict = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestRateLimit = TimeSpan.FromMinutes(5);

    private int _failures;
    private bool _isTroubled;
    private bool _forgives = mayMeetOurselves;

    /// <summary>The pause before the next poll; null: enough.</summary>
    public TimeSpan? Try(ApiFailure failure)
    {
        _isTroubled = true;
        if (failure is { Kind: FailureKind.Refused, Code: 429 }) return failure.RetryAfter is { } wait && wait > LongestRateLimit ? null : failure.RetryAfter ?? TimeSpan.FromSeconds(5);
        if (_forgives && failure is { Kind: FailureKind.Refused, Code: 409 } && failure.Says("terminated by other getUpdates"))
        {
            _forgives = false;
            return AfterConflict;
        }

        if (failure.Kind == FailureKind.Silent || failure is { Kind: FailureKind.Refused, Code: < 500 }) return null;
        return ++_failures < MostFailures ? TimeSpan.FromSeconds(_failures) : null;
    }

    /// <summary>A poll was answered.</summary>
    /// <returns>True when the one before was not.</returns>
    public bool Reset()
    {
        var wasTroubled = _isTroubled;
        (_failures, _isTroubled) = (0, false);
        return wasTroubled;
    }
}
