using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using McMaster.NETCore.Plugins.Loader;
using PluginGateway.Threads;

namespace PluginGateway.Loading;

/// <summary>Loads plugins: find, stage, verify the pin, inspect, load, verify the types and their references. Straight-line code that may hang in the
/// plugin: call it on a bounded thread.</summary>
internal sealed class PluginLoader(PluginFinder finder, PluginStaging staging, ILogger<PluginLoader> log)
{
    private readonly ConcurrentDictionary<(string ContextName, string ContentHash, PluginKind Kind), LoadedPlugin> _loaded = new();
    private readonly ConcurrentDictionary<string, string> _tried = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _checked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _processEnders = new(StringComparer.Ordinal);

    /// <summary>Loads a plugin, or returns the context that holds the same content for the same id already.</summary>
    /// <exception cref="PluginLoadException">The plugin was refused.</exception>
    public LoadedPlugin Load(LoadRequest request)
    {
        _tried.TryRemove(request.ContextName, out _);
        var found = finder.Find(request.Name, request.PluginPaths);
        var staged = staging.Stage(found, request.DataDirectory);
        _tried[request.ContextName] = staged.ContentHash;
        try
        {
            return Load(request, staged);
        }
        catch (PluginLoadException problem) when (problem.Message.Contains(staged.Folder, StringComparison.Ordinal))
        {
            // The operator corrects the plugin in its own folder, not in the private copy.
            throw new PluginLoadException(
                problem.Code, problem.Message.Replace(staged.Folder, found.Folder, StringComparison.Ordinal), problem.Fault)
            {
                Detail = problem.Detail
            };
        }
    }

    /// <summary>Inspects a plugin in the operator's folder, without loading it, for <c>check</c>.</summary>
    /// <exception cref="PluginLoadException">The plugin would be refused.</exception>
    public InspectedPlugin Inspect(
        string name, PluginKind kind, IReadOnlyList<string> pluginPaths, string? sha256 = null, bool requiresPin = false) =>
        Inspect(finder.Find(name, pluginPaths), kind, sha256, requiresPin);

    /// <summary>Inspects a plugin that has been found.</summary>
    /// <exception cref="PluginLoadException">The plugin would be refused.</exception>
    public static InspectedPlugin Inspect(FoundPlugin found, PluginKind kind, string? sha256, bool requiresPin = false)
    {
        var manifest = PluginInspector.Inspect(found.MainPath);
        var contentHash = PluginStaging.HashOf(found);
        PluginPin.Verify(found.Name, sha256, manifest, contentHash, requiresPin);
        VerifyKind(found.Name, kind, manifest);
        return new InspectedPlugin(found, manifest, contentHash);
    }

    /// <summary>Loads a private copy that the gateway has staged, verified and inspected: for a worker.</summary>
    /// <exception cref="PluginLoadException">The plugin was refused.</exception>
    public LoadedPlugin LoadCopy(StagedPlugin staged, string contextName, PluginKind kind, string typeName)
    {
        var request = new LoadRequest { Name = staged.Name, Kind = kind, ContextName = contextName, DataDirectory = "" };
        var adapter = kind == PluginKind.Adapter ? new AdapterDeclaration("", typeName, new AdapterTraits(), AdapterCapabilities.None) : null;
        var handler = kind == PluginKind.Handler ? new HandlerDeclaration("", typeName, new HandlerTraits()) : null;
        return LoadStaged(request, staged, new PluginManifest(staged.MainPath, staged.Name, new Version(), new Version(), "", adapter, handler, []));
    }

    /// <summary>Returns the hash of the content that was last loaded for a unit, or refused; null when none was found.</summary>
    public string? TriedFor(string contextName) => _tried.GetValueOrDefault(contextName);

    /// <summary>Returns the hash of the content in the operator's folder; null when it cannot be read. As slow as the disk.</summary>
    public string? ContentOf(string name, IReadOnlyList<string> pluginPaths)
    {
        try
        {
            return PluginStaging.HashOf(finder.Find(name, pluginPaths));
        }
        catch (PluginLoadException)
        {
            return null;
        }
    }

    /// <summary>Plugins with code in this process that can call <c>Environment.Exit</c>, by context name; added before their first line
    /// runs.</summary>
    public IReadOnlyCollection<string> ProcessEnders => [.. _processEnders.Keys];

    /// <summary>Removes private copies from which nothing was loaded; at start, once the plugins are loaded.</summary>
    public void RemoveUnusedCopies(string dataDirectory)
    {
        var removed = staging.RemoveUnused(dataDirectory);
        if (removed > 0) log.CopiesRemoved(removed);
    }

    private LoadedPlugin Load(LoadRequest request, StagedPlugin staged)
    {
        var key = (request.ContextName, staged.ContentHash, request.Kind);
        if (!request.Fresh && _loaded.TryGetValue(key, out var existing) && !existing.IsDiscarded)
        {
            PluginPin.Verify(request.Name, request.Sha256, existing.Manifest, staged.ContentHash, request.RequiresPin);
            return existing;
        }

        var manifest = PluginInspector.Inspect(staged.MainPath);
        PluginPin.Verify(request.Name, request.Sha256, manifest, staged.ContentHash, request.RequiresPin);
        if (PluginPin.Gap(request.Sha256, manifest, staged.ContentHash) is { } gap)
            log.PluginWarning(request.ContextName, PluginPin.GapCode, $"'sha256' {gap}");
        VerifyKind(request.Name, request.Kind, manifest);
        if (request.Isolated) return Verified(request, staged, manifest);
        foreach (var warning in manifest.Warnings) log.PluginWarning(request.ContextName, warning.Code.Word(), warning.Message);
        if (manifest.Warnings.Any(static warning => warning.Code == LoadCode.EndsProcess)) _processEnders[request.ContextName] = 0;
        var loaded = LoadStaged(request, staged, manifest);
        foreach (var old in _loaded.Where(static entry => entry.Value.IsUnloaded)) _loaded.TryRemove(old);
        _loaded[key] = loaded;
        log.PluginLoaded(request.ContextName, manifest.AssemblyName, manifest.AssemblyVersion, staged.ContentHash[..16]);
        return loaded;
    }

    /// <summary>Returns a plugin for a worker, without the warning of process ends: those concern the worker only.</summary>
    private LoadedPlugin Verified(LoadRequest request, StagedPlugin staged, PluginManifest manifest)
    {
        foreach (var warning in manifest.Warnings.Where(static warning => warning.Code != LoadCode.EndsProcess))
            log.PluginWarning(request.ContextName, warning.Code.Word(), warning.Message);
        log.PluginVerified(request.ContextName, manifest.AssemblyName, manifest.AssemblyVersion, staged.ContentHash[..16]);
        return new LoadedPlugin(request.ContextName, staged, manifest);
    }

    private static void VerifyKind(string name, PluginKind kind, PluginManifest manifest)
    {
        if (manifest.TypeName(kind) is not null) return;
        var (wanted, other) = kind == PluginKind.Adapter ? ("adapter", "handler") : ("handler", "adapter");
        throw new PluginLoadException(LoadCode.NoAdapter,
            $"Plugin '{name}' declares no {wanted}; it is a {other}: name it under '{(kind == PluginKind.Adapter ? "handler" : "adapters")}'.");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private LoadedPlugin LoadStaged(LoadRequest request, StagedPlugin staged, PluginManifest manifest)
    {
        SharedContract.Install();
        var context = CreateContext(request.Name, staged);
        try
        {
            var assembly = context.LoadFromAssemblyPath(staged.MainPath);
            PluginContexts.Add(context, request.ContextName, assembly.GetName().Name!);
            var type = assembly.GetType(manifest.TypeName(request.Kind)!, throwOnError: true)!;
            var contract = request.Kind == PluginKind.Adapter ? typeof(IChannelAdapter) : typeof(IMessageHandler);
            if (!type.IsAssignableTo(contract))
                throw new PluginLoadException(LoadCode.TypeLoadFailed,
                    $"Plugin '{request.Name}': {type.FullName} does not implement this gateway's {contract.Name}; build it against {contract.Assembly.GetName().Name} {contract.Assembly.GetName().Version}.");
            ReferenceCheck.Initialize(type);
            // Once for a content: a hundred adapters of one plugin would give the same result.
            if (!_checked.ContainsKey(staged.ContentHash)) ReferenceCheck.Run(assembly);
            _checked[staged.ContentHash] = 0;
            return new LoadedPlugin(request.ContextName, staged, manifest, type, context);
        }
        catch (Exception exception)
        {
            var failure = LoadFailure.OfLoading(request.Name, exception);
            LetGo(request.ContextName, context);
            throw failure;
        }
    }

    /// <summary>Creates the context of a plugin. Not by the library's own loader, which reads the runtime configurations of plugin and gateway for
    /// probing paths: a private copy is complete, and to read them costs 35 ms and 2 MB.</summary>
    private static AssemblyLoadContext CreateContext(string name, StagedPlugin staged)
    {
        try
        {
            // Lazy: libraries to which the abstractions refer are shared as soon as they are loaded, before any code of the plugin runs; the
            // libraries to which those refer in turn are not loaded without need.
            return new AssemblyLoadContextBuilder().SetMainAssemblyPath(staged.MainPath).EnableUnloading().IsLazyLoaded(true)
                .PreferDefaultLoadContextAssembly(typeof(IChannelAdapter).Assembly.GetName()).Build();
        }
        catch (InvalidOperationException exception)
        {
            throw new PluginLoadException(LoadCode.DepsInvalid,
                $"Plugin '{name}': the runtime does not accept its .deps.json ({ExceptionText.Of(exception)}); copy the plugin again from its build output.");
        }
    }

    // On a thread of its own: a refused plugin may have left an Unloading handler that hangs, and the refusal must be reported.
    private static void LetGo(string contextName, AssemblyLoadContext context) => LoopThread.Start($"unload {contextName}", () =>
    {
        try
        {
            context.Unload();
        }
        catch (Exception)
        {
            // The plugin is refused already; no caller waits for this.
        }
    });
}

/// <summary>A plugin that was inspected and not loaded.</summary>
internal sealed record InspectedPlugin(FoundPlugin Found, PluginManifest Manifest, string ContentHash);
