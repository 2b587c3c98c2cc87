using System.Diagnostics;

namespace PluginGateway.Benchmarks;

/// <summary>What one call cost in one round.</summary>
internal readonly record struct Cost(double Nanoseconds, double Bytes);

/// <summary>Measures contenders side by side: one round of each after the other, again and again, so that a busy moment of the machine hits all of
/// them; the median counts.</summary>
internal static class Rounds
{
    /// <summary>Long enough for the compiler's last tier, also on a busy machine.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    /// <summary>The median cost of each contender, in their order.</summary>
    public static Cost[] Medians(int rounds, params Func<Cost>[] contenders)
    {
        var costs = Array.ConvertAll(contenders, static _ => new List<Cost>());
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < WarmUp)
        {
            foreach (var contender in contenders) contender();
        }

        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < contenders.Length; i++) costs[i].Add(contenders[i]());
        }

        return Array.ConvertAll(
            costs, static list => new Cost(Median(list.Select(static cost => cost.Nanoseconds)), Median(list.Select(static cost => cost.Bytes))));
    }

    /// <summary>The cost a call of something that runs on this thread from its beginning to its end.</summary>
    public static Cost OnThisThread(int calls, Action run)
    {
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        run();
        var took = Stopwatch.GetElapsedTime(started);
        return new Cost(took.TotalNanoseconds / calls, (GC.GetAllocatedBytesForCurrentThread() - bytes) / (double)calls);
    }

    /// <summary>The cost a call of something that runs on several threads; the bytes are the whole process's.</summary>
    public static Cost OnAllThreads(int calls, Action run)
    {
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        run();
        var took = Stopwatch.GetElapsedTime(started);
        return new Cost(took.TotalNanoseconds / calls, (GC.GetTotalAllocatedBytes(precise: true) - bytes) / (double)calls);
    }

    /// <summary>Two contenders in short rounds that alternate, so that whatever else the machine does meets both: what each reached in each pair of
    /// rounds. The first pair warms up.</summary>
    public static (T Ours, T Theirs)[] Pairs<T>(int rounds, Func<T> ours, Func<T> theirs)
    {
        var pairs = new (T, T)[rounds + 1];
        for (var round = 0; round <= rounds; round++) pairs[round] = round % 2 == 0 ? (ours(), theirs()) : Swapped(theirs(), ours());
        return pairs[1..];

        static (T, T) Swapped(T theirs, T ours) => (ours, theirs);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
