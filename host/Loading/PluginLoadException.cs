namespace PluginGateway.Loading;

/// <summary>A plugin that was refused: one code, and one sentence with the remedy. Never carries the plugin's own exception, which would keep the plugin in memory.</summary>
internal sealed class PluginLoadException(LoadCode code, string message, AdapterFault? fault = null) : Exception(message)
{
    /// <summary>Why.</summary>
    public LoadCode Code { get; } = code;

    /// <summary>What the plugin's constructor said itself, when it threw an <see cref="AdapterException"/>.</summary>
    public AdapterFault? Fault { get; } = fault;

    /// <summary>What the plugin's code threw, for its author; null: it threw nothing.</summary>
    public FaultText? Detail { get; init; }
}
