using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Events of an adapter that were refused and that its platform does not deliver again, since the start.</summary>
/// <param name="Events">Their number.</param>
/// <param name="SinceUtc">Time of the first.</param>
/// <param name="UntilUtc">Time of the last.</param>
internal sealed record LostEvents(long Events, DateTimeOffset SinceUtc, DateTimeOffset UntilUtc);

/// <summary>Counter of lost events, by adapter. One warning an adapter in ten minutes. Any thread.</summary>
internal sealed class LossCounter(TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);

    private readonly object _gate = new();
    private readonly Dictionary<string, (LostEvents Lost, long SaidAt)> _lost = new(StringComparer.Ordinal);

    public void Count(string adapterId, int events, string reason)
    {
        var now = clock.GetUtcNow();
        long total;
        using (UninterruptibleLock.Enter(_gate))
        {
            var isKnown = _lost.TryGetValue(adapterId, out var before);
            total = (before.Lost?.Events ?? 0) + events;
            var isSilent = isKnown && clock.GetElapsedTime(before.SaidAt) < Silence;
            _lost[adapterId] = (new(total, before.Lost?.SinceUtc ?? now, now), isSilent ? before.SaidAt : clock.GetTimestamp());
            if (isSilent) return;
        }

        log.EventsLost(adapterId, total, reason);
    }

    /// <summary>Returns the lost events of an adapter; null: none.</summary>
    public LostEvents? Of(string adapterId)
    {
        using (UninterruptibleLock.Enter(_gate)) return _lost.GetValueOrDefault(adapterId).Lost;
    }

    /// <summary>An adapter id is no longer configured.</summary>
    public void Forget(string adapterId)
    {
        using (UninterruptibleLock.Enter(_gate)) _lost.Remove(adapterId);
    }
}
