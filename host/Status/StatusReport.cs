using System.Globalization;
using System.Text.Json.Serialization;
using PluginGateway.Shutdown;

namespace PluginGateway.Status;

/// <summary>The gateway as a whole.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GatewayState>))]
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

    /// <summary>The lock is held, but the control socket gives no answer.</summary>
    [JsonStringEnumMemberName("unresponsive")]
    Unresponsive,

    /// <summary>The lock is free: no gateway runs.</summary>
    [JsonStringEnumMemberName("down")]
    Down,
}

/// <summary>Output of <c>status --json</c>.</summary>
/// <param name="AgeSeconds">Age of the supervisor's snapshot; 0 without an answer.</param>
/// <param name="Reasons">Reasons why the state is not "ready", one sentence each.</param>
/// <param name="Messages">The two balances; null without an answer.</param>
/// <param name="LastShutdown">Report on the last stop; null if there was none.</param>
internal sealed record StatusReport(
    GatewayState State, string? Version, int? Pid, double AgeSeconds, IReadOnlyList<string> Reasons, string? Http,
    IReadOnlyList<AdapterStatus> Adapters, BalanceReport? Messages, ShutdownReport? LastShutdown)
{
    /// <summary>The handlers, in the same shape.</summary>
    public IReadOnlyList<AdapterStatus> Handlers { get; init; } = [];

    /// <summary>The turns; null without an answer.</summary>
    public TurnsReport? Turns { get; init; }

    /// <summary>Adapter ids that are configured no more and still have messages in the store.</summary>
    public IReadOnlyList<UnconfiguredAdapter> Unconfigured { get; init; } = [];

    /// <summary>Memory of the sessions of each handler that has some.</summary>
    public IReadOnlyList<HandlerMemory> Memory { get; init; } = [];
}

/// <summary>Turns. <paramref name="Running"/>: those that run; <paramref name="Waiting"/>: messages that wait for a turn or have one;
/// <paramref name="Detached"/>: stopped ones whose calls have not ended, and whose sessions have gone on; <paramref name="Stopped"/>: running ones that
/// were stopped since the start; <paramref name="Held"/>: messages that are held because more of their turns may come.</summary>
internal sealed record TurnsReport(int Running, long Waiting, int Detached, long Stopped, int Held);

/// <summary>Memory of the sessions of one handler. <paramref name="Forgotten"/>: sessions forgotten since the data directory was made because the
/// handler had used its quota.</summary>
internal sealed record HandlerMemory(string Handler, long Sessions, long Bytes, long Forgotten);

/// <summary>Messages of an adapter that is no longer configured. <paramref name="Pending"/>: accepted and not yet handled;
/// <paramref name="Owed"/>: to be delivered through it once it is configured again.</summary>
internal sealed record UnconfiguredAdapter(string Id, long Pending, int Owed);
