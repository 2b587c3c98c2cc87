using System.Collections.Concurrent;
using System.Diagnostics;

namespace PluginGateway.MatrixTests;

/// <summary>How slow the machine is for a thread that has nothing to do with the gateway: it sleeps, works for a millisecond, and looks how much
/// longer that took than it does on a machine with nothing else to do. A bound of the gateway is stretched by as much and no more.</summary>
internal static class Machine
{
    private const double Most = 20;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);
    private static readonly ConcurrentQueue<(DateTime End, double Slowness)> Samples = Observe();

    /// <summary>The bound, stretched by what happened to an innocent thread between these times.</summary>
    public static TimeSpan Within(TimeSpan bound, DateTime from, DateTime to)
    {
        var seen = Samples.Where(sample => sample.End > from - Margin && sample.End < to + Margin).Select(static sample => sample.Slowness)
            .DefaultIfEmpty(1).Average();
        return bound * Math.Clamp(seen / 2, 1, Most);
    }

    /// <summary>The same, until now.</summary>
    public static TimeSpan Within(TimeSpan bound, DateTime from) => Within(bound, from, DateTime.UtcNow);

    private static ConcurrentQueue<(DateTime End, double Slowness)> Observe()
    {
        var samples = new ConcurrentQueue<(DateTime End, double Slowness)>();
        var usual = Enumerable.Range(0, 50).Min(static _ => Time(TimeSpan.Zero)).TotalMilliseconds;
        new Thread(() =>
        {
            while (true) samples.Enqueue((DateTime.UtcNow, (Time(Step) - Step).TotalMilliseconds / usual));
        })
        { IsBackground = true, Name = "innocent" }.Start();
        return samples;
    }

    private static TimeSpan Time(TimeSpan sleep)
    {
        var began = Stopwatch.GetTimestamp();
        if (sleep > TimeSpan.Zero) Thread.Sleep(sleep);
        Work(1_000_000);
        return Stopwatch.GetElapsedTime(began);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static int Work(int steps)
    {
        var x = 1;
        for (var i = 0; i < steps; i++) x = (x * 31) + i;
        return x;
    }
}
