using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Isolation.Remote;

/// <summary>How fast a worker may say what needs no answer: events, lines for the log, faults, its health. One that says more is read more slowly,
/// so what it says waits on its own side, and nothing is lost. Only the thread that reads
/// its connection.</summary>
internal sealed class NotificationRateLimit(TimeProvider clock)
{
    /// <summary>Units that come back each second, and those that can be used at once.</summary>
    public const int Rate = 4_000, Burst = 8_000;

    /// <summary>One unit more for each of so many bytes.</summary>
    private const int BytesAUnit = 16 * 1024;

    /// <summary>A notice for the supervisor or the log costs more than an event.</summary>
    private const int OfSupervision = 40;

    private double _room = Burst;
    private long _filled = clock.GetTimestamp();

    /// <summary>How long to wait before the next one is read.</summary>
    public TimeSpan DelayAfter(RemoteOperation operation, int bytes)
    {
        var now = clock.GetTimestamp();
        _room = Math.Min(Burst, _room + (clock.GetElapsedTime(_filled, now).TotalSeconds * Rate));
        _filled = now;
        _room -= (operation is RemoteOperation.Publish or RemoteOperation.Log ? 1 : OfSupervision) + (bytes / BytesAUnit);
        return _room >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_room / Rate);
    }
}
