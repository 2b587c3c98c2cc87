using System.Collections.Concurrent;
using PluginGateway.Guard;

namespace PluginGateway.Dispatch;

/// <summary>Table of the attached generation of each adapter, for callers that send past dispatch and for the HTTP listener. Dispatch has its own
/// view on its loop. Changed by the supervisor's thread, read by any.</summary>
internal sealed class AttachedAdapters
{
    private readonly ConcurrentDictionary<string, AttachedAdapter> _adapters = new(StringComparer.Ordinal);

    /// <summary>The attached generation of this id; null when there is none.</summary>
    public AdapterPort? this[string adapterId] => _adapters.GetValueOrDefault(adapterId)?.Port;

    /// <summary>Every adapter that has been attached and is still configured, as of now.</summary>
    public IEnumerable<AttachedAdapter> Known => _adapters.Values;

    /// <summary>Records a generation. Returns true when its HTTP port differs from the one before.</summary>
    public bool Attach(AdapterPort port)
    {
        var before = _adapters.GetValueOrDefault(port.AdapterId)?.Http;
        _adapters[port.AdapterId] = new(port.AdapterId, port, port.Http);
        return before != port.Http;
    }

    /// <summary>Removes a generation. The HTTP port of the adapter stays known: it is served again after a reconnect. Returns true when the adapter
    /// has one.</summary>
    public bool Detach(string adapterId, int generation)
    {
        if (_adapters.GetValueOrDefault(adapterId) is not { } known || known.Port?.Generation != generation) return false;
        _adapters[adapterId] = known with { Port = null, Http = known.Http is { } http ? http with { Server = null } : null };
        return known.Http is not null;
    }

    /// <summary>Removes an adapter that is no longer configured. Returns true when it had an HTTP port.</summary>
    public bool Forget(string adapterId) => _adapters.TryRemove(adapterId, out var known) && known.Http is not null;
}

/// <summary>An adapter that has been attached.</summary>
/// <param name="AdapterId">The adapter's id.</param>
/// <param name="Port">The attached generation; null when there is none.</param>
/// <param name="Http">The adapter's HTTP port; null when it serves nothing.</param>
internal sealed record AttachedAdapter(string AdapterId, AdapterPort? Port, HttpPort? Http);

/// <summary>HTTP port of an adapter.</summary>
/// <param name="PathPrefix">A path prefix that the adapter claims beside that of its id; null: none.</param>
/// <param name="WantsToken">True when its pages require the gateway's token, if there is one.</param>
/// <param name="Server">The adapter's guard; null while no generation is attached.</param>
internal sealed record HttpPort(string? PathPrefix, bool WantsToken, IGuardedHttp? Server);
