using System.Globalization;

namespace PluginGateway.Dispatch.Turns;

/// <summary>How often a turn runs, and how long it waits in between.</summary>
internal static class TurnPolicy
{
    public const int MaxAttempts = 3;

    /// <summary>How long a backend may be away before its messages are parked.</summary>
    public static readonly TimeSpan LongestPutOff = TimeSpan.FromHours(24);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    public static TimeSpan Backoff(int attempt) => TimeSpan.FromSeconds(attempt <= 1 ? 1 : 5);

    /// <summary>1 s doubling to 60 s, or what the backend demands, if that is more; never over 5 minutes.</summary>
    public static TimeSpan Defer(int times, TimeSpan demanded)
    {
        var wait = TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Min(times, 10) - 1)));
        if (demanded > wait) wait = demanded;
        return wait < LongestWait ? wait : LongestWait;
    }
}
