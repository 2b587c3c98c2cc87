using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>What the generations of one unit are made from: loads plugins, keeps the one for the next generation, and unloads those that have had their day. Only the supervisor's thread.</summary>
/// <param name="calls">Bounds what could block.</param>
/// <param name="loader">Loads.</param>
/// <param name="clock">The clock.</param>
internal sealed class UnitPlugins(LifecycleCalls calls, PluginLoader loader, TimeProvider clock)
{
    private readonly List<LoadedPlugin> _outdated = [];
    private LoadedPlugin? _next;
    private readonly PendingUnloads _unloads = new(clock, UnloadSweep.Request);

    /// <summary>What the next generation is made from; null: it is loaded when it is needed. Never what has been discarded.</summary>
    public LoadedPlugin? Next => _next is { IsDiscarded: false } next ? next : null;

    /// <summary>The same, as others see it. Any thread.</summary>
    public LoadedFrom? Loaded { get; private set; }

    /// <summary>Earlier contexts that something of the plugin keeps in memory.</summary>
    public int UnloadsPending => _unloads.Count;

    /// <summary>Plugins that are still in memory though no generation will be made from them.</summary>
    public int Left => _outdated.Count + _unloads.Left;

    /// <summary>Loads one. Any thread.</summary>
    /// <param name="request">Which.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="ended">Gets the plugin or why there is none, on any thread: must only post.</param>
    public void BeginLoad(LoadRequest request, TimeSpan limit, Action<LoadedPlugin?, Failure?> ended)
    {
        var sink = new PostingSink(call => ended(((WorkCall<LoadedPlugin>)call).Value, FailureMapping.Of(call)));
        calls.Start(new WorkCall<LoadedPlugin>(Operation.Load, () => loader.Load(request), sink) { Late = static plugin => plugin.Unload() }, null, limit);
    }

    public void Keep(LoadedPlugin? plugin)
    {
        _next = plugin;
        Loaded = plugin is null ? null : new LoadedFrom(plugin.Manifest, plugin.ContentHash);
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

    private static object Unload(LoadedPlugin plugin)
    {
        plugin.Unload();
        return plugin;
    }
}

/// <summary>What a unit was loaded from.</summary>
internal sealed record LoadedFrom(PluginManifest Manifest, string ContentHash);
