namespace PluginGateway.Plugins.Telegram;

/// <summary>How many failed polls a connection survives. A server that hiccups is asked again; a refusal, a silence as long as we can bear, or the third failure in a row ends it, and
/// the host reconnects with its own backoff.</summary>
internal sealed class PollPatience
{
    private const int MostFailures = 3;
    private static readonly TimeSpan LongestRateLimit = TimeSpan.FromMinutes(5);

    private int _failures;
    private bool _isTroubled;

    /// <summary>The pause before the next poll; null: enough.</summary>
    public TimeSpan? Try(ApiFailure failure)
    {
        _isTroubled = true;
        if (failure is { Kind: FailureKind.Refused, Code: 429 }) return failure.RetryAfter is { } wait && wait > LongestRateLimit ? null : failure.RetryAfter ?? TimeSpan.FromSeconds(5);
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
