using System.Collections.Concurrent;
using PluginGateway.Guard;

namespace PluginGateway.Dispatch;

/// <summary>Which generation of which adapter is at work: the one table of that, for those who send past dispatch and for the listener. Dispatch has its own
/// view on its loop. Changed by the supervisor's thread, read by any.</summary>
internal sealed class AttachedAdapters
{
    private readonly ConcurrentDictionary<string, AttachedAdapter> _adapters = new(StringComparer.Ordinal);

    /// <summary>The generation at work under this id; null: none is.</summary>
    public AdapterPort? this[string adapterId] => _adapters.GetValueOrDefault(adapterId)?.Port;

    /// <summary>Every adapter that has been at work and is still configured, as it is now.</summary>
    public IEnumerable<AttachedAdapter> Known => _adapters.Values;

    /// <summary>Returns true when what it serves over HTTP has changed.</summary>
    public bool Attach(AdapterPort port)
    {
        var before = _adapters.GetValueOrDefault(port.AdapterId)?.Http;
        _adapters[port.AdapterId] = new(port.AdapterId, port, port.Http);
        return before != port.Http;
    }

    /// <summary>Lets go of what belongs to that generation. What the adapter serves stays known: it is served again after a reconnect. Returns true when it
    /// served something.</summary>
    public bool Detach(string adapterId, int generation)
    {
        if (_adapters.GetValueOrDefault(adapterId) is not { } known || known.Port?.Generation != generation) return false;
        _adapters[adapterId] = known with { Port = null, Http = known.Http is { } http ? http with { Server = null } : null };
        return known.Http is not null;
    }

    /// <summary>It is no longer configured. Returns true when it served something.</summary>
    public bool Forget(string adapterId) => _adapters.TryRemove(adapterId, out var known) && known.Http is not null;
}

/// <summary>An adapter that has been at work.</summary>
/// <param name="AdapterId">The operator's name for it.</param>
/// <param name="Port">The generation at work; null: none is.</param>
/// <param name="Http">What it serves over HTTP; null: nothing.</param>
internal sealed record AttachedAdapter(string AdapterId, AdapterPort? Port, HttpPort? Http);

/// <summary>What an adapter serves over HTTP.</summary>
/// <param name="PathPrefix">A path prefix it claims beside that of its id; null: none.</param>
/// <param name="WantsToken">Its pages want the gateway's token, where there is one.</param>
/// <param name="Server">Its guard; null while no generation of it is at work.</param>
internal sealed record HttpPort(string? PathPrefix, bool WantsToken, IGuardedHttp? Server);
