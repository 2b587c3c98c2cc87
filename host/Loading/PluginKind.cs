namespace PluginGateway.Loading;

/// <summary>Kind of class that a plugin declares.</summary>
internal enum PluginKind
{
    /// <summary>A class named by <see cref="ChannelAdapterAttribute"/>.</summary>
    Adapter,

    /// <summary>A class named by <see cref="MessageHandlerAttribute"/>.</summary>
    Handler,
}
