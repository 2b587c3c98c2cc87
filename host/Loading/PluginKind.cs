namespace PluginGateway.Loading;

/// <summary>What a plugin can hold.</summary>
internal enum PluginKind
{
    /// <summary>A class named by <see cref="ChannelAdapterAttribute"/>.</summary>
    Adapter,

    /// <summary>A class named by <see cref="MessageHandlerAttribute"/>.</summary>
    Handler,
}
