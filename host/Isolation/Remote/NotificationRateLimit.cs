using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Remote;

/// <summary>Rate limit of a worker's notices: events, log lines, faults, health reports. The channel of a worker that exceeds it is read more slowly,
/// so its notices wait on its own side, and none is lost. Only the thread that reads the channel.</summary>
internal sealed class NotificationRateLimit(TimeProvider clock)
{
    /// <summary>Units that come back each second, and those that can be used at once.</summary>
    public const int Rate = 4_000, Burst = 8_000;

    /// <summary>Bytes of a notice for which one more unit is counted.</summary>
    private const int BytesAUnit = 16 * 1024;

    /// <summary>Units of a notice for the supervisor; an event or a log line costs one.</summary>
    private const int OfSupervision = 40;

    private double _room = Burst;
    private long _filled = clock.GetTimestamp();

    /// <summary>Counts a notice and returns the wait before the next one is read.</summary>
    public TimeSpan DelayAfter(RemoteOperation operation, int bytes)
    {
        var now = clock.GetTimestamp();
        _room = Math.Min(Burst, _room + (clock.GetElapsedTime(_filled, now).TotalSeconds * Rate));
        _filled = now;
        _room -= (operation is RemoteOperation.Publish or RemoteOperation.Log ? 1 : OfSupervision) + (bytes / BytesAUnit);
        return _room >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_room / Rate);
    }
}
