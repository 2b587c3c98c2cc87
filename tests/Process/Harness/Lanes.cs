using System.Collections.Concurrent;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>The same work side by side, on threads of its own.</summary>
internal static class Lanes
{
    /// <summary>No more than the machine has processors.</summary>
    public static int Count { get; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>Runs every item on one of the lanes; the first failure keeps further items from starting, and is thrown.</summary>
    public static void Run<T>(IEnumerable<T> items, Action<T> work)
    {
        var waiting = new ConcurrentQueue<T>(items);
        var failures = new ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, Count).Select(_ => new Thread(() =>
        {
            while (failures.IsEmpty && waiting.TryDequeue(out var item))
            {
                try
                {
                    work(item);
                }
                catch (Exception failure)
                {
                    failures.Enqueue(failure);
                }
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (!failures.IsEmpty) throw new AggregateException(failures);
    }
}
