using PluginGateway.Loading;

namespace PluginGateway.Status;

/// <summary>One adapter or handler of the running gateway, with what it was loaded from: the folder may hold something else by now.</summary>
/// <param name="Code">Why it is not at work; null: it is, or it is disabled.</param>
/// <param name="UnloadsPending">How many earlier contexts of it something keeps in memory.</param>
internal sealed record UnitReport(
    string Id, string Plugin, string State, string? Code, string? Reason, string? Version, string? Contract, string? Sha256, string? ContentHash, int UnloadsPending)
{
    /// <summary>Where its code runs: <c>inProcess</c> or <c>process</c>.</summary>
    public string Isolation { get; init; } = WorkerStatus.InProcess;

    /// <summary>Its own process; null: it has none.</summary>
    public WorkerStatus? Worker { get; init; }
}
