using PluginGateway.Guard;
using PluginGateway.Isolation.Processes;
using PluginGateway.Loading;

namespace PluginGateway.Isolation.Remote;

/// <summary>Decorates the factory of adapters: a plugin that is not loaded here gets a worker, and the adapter that is created is a proxy of the
/// one there. The guard decorates this factory.</summary>
internal sealed class IsolatingAdapterFactory(IAdapterFactory inner, WorkerStarter workers, ILogger<HostedWorker> log) : IAdapterFactory
{
    public void AwaitStart(LoadedPlugin plugin, AdapterContext context)
    {
        if (plugin.IsIsolated) workers.AwaitStart(context.AdapterId);
    }

    /// <summary>Blocks until the worker has created its adapter, or has been ended: only on a thread that the guard watches.</summary>
    public IChannelAdapter Create(LoadedPlugin plugin, AdapterContext context)
    {
        if (!plugin.IsIsolated) return inner.Create(plugin, context);
        var options = ((IGuardConfigured)context).Terms;
        var instance = new IsolatedInstance(plugin, PluginKind.Adapter, context.Generation, context.Settings, context.DataDirectory, options);
        var worker = workers.Start(instance, access => new AdapterHostServices(access.Channel, context, options.Observer, log));
        return new RemoteAdapter(worker.Channel, instance.TemporaryFolder, worker.Fetched, worker.Outgoing);
    }
}

/// <summary>Decorates the factory of handlers, like <see cref="IsolatingAdapterFactory"/>.</summary>
internal sealed class IsolatingHandlerFactory(IHandlerFactory inner, WorkerStarter workers, ILogger<HostedWorker> log) : IHandlerFactory
{
    public void AwaitStart(LoadedPlugin plugin, HandlerContext context)
    {
        if (plugin.IsIsolated) workers.AwaitStart(((IGuardConfigured)context).Terms.Name);
    }

    /// <summary>Blocks until the worker has created its handler, or has been ended: only on a thread that the guard watches.</summary>
    public IMessageHandler Create(LoadedPlugin plugin, HandlerContext context)
    {
        if (!plugin.IsIsolated) return inner.Create(plugin, context);
        var options = ((IGuardConfigured)context).Terms;
        var turns = new OpenTurns();
        var worker = workers.Start(
            new IsolatedInstance(plugin, PluginKind.Handler, context.Generation, context.Settings, context.DataDirectory, options),
            access => new HandlerHostServices(access, context, options, turns, log));
        return new RemoteHandler(worker.Channel, turns);
    }
}
