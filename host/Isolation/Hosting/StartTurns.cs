using PluginGateway.Threads;

namespace PluginGateway.Isolation.Hosting;

/// <summary>Processes that start take a processor each for a while: with all of them at once none would be there in its time. So they take turns.</summary>
/// <param name="most">How many start at once.</param>
internal sealed class StartTurns(int most)
{
    private readonly object _gate = new();
    private int _free = most;

    /// <summary>Blocks until it is the caller's turn; who has waited for so long goes on all the same.</summary>
    public void Take(TimeSpan atMost)
    {
        var until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        using (Held.On(_gate))
        {
            while (_free <= 0)
            {
                var left = until - Environment.TickCount64;
                if (left <= 0) break;
                Held.Wait(_gate, TimeSpan.FromMilliseconds(left));
            }

            _free--;
        }
    }

    public void GiveBack()
    {
        using (Held.On(_gate))
        {
            _free++;
            Monitor.Pulse(_gate);
        }
    }
}
