using System.Globalization;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Number of attempts at a turn, and waits between them.</summary>
internal static class TurnPolicy
{
    public const int MaxAttempts = 3;

    /// <summary>Longest time for which a turn is deferred before its message is parked.</summary>
    public static readonly TimeSpan LongestPutOff = TimeSpan.FromHours(24);

    /// <summary>Wait after a refused call: the handler was retired and is about to be detached.</summary>
    public static readonly TimeSpan AfterRefusal = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    public static TimeSpan Backoff(int attempt) => TimeSpan.FromSeconds(attempt <= 1 ? 1 : 5);

    /// <summary>Returns the wait after a deferral: 1 s doubling to 60 s, or that which the backend demands, if it is longer; never over 5
    /// minutes.</summary>
    public static TimeSpan Defer(int times, TimeSpan demanded)
    {
        var wait = TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Min(times, 10) - 1)));
        if (demanded > wait) wait = demanded;
        return wait < LongestWait ? wait : LongestWait;
    }
}
