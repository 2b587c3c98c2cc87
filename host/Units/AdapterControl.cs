using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;

namespace PluginGateway.Units;

/// <summary>Operator's action on one adapter.</summary>
internal enum AdapterAction
{
    Enable,
    Disable,
    Reconnect,
}

/// <summary>Result of an action. <paramref name="Note"/>: a remark for the operator; null when there is none.</summary>
internal sealed record AdapterControlResult(string Id, string Done, string? Note);

/// <summary>Units of the supervisor, as the operator's actions need them.</summary>
internal interface IAdapterUnits
{
    /// <summary>Returns the state of a unit; null when there is no such unit.</summary>
    UnitState? StateOf(string id);

    void Post(string id, UnitEvent happened);
}

/// <summary>Executes the operator's actions on adapters: in effect at once, remembered over restarts until the configuration entry changes. One
/// decision at a time.</summary>
internal sealed class AdapterControl(CurrentConfiguration running, AdapterOverrideStore overrides)
{
    private readonly object _decisions = new();

    /// <summary>Keeps a unit from running until the operator reconnects it.</summary>
    public void Quarantine(string id, string reason)
    {
        Atomically(() => overrides.Change(id, adapterOverride => adapterOverride with { Quarantine = reason }));
        _ = overrides.Save();
    }

    /// <summary>Puts a configuration in force. Overrides that the operator has made since this reload began apply to the new configuration,
    /// too.</summary>
    public void Adopt(GatewayConfiguration next, DateTimeOffset sinceUtc, Predicate<string> isLeft) => Atomically(() =>
    {
        var carried = overrides.CarriedOver(next, sinceUtc);
        running.Adopt(next, isLeft);
        overrides.Replace(carried);
    });

    /// <summary>Runs a decision between two commands of the operator: overrides do not change meanwhile, and no other decision reads them.</summary>
    public void Atomically(Action decision)
    {
        using (UninterruptibleLock.Enter(_decisions)) decision();
    }

    /// <summary>Executes an action, or returns the reason of its refusal in one sentence. Waits for the disk at most a second.</summary>
    public (AdapterControlResult? Answer, string? Refusal) Execute(AdapterAction action, string id, IAdapterUnits units)
    {
        (AdapterControlResult? Answer, string? Refusal) said = default;
        var isNew = false;
        Atomically(() =>
        {
            var before = overrides.Current;
            said = Decide(action, id, units);
            isNew = !ReferenceEquals(before, overrides.Current);
        });
        return isNew && said.Answer is { } result ? (result with { Note = overrides.Save() }, null) : said;
    }

    private (AdapterControlResult?, string?) Decide(AdapterAction action, string id, IAdapterUnits units)
    {
        if (units.StateOf(id) is not { } state) return (null, Unknown(id));
        if (action != AdapterAction.Reconnect && running.Adapter(id) is null)
            return (null, $"'{id}' is a handler: it runs while an adapter needs it, and can be reconnected. Adapters: {Adapters()}.");
        if (state.Phase is UnitPhase.Stopping or UnitPhase.Stopped) return (null, "The gateway is stopping.");
        if (action == AdapterAction.Reconnect) return Reconnect(id, state, units);
        var adapter = running.Adapter(id)!;
        return action == AdapterAction.Enable ? Enable(adapter, state, units) : Disable(adapter, state, units);
    }

    private (AdapterControlResult?, string?) Enable(AdapterOptions adapter, UnitState state, IAdapterUnits units)
    {
        if (adapter is { Enabled: true, Blocker: not null }) return (null, CannotStart(adapter));
        if (adapter is { Enabled: false, Blocker: { } blocker })
            return (null, $"Adapter '{adapter.Id}' cannot be enabled: {blocker.TrimEnd('.')}. Mend it, set \"enabled\": true in {adapter.Path}, and say: plugin-gateway reload");
        overrides.Change(adapter.Id, adapterOverride => adapterOverride with { Enabled = adapter.Enabled ? null : true, Quarantine = null });
        if (state.IsLive || state.Phase == UnitPhase.Waiting) return (new(adapter.Id, "is enabled already", null), null);
        Enable(adapter.Id, units);
        return (new(adapter.Id, "is enabled", null), null);
    }

    private (AdapterControlResult?, string?) Disable(AdapterOptions adapter, UnitState state, IAdapterUnits units)
    {
        overrides.Change(adapter.Id, adapterOverride => adapterOverride with { Enabled = adapter.Enabled ? false : null });
        if (state.Phase == UnitPhase.Disabled && !adapter.Enabled) return (new(adapter.Id, "is disabled already", null), null);
        units.Post(adapter.Id, new DisableCommand(StartupPolicy.ByOperator));
        return (new(adapter.Id, "is disabled", null), null);
    }

    private (AdapterControlResult?, string?) Reconnect(string id, UnitState state, IAdapterUnits units)
    {
        if (state.Phase == UnitPhase.Disabled && running.Adapter(id) is { } adapter
            && StartupPolicy.Of(adapter, overrides.Of(id, running.Value), safeMode: false) is { Phase: UnitPhase.Disabled } off)
            return (null, $"Adapter '{id}' is disabled ({off.Reason}). Start it: plugin-gateway adapter enable {id}");
        if (running.Adapter(id) is { Enabled: true, Blocker: not null } blocked) return (null, CannotStart(blocked));
        overrides.Change(id, static adapterOverride => adapterOverride with { Quarantine = null });
        Enable(id, units);
        return (new(id, state.IsLive ? "is being reconnected" : "is being started", null), null);
    }

    private static string CannotStart(AdapterOptions adapter) =>
        $"Adapter '{adapter.Id}' cannot be started: {adapter.Blocker!.TrimEnd('.')}. Mend it, and say: plugin-gateway reload (after a change of the environment: restart)";

    /// <summary>Enables a unit and the handler of an adapter: without its handler an adapter would only collect messages.</summary>
    private void Enable(string id, IAdapterUnits units)
    {
        if (running.Adapter(id) is not null && running.HandlerOf(id) is var handler && units.StateOf(handler) is { Phase: UnitPhase.Disabled })
            units.Post(handler, new EnableCommand());
        units.Post(id, new EnableCommand());
    }

    private string Unknown(string id)
    {
        var configuration = running.Value;
        var handlers = configuration.Adapters.Where(static adapter => adapter.Handler is not null).Select(static adapter => HandlerIds.Of(adapter.Id))
            .Prepend(HandlerIds.Default);
        return $"{NearestName.NoAdapter(id, [.. configuration.Adapters.Select(static adapter => adapter.Id)])} "
            + $"Handlers: {NearestName.Listed([.. handlers])}.";
    }

    private string Adapters() => NearestName.Listed([.. running.Value.Adapters.Select(static adapter => adapter.Id).Order(StringComparer.Ordinal)]);
}
