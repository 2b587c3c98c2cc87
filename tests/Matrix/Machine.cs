using System.Collections.Concurrent;
using System.Diagnostics;

namespace PluginGateway.MatrixTests;

/// <summary>What the machine takes from a thread that has nothing to do with the gateway: time that no bound may count against it. Measured by a thread that only sleeps.</summary>
internal static class Machine
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly ConcurrentQueue<(DateTime End, TimeSpan Lost)> Stalls = Observe();

    /// <summary>The bound, and what an innocent thread lost between these times.</summary>
    public static TimeSpan Within(TimeSpan bound, DateTime from, DateTime to) =>
        bound + Stalls.Where(stall => stall.End > from && stall.End - stall.Lost < to).Aggregate(TimeSpan.Zero, static (sum, stall) => sum + stall.Lost);

    /// <summary>The same, until now.</summary>
    public static TimeSpan Within(TimeSpan bound, DateTime from) => Within(bound, from, DateTime.UtcNow);

    private static ConcurrentQueue<(DateTime End, TimeSpan Lost)> Observe()
    {
        var stalls = new ConcurrentQueue<(DateTime End, TimeSpan Lost)>();
        new Thread(() =>
        {
            while (true)
            {
                var clock = Stopwatch.GetTimestamp();
                Thread.Sleep(Step);
                var lost = Stopwatch.GetElapsedTime(clock) - Step;
                if (lost > TimeSpan.FromMilliseconds(5)) stalls.Enqueue((DateTime.UtcNow, lost));
            }
        }) { IsBackground = true, Name = "innocent" }.Start();
        return stalls;
    }
}
