using PluginGateway.Threads;

namespace PluginGateway.Access;

/// <summary>Keeps strangers from filling the log: one line an adapter and cause in ten minutes, with the number of messages it stands for. Any
/// thread.</summary>
internal sealed class ThrottledLog(TimeProvider clock)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);

    private readonly object _gate = new();
    private readonly Dictionary<(string AdapterId, DiscardCause Cause), Line> _lines = [];

    /// <summary>Returns true when a line is due. <paramref name="others"/>: the number of lines left out since the last one, as text that ends the
    /// sentence.</summary>
    public bool TryAcquire(string adapterId, DiscardCause cause, out string others)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_lines.TryGetValue((adapterId, cause), out var line)) _lines.Add((adapterId, cause), line = new Line());
            others = line.PassedOver == 0 ? "" : $" ({line.PassedOver} more since this was last said)";
            if (line.SaidAt is { } said && clock.GetElapsedTime(said) < Silence)
            {
                line.PassedOver++;
                return false;
            }

            (line.SaidAt, line.PassedOver) = (clock.GetTimestamp(), 0);
            return true;
        }
    }

    /// <summary>The adapter id is no longer configured.</summary>
    public void Forget(string adapterId)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            foreach (var key in _lines.Keys.Where(key => key.AdapterId == adapterId).ToArray()) _lines.Remove(key);
        }
    }

    private sealed class Line
    {
        public long? SaidAt { get; set; }

        public int PassedOver { get; set; }
    }
}
