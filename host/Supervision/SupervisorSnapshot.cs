using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision;

/// <summary>Last published state of the supervisor: immutable, read by any thread.</summary>
internal sealed record SupervisorSnapshot(DateTimeOffset TakenUtc, IReadOnlyList<UnitSnapshot> Units, bool PoolIsStarved)
{
    /// <summary>Timestamp of the snapshot, by the monotonic clock: the wall clock may have been set since.</summary>
    public long Taken { get; init; }

    /// <summary>True when every unit has settled: it has got as far as it can for now, and the gateway counts as started.</summary>
    public bool IsSettled => Units.All(static unit => unit.Phase is not (UnitPhase.Loading or UnitPhase.Connecting) || unit.Attempt > 1);

    /// <summary>True when no adapter can run without a change by the operator: all are disabled, or parked for a reason other than a server's answer,
    /// which may change by itself.</summary>
    public bool IsHopeless => Units.Where(static unit => unit.IsAdapter)
        .All(static unit => unit is { Phase: UnitPhase.Disabled } or { Phase: UnitPhase.Parked, IsParkedByAnswer: false });

    /// <summary>True when every enabled unit works.</summary>
    public bool IsWhole =>
        !PoolIsStarved && Units.All(static unit => unit.Phase is UnitPhase.Disabled || unit is { Phase: UnitPhase.Connected, IsDegraded: false });
}

/// <summary>Unit in a snapshot.</summary>
internal sealed record UnitSnapshot
{
    public required string Id { get; init; }

    public required string Plugin { get; init; }

    public required bool IsAdapter { get; init; }

    public required UnitPhase Phase { get; init; }

    /// <summary>True when it is connected and has a fault.</summary>
    public bool IsDegraded { get; init; }

    /// <summary>Reason why it does not work, or its fault while it works; empty: none.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The current instance, or the last.</summary>
    public int Generation { get; init; }

    /// <summary>Start of its phase.</summary>
    public DateTimeOffset SinceUtc { get; init; }

    /// <summary>Attempts since the last stable connection.</summary>
    public int Attempt { get; init; }

    /// <summary>Time of the next attempt; only while it waits.</summary>
    public DateTimeOffset? DueUtc { get; init; }

    /// <summary>True when it has been without a connection for longer than the configured time for the operator's attention.</summary>
    public bool NeedsAttention { get; init; }

    /// <summary>Calls that outlived their deadline and have not come back.</summary>
    public IReadOnlyList<AbandonedCall> Abandoned { get; init; } = [];

    /// <summary>Outcome of the last teardown; null: none yet.</summary>
    public TeardownOutcome? LastTeardown { get; init; }

    /// <summary>Abandoned calls that came back after all.</summary>
    public long LateResults { get; init; }

    /// <summary>Reports of generations that had been retired.</summary>
    public long IgnoredReports { get; init; }

    /// <summary>Stable code of the reason why it does not work; null: it works, or it is disabled.</summary>
    public string? Code { get; init; }

    /// <summary>The frame of the plugin's own code that its fault came from; null: unknown, or there is none.</summary>
    public string? Frame { get; init; }

    /// <summary>The plugin that is loaded for it; null while none is.</summary>
    public LoadedFrom? Loaded { get; init; }

    /// <summary>Earlier contexts that something of the plugin keeps in memory.</summary>
    public int UnloadsPending { get; init; }

    /// <summary>True when its code runs, or will run, in a worker.</summary>
    public bool IsIsolated { get; init; }

    /// <summary>Process id of the worker; 0: none.</summary>
    public int WorkerId { get; init; }

    /// <summary>Statistics of its calls, up to now; null: not counted.</summary>
    public CallStatistics? Figures { get; init; }

    /// <summary>Generations whose teardown has not ended.</summary>
    public int TearingDown { get; init; }

    /// <summary>Last proofs of life of its connection; null while it has none.</summary>
    public ProofsOfLife? Proofs { get; init; }

    /// <summary>Account and limits of its current connection, or of the last.</summary>
    public ConnectionInfo Connection { get; init; } = ConnectionInfo.Empty;

    /// <summary>Sentence about another account than that of the connection before; null: none.</summary>
    public string? AccountChange { get; init; }

    /// <summary>True when it was parked because of a server's answer.</summary>
    public bool IsParkedByAnswer { get; init; }

    /// <summary>True while other units load before it.</summary>
    public bool AwaitsPermit { get; init; }

    /// <summary>Name of the state, as shown to the operator.</summary>
    public string StateName => IsDegraded && Phase == UnitPhase.Connected ? "Degraded" : Phase.ToString();
}
