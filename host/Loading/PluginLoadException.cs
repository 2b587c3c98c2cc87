namespace PluginGateway.Loading;

/// <summary>A plugin that was refused: one code, and one sentence with the remedy. Never carries the plugin's own exception, which would keep the
/// plugin in memory.</summary>
internal sealed class PluginLoadException(LoadCode code, string message, PluginFault? fault = null) : Exception(message)
{
    /// <summary>The reason.</summary>
    public LoadCode Code { get; } = code;

    /// <summary>The fault of the plugin's own <see cref="PluginException"/>, when its constructor threw one.</summary>
    public PluginFault? Fault { get; } = fault;

    /// <summary>Text of the exception of the plugin's code, for its author; null when it threw none.</summary>
    public FaultText? Detail { get; init; }
}
