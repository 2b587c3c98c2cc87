using System.Collections.Concurrent;

namespace PluginGateway.Dispatch;

/// <summary>The generations that can deliver now, for those who send past dispatch. Written by the supervisor's thread, read by any.</summary>
internal sealed class AttachedAdapters
{
    private readonly ConcurrentDictionary<string, AdapterPort> _ports = new(StringComparer.Ordinal);

    /// <summary>The generation at work under this id; null: none is.</summary>
    public AdapterPort? this[string adapterId] => _ports.GetValueOrDefault(adapterId);

    public void Attach(AdapterPort port) => _ports[port.AdapterId] = port;

    public void Detach(string adapterId, int generation)
    {
        if (_ports.TryGetValue(adapterId, out var port) && port.Generation == generation) _ports.TryRemove(adapterId, out _);
    }
}
