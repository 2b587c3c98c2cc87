using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Posix;

namespace PluginGateway.Guard;

/// <summary>Options of a guard.</summary>
/// <param name="Name">The adapter or handler id, for thread names.</param>
/// <param name="Slots">Largest number of calls that may be open at once.</param>
/// <param name="Timeouts">The deadlines.</param>
/// <param name="Observer">Observer of its calls.</param>
internal sealed record GuardOptions(string Name, int Slots, CallTimeouts Timeouts, ILaneObserver Observer)
{
    /// <summary>Handle of the worker of this generation; null: it runs in this process.</summary>
    public WorkerHandle? Worker { get; init; }
}

/// <summary>Creates guarded adapters: guarded from their constructor on.</summary>
internal sealed class GuardingAdapterFactory(IAdapterFactory inner, GuardServices services)
{
    /// <summary>Returns at once; the plugin's constructor runs with <see cref="GuardedPlugin{T}.BeginCreate"/>.</summary>
    public GuardedAdapter Create<TContext>(LoadedPlugin plugin, TContext context)
        where TContext : AdapterContext, IGuardConfigured
    {
        var options = context.Terms;
        return new GuardedAdapter(
            options.Name, context.Generation, options.Slots, options.Timeouts, services, options.Observer, () =>
                plugin.IsIsolated ? inner.Create(plugin, context) : OwnFolder.PreparedFor(context.DataDirectory, () => inner.Create(plugin, context)))
        {
            Capabilities = inner.CapabilitiesOf(plugin),
            Worker = options.Worker,
            Before = plugin.IsIsolated ? () => inner.AwaitStart(plugin, context) : null,
        };
    }
}

/// <summary>Creates guarded handlers.</summary>
internal sealed class GuardingHandlerFactory(IHandlerFactory inner, GuardServices services)
{
    /// <summary>Returns at once; the plugin's constructor runs with <see cref="GuardedPlugin{T}.BeginCreate"/>.</summary>
    public GuardedHandler Create<TContext>(LoadedPlugin plugin, TContext context)
        where TContext : HandlerContext, IGuardConfigured
    {
        var options = context.Terms;
        return new GuardedHandler(
            options.Name, context.Generation, options.Slots, options.Timeouts, services, options.Observer,
            () => plugin.IsIsolated ? inner.Create(plugin, context) : OwnFolder.PreparedFor(context.DataDirectory, () => inner.Create(plugin, context)))
        {
            Capabilities = inner.CapabilitiesOf(plugin),
            Worker = options.Worker,
            Before = plugin.IsIsolated ? () => inner.AwaitStart(plugin, context) : null,
        };
    }
}

/// <summary>A context of the host's own, which knows under which terms its plugin is guarded.</summary>
internal interface IGuardConfigured
{
    GuardOptions Terms { get; }
}

/// <summary>A plugin's own folder. Made on the bounded thread that runs the constructor, because an earlier generation can have put anything in its
/// place.</summary>
internal static class OwnFolder
{
    public static T PreparedFor<T>(string path, Func<T> create)
    {
        Prepare(path);
        return create();
    }

    public static void Prepare(string path)
    {
        // The folders are created one by one: the mode applies to the last one only.
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly.Folder);
        Directory.CreateDirectory(path, OwnerOnly.Folder);
    }
}
