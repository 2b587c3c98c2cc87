using PluginGateway.Threads;

namespace PluginGateway.Access;

/// <summary>Keeps strangers from filling the log: one line for an adapter and a cause in ten minutes, with how many it stands for. Any thread.</summary>
internal sealed class ThrottledLog(TimeProvider clock)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);

    private readonly object _gate = new();
    private readonly Dictionary<(string AdapterId, DiscardCause Cause), Line> _lines = [];

    /// <summary>Whether to say it now. <paramref name="others"/>: how many were passed over since the last time, in words that end the sentence.</summary>
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

    private sealed class Line
    {
        public long? SaidAt { get; set; }

        public int PassedOver { get; set; }
    }
}
