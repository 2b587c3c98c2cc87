using PluginGateway.Threads;

namespace PluginGateway.Logging;

/// <summary>The rate of log lines of one plugin: 100 lines a second, 1,000 at once. Lines over it are dropped and counted, so that a plugin that
/// floods the log fills neither the disk nor the queue in which the gateway's own lines wait. Any thread; never blocks.</summary>
internal sealed class LogRateLimit(TimeProvider clock)
{
    public const int LinesPerSecond = 100;
    public const int Burst = 1000;
    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private double _room = Burst;
    private long _filled = clock.GetTimestamp();
    private long _reported = long.MinValue;
    private long _unreported;

    /// <summary>Returns false if the line is to be dropped. <paramref name="report"/> above 0: number of lines dropped since the last report, to be
    /// logged now; at most once in 10 s, and only with a line: the number for the end of a flood is logged when the plugin logs again.</summary>
    public bool TryAcquire(out long report)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            var now = clock.GetTimestamp();
            _room = Math.Min(Burst, _room + clock.GetElapsedTime(_filled, now).TotalSeconds * LinesPerSecond);
            _filled = now;
            var isAdmitted = _room >= 1;
            if (isAdmitted) _room--;
            else _unreported++;
            report = 0;
            if (_unreported > 0 && (_reported == long.MinValue || clock.GetElapsedTime(_reported, now) >= BetweenReports))
                (report, _unreported, _reported) = (_unreported, 0, now);
            return isAdmitted;
        }
    }
}
