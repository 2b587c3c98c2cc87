using System.Text.Json;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Supervision.Generations;

/// <summary>Specification of a unit's generations. A reload replaces it.</summary>
internal sealed record UnitSpec
{
    public required string Plugin { get; init; }

    /// <summary>The pinned hash, or null.</summary>
    public string? Sha256 { get; init; }

    /// <summary>True when a pin is required that covers the plugin's whole folder.</summary>
    public bool RequiresPin { get; init; }

    /// <summary>The plugin's own settings, secrets resolved.</summary>
    public JsonElement Settings { get; init; } = ResolvedSettings.Empty;

    public CallTimeouts Timeouts { get; init; } = new();

    /// <summary>Time without a sign of life after which one is asked for: of adapters, and of workers.</summary>
    public TimeSpan ProbeIdleAfter { get; init; }

    /// <summary>Outbox options, for adapters only.</summary>
    public OutboxOptions Outbox { get; init; } = new();

    /// <summary>Location of its code.</summary>
    public IsolationMode Isolation { get; init; }

    /// <summary>Limits of its worker.</summary>
    public WorkerOptions Worker { get; init; } = new();

    /// <summary>Handlers only.</summary>
    public int ConcurrentTurns { get; init; }

    /// <summary>Folders in which the next load looks for the plugin; a running generation is not affected.</summary>
    public IReadOnlyList<string> PluginPaths { get; init; } = [];

    public static UnitSpec Of(AdapterOptions adapter, GatewayOptions gateway) => new()
    {
        Plugin = adapter.Plugin,
        Sha256 = adapter.Sha256,
        RequiresPin = gateway.RequirePins,
        Settings = adapter.Settings,
        // Turns are the handler's.
        Timeouts = Used(adapter.Timeouts) with { Turn = default },
        ProbeIdleAfter = adapter.Probe.IdleAfter,
        Outbox = adapter.Outbox,
        Isolation = adapter.Isolation,
        Worker = adapter.Worker,
        PluginPaths = gateway.PluginPaths,
    };

    public static UnitSpec Of(HandlerOptions handler, GatewayOptions gateway) => new()
    {
        Plugin = handler.Plugin,
        Sha256 = handler.Sha256,
        RequiresPin = gateway.RequirePins,
        Settings = handler.Settings,
        Timeouts = new CallTimeouts
        {
            Load = handler.Timeouts.Load,
            Connect = handler.Timeouts.Connect,
            Turn = handler.Timeouts.Turn,
            Http = handler.Timeouts.Http,
            Disconnect = handler.Timeouts.Disconnect,
            Probe = handler.IsIsolated ? handler.Timeouts.Probe : default,
        },
        ProbeIdleAfter = handler.IsIsolated ? gateway.Probe.IdleAfter : TimeSpan.Zero,
        Isolation = handler.Isolation,
        Worker = handler.Worker,
        ConcurrentTurns = handler.ConcurrentTurns,
        PluginPaths = gateway.PluginPaths,
    };

    /// <summary>True when a generation made from the other need not be replaced. Blanking the members that a record cannot compare by value lets it
    /// compare the rest, later added members included.</summary>
    public bool MakesTheSameAs(UnitSpec other) => Blank(this) == Blank(other) && JsonElement.DeepEquals(Settings, other.Settings);

    /// <summary>Returns the plugin's name only: settings hold secrets.</summary>
    public override string ToString() => Plugin;

    private static UnitSpec Blank(UnitSpec spec) =>
        spec with { Settings = default, PluginPaths = [], Worker = spec.Isolation == IsolationMode.Process ? spec.Worker : new() };

    /// <summary>Returns the timeouts without those that every adapter inherits and only the gateway uses.</summary>
    private static CallTimeouts Used(CallTimeouts timeouts) => timeouts with { Drain = default, StoreClose = default };
}
