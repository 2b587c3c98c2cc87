namespace PluginGateway.Supervision.Machine;

/// <summary>Phase of a supervised unit (an adapter id, or a handler). A unit is in exactly one.</summary>
internal enum UnitPhase
{
    /// <summary>Disabled by the configuration or the operator.</summary>
    Disabled,

    /// <summary>The plugin is being loaded, the instance created, the settings checked.</summary>
    Loading,

    /// <summary>The instance connects.</summary>
    Connecting,

    /// <summary>Connected, or a handler that answers turns.</summary>
    Connected,

    /// <summary>Waits for its reconnect time.</summary>
    Waiting,

    /// <summary>Needs the operator: a retry cannot end the fault.</summary>
    Parked,

    /// <summary>Wedged too often: not started again without the operator.</summary>
    Quarantined,

    /// <summary>Being torn down for good.</summary>
    Stopping,

    /// <summary>Torn down for good.</summary>
    Stopped,
}

/// <summary>State by which the supervisor decides. Changed only by <see cref="UnitMachine"/>. All times are of the supervisor's steady clock;
/// <see cref="UnitSnapshot"/> has those of the wall clock.</summary>
internal sealed record UnitState(UnitPhase Phase, string Reason, DateTimeOffset SinceUtc)
{
    /// <summary>The current instance; of one that is being torn down, the last.</summary>
    public int Generation { get; init; }

    /// <summary>Attempts since the last stable connection, the current one included.</summary>
    public int Attempt { get; init; }

    /// <summary>Failed attempts for which the platform or the adapter itself is the cause: attempts that reached no server do not count.</summary>
    public int Refusals { get; init; }

    /// <summary>True when it was parked because of a server's answer, which may have been a single wrong one: the fault may end without a change by
    /// the operator.</summary>
    public bool IsParkedByAnswer { get; init; }

    /// <summary>Time of the next attempt; only while waiting.</summary>
    public DateTimeOffset? DueUtc { get; init; }

    /// <summary>The code of the fault that ended the last generation.</summary>
    public string? LastFault { get; init; }

    /// <summary>The frame of the plugin's own code that the fault in <see cref="Reason"/> came from; null: unknown.</summary>
    public string? Frame { get; init; }

    /// <summary>Time since which it has not been connected; null while it is.</summary>
    public DateTimeOffset? DownSinceUtc { get; init; }

    /// <summary>True once it has been connected in this process.</summary>
    public bool WasConnected { get; init; }

    /// <summary>Account and limits of the current connection, or of the last.</summary>
    public ConnectionInfo Connection { get; init; } = ConnectionInfo.Empty;

    /// <summary>Sentence about another account than that of the connection before; null: none since the operator's last reconnect or
    /// reload.</summary>
    public string? AccountChange { get; init; }

    /// <summary>Times in a row that a generation was wedged without a stable connection in between.</summary>
    public int Wedges { get; init; }

    /// <summary>True when the next instance needs a context of its own: code of the last one may still hold a static lock.</summary>
    public bool FreshContext { get; init; }

    /// <summary>True when it runs in a worker without being configured so, because it wedged repeatedly.</summary>
    public bool IsPromoted { get; init; }

    /// <summary>Generations whose teardown has not ended.</summary>
    public int TearingDown { get; init; }

    /// <summary>Earlier generations and loads with calls that have never come back, when the last event happened.</summary>
    public int Zombies { get; init; }

    /// <summary>Time since which the platform reports another session of this account, which may be one of the gateway's own; null once it is
    /// connected.</summary>
    public DateTimeOffset? ConflictSinceUtc { get; init; }

    /// <summary>True when two generations must never be alive at once: the next waits for the teardown of the last.</summary>
    public bool HoldsCredential { get; init; }

    /// <summary>True while the next generation waits for the teardown of the last, which a reload has it replace.</summary>
    public bool AwaitsTeardown { get; init; }

    /// <summary>True while a generation exists that may be attached and must be retired.</summary>
    public bool IsLive => Phase is UnitPhase.Loading or UnitPhase.Connecting or UnitPhase.Connected;

    /// <summary>True when the gateway stops: the unit is only torn down from then on.</summary>
    public bool IsStopping => Phase is UnitPhase.Stopping or UnitPhase.Stopped;

    /// <summary>True when it is switched off and nothing of it is being torn down.</summary>
    public bool IsIdle => Phase is UnitPhase.Disabled or UnitPhase.Stopped && TearingDown == 0;
}
