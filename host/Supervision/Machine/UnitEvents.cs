using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Supervision.Machine;

/// <summary>Event of a unit.</summary>
internal abstract record UnitEvent;

/// <summary>Command of the configuration or the operator to run the unit, without waiting for the next attempt.</summary>
internal sealed record EnableCommand : UnitEvent;

/// <summary>Command of the operator to disable the unit.</summary>
internal sealed record DisableCommand(string Reason) : UnitEvent;

/// <summary>Configuration of one unit, given in one event: at the start, and by a reload.</summary>
/// <param name="Wanted">Its configuration; null: it is no longer configured.</param>
/// <param name="Disabled">Reason why it does not run; null: it runs.</param>
internal sealed record ConfigureCommand(UnitConfiguration? Wanted, DisabledReason? Disabled = null) : UnitEvent
{
    /// <summary>True when the next generation differs and replaces a running one. False: a unit that runs or is disabled is not changed.</summary>
    public bool Renews { get; init; }

    /// <summary>The plugin of the next generation, loaded and verified already; null: it is loaded when it is needed.</summary>
    public LoadedPlugin? Candidate { get; init; }

    /// <summary>Time for which running calls may go on before the teardown begins; not positive: without a limit; null: none.</summary>
    public TimeSpan? Drain { get; init; }

    /// <summary>Time at which the reload compared the unit, by the supervisor's clock: a unit that was quarantined later is not started.</summary>
    public DateTimeOffset Planned { get; init; } = DateTimeOffset.MaxValue;
}

/// <summary>A unit as it is configured.</summary>
/// <param name="Spec">Specification of its generations.</param>
/// <param name="Machine">Decides about its states.</param>
internal sealed record UnitConfiguration(UnitSpec Spec, UnitMachine Machine);

/// <summary>State of a unit that does not run, and why.</summary>
internal sealed record DisabledReason(UnitPhase Phase, string Reason)
{
    /// <summary>Stable code of the reason; null: none.</summary>
    public string? Code { get; init; }
}

/// <summary>Stop of the gateway; the teardown gets at most this long.</summary>
internal sealed record StopUnitCommand(TimeSpan Bound) : UnitEvent;

/// <summary>Time has passed.</summary>
internal sealed record Tick : UnitEvent;

/// <summary>A step toward a connection has ended, successfully or with a failure.</summary>
internal sealed record StepEnded(int Generation, UnitStep Step, Failure? Failure = null) : UnitEvent
{
    /// <summary>True, after the load, when the adapter declares a credential that allows one session only.</summary>
    public bool HoldsCredential { get; init; }

    /// <summary>Account and limits, after the connect of an adapter.</summary>
    public ConnectionInfo Connection { get; init; } = ConnectionInfo.Empty;
}

/// <summary>Failure of the current instance: a fatal report, the end of its run, or a wedged guard.</summary>
internal sealed record GenerationFailed(int Generation, Failure Failure) : UnitEvent;

/// <summary>The teardown of a generation has ended, well or at its deadline.</summary>
internal sealed record TeardownEnded(int Generation) : UnitEvent;

/// <summary>Account of the connection before the current one, as kept over restarts.</summary>
internal sealed record AccountRecalled(ConnectionInfo Before, ConnectionInfo Current) : UnitEvent;

/// <summary>A plugin has been loaded; precedes the end of the load step.</summary>
internal sealed record PluginArrived(UnitSpec Spec, LoadedPlugin Plugin) : UnitEvent;

/// <summary>A plugin that a reload loaded in vain.</summary>
internal sealed record DiscardCommand(LoadedPlugin Candidate) : UnitEvent;

/// <summary>Health report of an adapter.</summary>
internal sealed record HealthReported(int Generation, Func<AdapterHealth> Latest) : UnitEvent;

/// <summary>The steps toward a connection, in their order.</summary>
internal enum UnitStep
{
    Load,

    /// <summary>Takes the machine-wide lock of a credential that allows one session; only with such a credential.</summary>
    Claim,

    Create,
    Validate,
    Connect,
}

/// <summary>Consequence of a failure.</summary>
internal enum FailureKind
{
    /// <summary>Try again after a backoff.</summary>
    Retry,

    /// <summary>Only the operator can repair the fault.</summary>
    Operator,

    /// <summary>The generation has too many abandoned calls.</summary>
    Wedged,
}

/// <summary>Failure that ended a generation or prevented one.</summary>
/// <param name="Code">A stable short code.</param>
/// <param name="Message">A sentence for the operator.</param>
/// <param name="Kind">Its consequence.</param>
/// <param name="RetryAfter">The least wait the platform demands.</param>
/// <param name="FreshContext">True when the next instance must not share statics with this one.</param>
internal sealed record Failure(
    string Code, string Message, FailureKind Kind = FailureKind.Retry, TimeSpan? RetryAfter = null, bool FreshContext = false)
{
    /// <summary>True when nothing answered: trying again costs the platform nothing.</summary>
    public bool IsUnreachable { get; init; }

    /// <summary>Stack and causes of the plugin's exception, for its author; null: the plugin reported the fault itself, or threw no
    /// exception.</summary>
    public FaultText? Detail { get; init; }

    /// <summary>The frame of the plugin's own code that it came from; null: unknown.</summary>
    public string? Frame { get; init; }
}
