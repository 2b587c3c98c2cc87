using PluginGateway.Threads;

namespace PluginGateway.Isolation.Processes;

/// <summary>Processes that start take a processor each for a while: with all of them at once none would be there in its time. So they take turns;
/// one adapter has one at a time, whatever becomes of its workers.</summary>
/// <param name="most">How many start at once.</param>
internal sealed class StartThrottle(int most)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, int> _held = new(StringComparer.Ordinal);
    private int _free = most;

    /// <summary>Blocks until it is the caller's turn; who has waited for so long goes on all the same.</summary>
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
            // The next in line may be one of an adapter that has a turn: whoever can take it is to look.
            Monitor.PulseAll(_gate);
        }
    }
}
