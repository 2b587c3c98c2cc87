using PluginGateway.Loading;

namespace PluginGateway.Status;

/// <summary>Adapter or handler of the running gateway, with the plugin that was loaded: the folder may contain another by now.</summary>
/// <param name="Code">Stable code of the reason why it does not work; null: it works, or it is disabled.</param>
/// <param name="UnloadsPending">Number of its earlier load contexts that are still in memory.</param>
internal sealed record UnitReport(
    string Id, string Plugin, string State, string? Code, string? Reason, string? Version, string? Contract, string? Sha256, string? ContentHash,
    int UnloadsPending)
{
    /// <summary>Location of its code: <c>inProcess</c> or <c>process</c>.</summary>
    public string Isolation { get; init; } = WorkerStatus.InProcess;

    /// <summary>Worker of the unit; null: none.</summary>
    public WorkerStatus? Worker { get; init; }
}
