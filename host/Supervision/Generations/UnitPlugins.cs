using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>What the generations of one unit are made from: loads plugins when it gets a permit, keeps the one for the next generation, and
/// unloads those that have had their day. Only the supervisor's thread.</summary>
/// <param name="id">The unit's.</param>
/// <param name="kind">What it looks for in a plugin.</param>
/// <param name="calls">Bounds what could block.</param>
/// <param name="services">The loader and the permits to load.</param>
internal sealed class UnitPlugins(string id, PluginKind kind, LifecycleCalls calls, UnitServices services)
{
    private readonly PendingUnloads _unloads = new(services.Clock, UnloadSweep.Request);
    private readonly List<LoadedPlugin> _outdated = [];
    private LoadedPlugin? _next;
    private LoadPermit? _permit;
    private bool _loadsSlowly;

    /// <summary>What the next generation is made from; null: it is loaded when it is needed. Never what has been discarded.</summary>
    public LoadedPlugin? Next => _next is { IsDiscarded: false } next ? next : null;

    /// <summary>The same, as others see it. Any thread.</summary>
    public LoadedFrom? Loaded { get; private set; }

    /// <summary>Earlier contexts that something of the plugin keeps in memory.</summary>
    public int UnloadsPending => _unloads.Count;

    /// <summary>Plugins that are still in memory though no generation will be made from them.</summary>
    public int Left => _outdated.Count + _unloads.Left;

    /// <summary>True while others load before it.</summary>
    public bool AwaitsPermit => _permit is { IsWaiting: true };

    /// <summary>Loads what the next generation is made from when it gets a permit, which lasts until <see cref="ReleasePermit"/>.</summary>
    /// <param name="spec">What it is made from.</param>
    /// <param name="isIsolated">Whether it gets a process of its own.</param>
    /// <param name="isFresh">Whether it needs a context of its own.</param>
    /// <param name="ended">Gets the plugin or why there is none, on any thread: must only post.</param>
    public void BeginLoad(UnitSpec spec, bool isIsolated, bool isFresh, Action<LoadedPlugin?, Failure?> ended)
    {
        var request = RequestFor(spec, isIsolated, isFresh);
        _permit = services.Supervisor.Loads.Acquire(_ => Load(request, spec.Timeouts.Load, ended), kind == PluginKind.Handler, _loadsSlowly);
    }

    /// <summary>Loads what the next generation may be made from, in a context of its own and with a permit of its own. Any thread.</summary>
    /// <param name="spec">What it is made from.</param>
    /// <param name="isIsolated">Whether it gets a process of its own.</param>
    /// <param name="began">Called when the load begins, on any thread.</param>
    /// <param name="ended">Gets the plugin or why there is none, on any thread: must only post.</param>
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
            kind == PluginKind.Handler);
    }

    /// <summary>The load is over: what was loaded has been created and checked, or none of it is wanted any more.</summary>
    public void ReleasePermit()
    {
        if (_permit is not { } permit) return;
        _permit = null;
        permit.GiveBack();
        _loadsSlowly = permit.HasRunOut;
    }

    /// <summary>Takes a plugin that has been loaded, unless another has taken its place meanwhile.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="isWanted">Whether the unit is still configured as it was when the load began.</param>
    public void Take(LoadedPlugin plugin, bool isWanted)
    {
        if (isWanted && !plugin.IsDiscarded && (Next is not { } next || next == plugin)) Keep(plugin);
        else Discard(plugin);
    }

    /// <summary>The next generation is made from this plugin, or from one that is loaded when it is needed.</summary>
    public void Renew(LoadedPlugin? candidate)
    {
        if (_next is { } old) Discard(old);
        Keep(candidate);
    }

    /// <summary>No generation will be made from it: it is unloaded as soon as none is in use.</summary>
    public void Discard(LoadedPlugin plugin)
    {
        if (plugin.IsDiscarded) return;
        plugin.Discard();
        _outdated.Add(plugin);
    }

    /// <summary>Unloads contexts nobody is in any more, each within <paramref name="limit"/>.</summary>
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
        Kind = kind,
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

/// <summary>What a unit was loaded from.</summary>
internal sealed record LoadedFrom(PluginManifest Manifest, string ContentHash);
