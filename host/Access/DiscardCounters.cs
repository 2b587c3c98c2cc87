using System.Collections.Concurrent;
using PluginGateway.Threads;

namespace PluginGateway.Access;

/// <summary>Numbers of discarded messages since the start, by adapter and cause. Any thread.</summary>
internal sealed class DiscardCounters
{
    private static readonly DiscardCause[] Causes = Enum.GetValues<DiscardCause>();

    private readonly ConcurrentDictionary<string, long[]> _counts = new(StringComparer.Ordinal);

    public void Count(string adapterId, DiscardCause cause) => Interlocked.Increment(ref CountsOf(adapterId)[(int)cause]);

    /// <summary>The adapter id is no longer configured.</summary>
    public void Forget(string adapterId) => UninterruptibleLock.Uninterrupted(() => _counts.TryRemove(adapterId, out _));

    /// <summary>The causes that have occurred, in their order.</summary>
    public IReadOnlyDictionary<string, long> Of(string adapterId)
    {
        var read = new Dictionary<string, long>();
        if (!_counts.TryGetValue(adapterId, out var counts)) return read;
        foreach (var cause in Causes)
        {
            if (Interlocked.Read(ref counts[(int)cause]) is > 0 and var count) read.Add(cause.Name(), count);
        }

        return read;
    }

    private long[] CountsOf(string adapterId) =>
        _counts.TryGetValue(adapterId, out var counts)
        ? counts
        : UninterruptibleLock.Uninterrupted(() => _counts.GetOrAdd(adapterId, static _ => new long[Causes.Length]));
}
