using PluginGateway.Threads;

namespace PluginGateway.Isolation.Processes;

/// <summary>Limit of the worker processes that start at once: each takes a processor for a while, and with all of them at once none would meet its
/// deadline. One adapter holds at most one permit at a time, however its workers end.</summary>
/// <param name="most">How many start at once.</param>
internal sealed class StartThrottle(int most)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, int> _held = new(StringComparer.Ordinal);
    private int _free = most;

    /// <summary>Blocks until a permit is free, for <paramref name="atMost"/> at most; then the caller goes on without waiting for one.</summary>
    public void Acquire(string adapterId, TimeSpan atMost)
    {
        var until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        using (UninterruptibleLock.Enter(_gate))
        {
            while (_free <= 0 || _held.GetValueOrDefault(adapterId) > 0)
            {
                var left = until - Environment.TickCount64;
                if (left <= 0) break;
                UninterruptibleLock.Wait(_gate, TimeSpan.FromMilliseconds(left));
            }

            _free--;
            _held[adapterId] = _held.GetValueOrDefault(adapterId) + 1;
        }
    }

    public void Release(string adapterId)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _free++;
            if (--_held[adapterId] == 0) _held.Remove(adapterId);
            // The next in line may be of an adapter that holds a permit: all look again.
            Monitor.PulseAll(_gate);
        }
    }
}
