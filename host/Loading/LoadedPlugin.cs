using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace PluginGateway.Loading;

/// <summary>A plugin in a context of its own, from which any number of generations are created.</summary>
internal sealed class LoadedPlugin
{
    private readonly WeakReference? _context;
    private ContextReference? _contextReference;
    private volatile bool _isUnloaded;
    private volatile bool _isDiscarded;

    /// <summary>Takes over the context of a loaded plugin.</summary>
    public LoadedPlugin(string contextName, StagedPlugin staged, PluginManifest manifest, Type type, AssemblyLoadContext context)
    {
        ContextName = contextName;
        Manifest = manifest;
        Folder = staged.Folder;
        ContentHash = staged.ContentHash;
        _contextReference = new ContextReference(type, context);
        _context = new WeakReference(context);
    }

    /// <summary>Creates a plugin that has been verified here and is loaded in a worker.</summary>
    public LoadedPlugin(string contextName, StagedPlugin staged, PluginManifest manifest)
    {
        ContextName = contextName;
        Manifest = manifest;
        Folder = staged.Folder;
        ContentHash = staged.ContentHash;
        IsIsolated = true;
    }

    /// <summary>True when the plugin's code runs in a worker, and none of it in this process.</summary>
    public bool IsIsolated { get; }

    /// <summary>The load context's name.</summary>
    public string ContextName { get; }

    /// <summary>The manifest of the DLL.</summary>
    public PluginManifest Manifest { get; }

    /// <summary>Folder of the private copy, which the plugin sees as <see cref="AdapterContext.PluginDirectory"/>.</summary>
    public string Folder { get; }

    /// <summary>The hash of that copy.</summary>
    public string ContentHash { get; }

    /// <summary>The class. Only for locals of short methods: a reference to it keeps the plugin in memory.</summary>
    /// <exception cref="ObjectDisposedException">The plugin has been unloaded.</exception>
    public Type Type => Volatile.Read(ref _contextReference)?.Type
        ?? throw new ObjectDisposedException(ContextName, $"The plugin '{Manifest.AssemblyName}' of '{ContextName}' has been unloaded.");

    /// <summary>True after <see cref="Unload"/> has been called.</summary>
    public bool IsUnloaded => _isUnloaded;

    /// <summary>True when no instance may be made from the plugin any more: it is unloaded as soon as none of its generations runs. Any
    /// thread.</summary>
    public bool IsDiscarded => _isDiscarded || _isUnloaded;

    /// <summary>Forbids further instances.</summary>
    public void Discard() => _isDiscarded = true;

    /// <summary>True when the plugin has left the memory. Stays false as long as a call, a thread or a timer of the plugin lives.</summary>
    public bool IsCollected => IsUnloaded && _context is not { IsAlive: true };

    /// <summary>Releases the plugin; the runtime frees it when no reference is left. Runs the plugin's <c>Unloading</c> handlers, which can hang:
    /// call it on a bounded thread.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Unload()
    {
        _isUnloaded = true;
        Interlocked.Exchange(ref _contextReference, null)?.Context.Unload();
    }

    private sealed record ContextReference(Type Type, AssemblyLoadContext Context);
}
