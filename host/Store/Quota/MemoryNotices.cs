namespace PluginGateway.Store.Quota;

/// <summary>Logs handlers whose sessions are forgotten for want of room: at most once a minute each. The writer's thread.</summary>
/// <param name="usage">Use of the store.</param>
/// <param name="quota">Largest number of bytes of the memory of a handler.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">The log.</param>
internal sealed class MemoryNotices(UsageTable usage, long quota, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (long Forgotten, long At)> _logged = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, MemoryUse> _seen = usage.Memory;

    /// <summary>Handlers whose sessions have been forgotten since they were logged last.</summary>
    public void Look()
    {
        var memory = usage.Memory;
        if (ReferenceEquals(memory, _seen)) return;
        foreach (var (handlerId, use) in memory)
        {
            var (forgotten, at) = _logged.TryGetValue(handlerId, out var last) ? last : (_seen.GetValueOrDefault(handlerId).Forgotten, 0);
            if (use.Forgotten <= forgotten || (at != 0 && clock.GetElapsedTime(at) < Interval)) continue;
            log.MemoryForgotten(handlerId, quota / (1024 * 1024), use.Forgotten - forgotten);
            _logged[handlerId] = (use.Forgotten, clock.GetTimestamp());
        }

        _seen = memory;
    }
}
