using System.Globalization;
using System.Text.Json.Serialization;
using PluginGateway.Shutdown;

namespace PluginGateway.Status;

/// <summary>The gateway as a whole.</summary>
internal enum GatewayState
{
    [JsonStringEnumMemberName("starting")]
    Starting,

    [JsonStringEnumMemberName("ready")]
    Ready,

    [JsonStringEnumMemberName("degraded")]
    Degraded,

    [JsonStringEnumMemberName("stopping")]
    Stopping,

    /// <summary>The lock is held, but nobody answers on the control socket.</summary>
    [JsonStringEnumMemberName("unresponsive")]
    Unresponsive,

    /// <summary>No gateway runs: the lock is free.</summary>
    [JsonStringEnumMemberName("down")]
    Down,
}

/// <summary>What <c>status --json</c> prints.</summary>
/// <param name="AgeSeconds">How old the supervisor's snapshot is; 0 if nobody answered.</param>
/// <param name="Reasons">Why the state is not "ready", one sentence each.</param>
/// <param name="Messages">The two balances; null if nobody answered.</param>
/// <param name="LastShutdown">How the last stop went; null if there was none.</param>
internal sealed record StatusReport(
    GatewayState State, string? Version, int? Pid, double AgeSeconds, IReadOnlyList<string> Reasons, string? Http,
    IReadOnlyList<AdapterStatus> Adapters, BalanceReport? Messages, ShutdownReport? LastShutdown)
{
    /// <summary>The handlers, in the same shape.</summary>
    public IReadOnlyList<AdapterStatus> Handlers { get; init; } = [];

    /// <summary>Adapter ids that are configured no more and still have messages in the store.</summary>
    public IReadOnlyList<UnconfiguredAdapter> Unconfigured { get; init; } = [];
}

/// <summary>What is left of an adapter that is configured no more. <paramref name="Pending"/>: accepted and not yet handled;
/// <paramref name="Owed"/>: to be delivered through it once it is configured again.</summary>
internal sealed record UnconfiguredAdapter(string Id, long Pending, int Owed);
