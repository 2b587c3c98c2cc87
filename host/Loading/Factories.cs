using System.Reflection;
using System.Runtime.CompilerServices;

namespace PluginGateway.Loading;

/// <summary>Creates adapters. Only for the guard: no other code may call a plugin's constructor.</summary>
internal interface IAdapterFactory
{
    /// <summary>Creates one generation.</summary>
    /// <exception cref="PluginLoadException">The constructor threw.</exception>
    IChannelAdapter Create(LoadedPlugin plugin, AdapterContext context);

    /// <summary>Returns the capabilities of the adapters that the factory creates of a plugin.</summary>
    AdapterCapabilities CapabilitiesOf(LoadedPlugin plugin) => plugin.Manifest.Adapter!.Capabilities;

    /// <summary>Waits until there is room for one more generation to be created; on the thread that creates it next. The wait is the host's own: it
    /// does not count against the plugin's deadline.</summary>
    void AwaitStart(LoadedPlugin plugin, AdapterContext context)
    {
    }
}

/// <summary>Creates handlers, like <see cref="IAdapterFactory"/>.</summary>
internal interface IHandlerFactory
{
    /// <summary>Creates one generation.</summary>
    /// <exception cref="PluginLoadException">The constructor threw.</exception>
    IMessageHandler Create(LoadedPlugin plugin, HandlerContext context);

    /// <summary>Returns the capabilities of the handlers that the factory creates of a plugin.</summary>
    HandlerCapabilities CapabilitiesOf(LoadedPlugin plugin) => plugin.Manifest.Handler?.Capabilities ?? HandlerCapabilities.None;

    /// <inheritdoc cref="IAdapterFactory.AwaitStart"/>
    void AwaitStart(LoadedPlugin plugin, HandlerContext context)
    {
    }
}

/// <summary>Runs the plugin's constructor on the calling thread.</summary>
internal sealed class PluginAdapterFactory : IAdapterFactory
{
    /// <inheritdoc/>
    public IChannelAdapter Create(LoadedPlugin plugin, AdapterContext context) =>
        (IChannelAdapter)PluginConstructor.Run(plugin, typeof(AdapterContext), context);
}

/// <summary>Runs the plugin's constructor on the calling thread.</summary>
internal sealed class PluginHandlerFactory : IHandlerFactory
{
    /// <inheritdoc/>
    public IMessageHandler Create(LoadedPlugin plugin, HandlerContext context) =>
        (IMessageHandler)PluginConstructor.Run(plugin, typeof(HandlerContext), context);
}

/// <summary>The only code that enters a plugin's constructor.</summary>
internal static class PluginConstructor
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static object Run(LoadedPlugin plugin, Type contextType, object context)
    {
        try
        {
            var constructor = plugin.Type.GetConstructor(BindingFlags.Instance | BindingFlags.Public, [contextType])
                ?? throw new PluginLoadException(LoadCode.NoConstructor,
                    $"'{plugin.ContextName}': {plugin.Manifest.AssemblyName} has no public constructor ({contextType.Name}).");
            return constructor.Invoke([context]);
        }
        catch (Exception exception) when (exception is not (PluginLoadException or ObjectDisposedException))
        {
            throw LoadFailure.OfCreation(plugin, exception);
        }
    }
}
