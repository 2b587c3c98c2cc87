using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision;

/// <summary>What the supervisor last published: immutable, read by anyone.</summary>
internal sealed record SupervisorSnapshot(DateTimeOffset TakenUtc, IReadOnlyList<UnitSnapshot> Units, bool PoolIsStarved)
{
    /// <summary>When it was taken, in timestamps: the clock of people may have been set since.</summary>
    public long Taken { get; init; }

    /// <summary>True when every unit has got as far as it can for now: the gateway may call itself started.</summary>
    public bool IsSettled => Units.All(static unit => unit.Phase is not (UnitPhase.Loading or UnitPhase.Connecting) || unit.Attempt > 1);

    /// <summary>True when nothing will ever run without the operator, and that is known: what a server answered may change, what is written here does not by itself.</summary>
    public bool IsHopeless => Units.Where(static unit => unit.IsAdapter).All(static unit => unit is { Phase: UnitPhase.Disabled } or { Phase: UnitPhase.Parked, IsParkedByAnswer: false });

    /// <summary>True when everything that is switched on is at work.</summary>
    public bool IsWhole => !PoolIsStarved && Units.All(static unit => unit.Phase is UnitPhase.Disabled || unit is { Phase: UnitPhase.Connected, IsDegraded: false });
}

/// <summary>One unit in a snapshot.</summary>
internal sealed record UnitSnapshot
{
    public required string Id { get; init; }

    public required string Plugin { get; init; }

    public required bool IsAdapter { get; init; }

    public required UnitPhase Phase { get; init; }

    /// <summary>Something is wrong with it though it is at work.</summary>
    public bool IsDegraded { get; init; }

    /// <summary>Why it is not at work, or what is wrong with it; empty: nothing.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The current instance, or the last.</summary>
    public int Generation { get; init; }

    /// <summary>Since when it is in its phase.</summary>
    public DateTimeOffset SinceUtc { get; init; }

    /// <summary>Attempts since the last stable connection.</summary>
    public int Attempt { get; init; }

    /// <summary>When the next attempt is due; only while it waits.</summary>
    public DateTimeOffset? DueUtc { get; init; }

    /// <summary>It has been without a connection for longer than the operator wants to be left alone.</summary>
    public bool NeedsAttention { get; init; }

    /// <summary>Calls that outlived their deadline and have not come back.</summary>
    public IReadOnlyList<AbandonedCall> Abandoned { get; init; } = [];

    /// <summary>How the last teardown went; null: there has been none.</summary>
    public TeardownOutcome? LastTeardown { get; init; }

    /// <summary>Abandoned calls that came back after all.</summary>
    public long LateResults { get; init; }

    /// <summary>Reports of generations that had been retired.</summary>
    public long IgnoredReports { get; init; }

    /// <summary>The code of the fault that keeps it from work; null: nothing does, or it is disabled.</summary>
    public string? Code { get; init; }

    /// <summary>The frame of the plugin's own code that its fault came from; null: unknown, or there is none.</summary>
    public string? Frame { get; init; }

    /// <summary>What it was loaded from; null while nothing is.</summary>
    public LoadedFrom? Loaded { get; init; }

    /// <summary>Earlier contexts that something of the plugin keeps in memory.</summary>
    public int UnloadsPending { get; init; }

    /// <summary>True: its code runs, or will run, in a process of its own.</summary>
    public bool IsIsolated { get; init; }

    /// <summary>That process; 0: there is none.</summary>
    public int WorkerId { get; init; }

    /// <summary>How its calls have ended, up to now; null: nobody counts.</summary>
    public CallStatistics? Figures { get; init; }

    /// <summary>Generations whose teardown has not ended.</summary>
    public int TearingDown { get; init; }

    /// <summary>When its connection last proved to be alive; null while it has none.</summary>
    public ProofsOfLife? Proofs { get; init; }

    /// <summary>Parked for what a server answered.</summary>
    public bool IsParkedByAnswer { get; init; }

    /// <summary>Others load before it.</summary>
    public bool AwaitsPermit { get; init; }

    /// <summary>The word an operator sees.</summary>
    public string StateName => IsDegraded && Phase == UnitPhase.Connected ? "Degraded" : Phase.ToString();
}
