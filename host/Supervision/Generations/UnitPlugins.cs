using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>Plugins of the generations of one unit: loads them when it gets a permit, keeps the one for the next generation, and unloads those no
/// longer used. Only the supervisor's thread.</summary>
/// <param name="id">The unit's id.</param>
/// <param name="role">Role of the unit; takes the declaration of each plugin that is kept.</param>
/// <param name="calls">Runs calls that could block, with deadlines.</param>
/// <param name="services">The loader and the permits to load.</param>
internal sealed class UnitPlugins(string id, IUnitRole role, LifecycleCalls calls, UnitServices services)
{
    private readonly PendingUnloads _unloads = new(services.Clock, UnloadSweep.Request);
    private readonly List<LoadedPlugin> _outdated = [];
    private LoadedPlugin? _next;
    private LoadPermit? _permit;
    private bool _loadsSlowly;

    /// <summary>Plugin of the next generation; null: it is loaded when it is needed. Never a discarded one.</summary>
    public LoadedPlugin? Next => _next is { IsDiscarded: false } next ? next : null;

    /// <summary>Manifest and content hash of that plugin. Any thread.</summary>
    public LoadedFrom? Loaded { get; private set; }

    /// <summary>Earlier contexts that something of the plugin keeps in memory.</summary>
    public int UnloadsPending => _unloads.Count;

    /// <summary>Plugins that are still in memory though no generation will be made from them.</summary>
    public int Left => _outdated.Count + _unloads.Left;

    /// <summary>True while others load before it.</summary>
    public bool AwaitsPermit => _permit is { IsWaiting: true };

    /// <summary>Loads the plugin of the next generation when it gets a permit, which lasts until <see cref="ReleasePermit"/>.</summary>
    /// <param name="spec">Its specification.</param>
    /// <param name="isIsolated">True when it gets a worker.</param>
    /// <param name="isFresh">True when it needs a context of its own.</param>
    /// <param name="ended">Called with the plugin, or the failure, on any thread: must only post.</param>
    public void BeginLoad(UnitSpec spec, bool isIsolated, bool isFresh, Action<LoadedPlugin?, Failure?> ended)
    {
        var request = RequestFor(spec, isIsolated, isFresh);
        _permit = services.Supervisor.Loads.Acquire(_ => Load(request, spec.Timeouts.Load, ended), role.Kind == PluginKind.Handler, _loadsSlowly);
    }

    /// <summary>Loads a plugin for the next generation, in a context of its own and with a permit of its own. Any thread.</summary>
    /// <param name="spec">Its specification.</param>
    /// <param name="isIsolated">True when it gets a worker.</param>
    /// <param name="began">Called when the load begins, on any thread.</param>
    /// <param name="ended">Called with the plugin, or the failure, on any thread: must only post.</param>
    public LoadPermit BeginCandidate(UnitSpec spec, bool isIsolated, Action began, Action<LoadedPlugin?, Failure?> ended)
    {
        var request = RequestFor(spec, isIsolated, isFresh: true);
        return services.Supervisor.Loads.Acquire(
            permit =>
            {
                began();
                Load(request, spec.Timeouts.Load, (loaded, failure) =>
                {
                    permit.GiveBack();
                    ended(loaded, failure);
                });
            },
            role.Kind == PluginKind.Handler);
    }

    /// <summary>Gives the permit back: the loaded plugin's instance has been created and checked, or is no longer wanted.</summary>
    public void ReleasePermit()
    {
        if (_permit is not { } permit) return;
        _permit = null;
        permit.GiveBack();
        _loadsSlowly = permit.HasRunOut;
    }

    /// <summary>Takes a plugin that has been loaded, unless another has taken its place meanwhile.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="isWanted">True when the unit is still configured as it was when the load began.</param>
    public void Take(LoadedPlugin plugin, bool isWanted)
    {
        if (isWanted && !plugin.IsDiscarded && (Next is not { } next || next == plugin)) Keep(plugin);
        else Discard(plugin);
    }

    /// <summary>Sets the plugin of the next generation; null: one is loaded when it is needed.</summary>
    public void Renew(LoadedPlugin? candidate)
    {
        if (_next is { } old) Discard(old);
        Keep(candidate);
    }

    /// <summary>Discards a plugin: no further generation is made from it, and it is unloaded as soon as none uses it.</summary>
    public void Discard(LoadedPlugin plugin)
    {
        if (plugin.IsDiscarded) return;
        plugin.Discard();
        _outdated.Add(plugin);
    }

    /// <summary>Unloads the contexts of discarded plugins that no generation uses, each within <paramref name="limit"/>.</summary>
    public void CollectGarbage(Predicate<LoadedPlugin> isInUse, TimeSpan limit)
    {
        for (var i = _outdated.Count - 1; i >= 0; i--)
        {
            var plugin = _outdated[i];
            if (isInUse(plugin)) continue;
            _outdated.RemoveAt(i);
            _unloads.Add(plugin);
            calls.Start(new WorkCall<object>(Operation.Unload, () => Unload(plugin), null), null, limit);
        }

        _unloads.Poll();
    }

    private void Keep(LoadedPlugin? plugin)
    {
        _next = plugin;
        Loaded = plugin is null ? null : new LoadedFrom(plugin.Manifest, plugin.ContentHash);
        if (plugin is not null) role.Declare(id, plugin.Manifest);
    }

    private void Load(LoadRequest request, TimeSpan limit, Action<LoadedPlugin?, Failure?> ended)
    {
        var sink = new PostingSink(call => ended(((WorkCall<LoadedPlugin>)call).Value, FailureMapping.Of(call)));
        var load = new WorkCall<LoadedPlugin>(Operation.Load, () => services.Loader.Load(request), sink) { Late = static plugin => plugin.Unload() };
        calls.Start(load, null, limit);
    }

    private LoadRequest RequestFor(UnitSpec spec, bool isIsolated, bool isFresh) => new()
    {
        Name = spec.Plugin,
        Kind = role.Kind,
        ContextName = id,
        DataDirectory = services.DataDirectory,
        PluginPaths = spec.PluginPaths,
        Sha256 = spec.Sha256,
        RequiresPin = spec.RequiresPin,
        Isolated = isIsolated,
        Fresh = isFresh,
    };

    private static object Unload(LoadedPlugin plugin)
    {
        plugin.Unload();
        return plugin;
    }
}

/// <summary>Manifest and content hash of a unit's loaded plugin.</summary>
internal sealed record LoadedFrom(PluginManifest Manifest, string ContentHash);
