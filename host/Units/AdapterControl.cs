using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;

namespace PluginGateway.Units;

/// <summary>What the operator can ask of one adapter.</summary>
internal enum AdapterAction
{
    Enable,
    Disable,
    Reconnect,
}

/// <summary>What came of it. <paramref name="Note"/>: what the operator should know besides; null: nothing.</summary>
internal sealed record AdapterControlResult(string Id, string Done, string? Note);

/// <summary>The adapters as supervision has them.</summary>
internal interface IAdapterUnits
{
    /// <summary>Where a unit stands; null: there is no such unit.</summary>
    UnitState? StateOf(string id);

    void Post(string id, UnitEvent happened);
}

/// <summary>Knows which units rest and why, and executes what the operator says: in effect at once, remembered over restarts until the configuration entry changes.</summary>
internal sealed class AdapterControl(CurrentConfiguration running, GatewayInfo info, AdapterOverrides overrides, TimeProvider clock, ILogger<AdapterControl> log)
{
    /// <summary>A disk that hangs must not hang the control thread.</summary>
    private static readonly TimeSpan DiskTime = TimeSpan.FromSeconds(1);

    private readonly object _disk = new();
    private readonly object _decisions = new();
    private volatile AdapterOverrides _overrides = overrides;

    /// <summary>True when something rests that the operator can set going without another configuration: then the gateway stays up, whatever else cannot run.</summary>
    public bool CanEnable => info.SafeMode is not null || running.Value.Adapters.Any(adapter => DisabledReasonOf(adapter.Id) is { Phase: not UnitPhase.Parked, Reason: not StartupPolicy.ByConfiguration });

    /// <summary>How a unit rests by the configuration in force; null: it runs.</summary>
    public DisabledReason? DisabledReasonOf(string id) => DisabledReasonOf(id, running.Value);

    /// <summary>How it rests by another configuration.</summary>
    public DisabledReason? DisabledReasonOf(string id, GatewayConfiguration configuration)
    {
        var safe = info.SafeMode is not null;
        if (configuration.Adapters.FirstOrDefault(adapter => adapter.Id == id) is { } adapter) return StartupPolicy.Of(adapter, OverrideOf(id, configuration), safe);
        var handlerOf = HandlerIds.Router(configuration);
        var isNeeded = configuration.Adapters.Any(user => handlerOf(user.Id) == id && DisabledReasonOf(user.Id, configuration) is null);
        return StartupPolicy.OfHandler(OverrideOf(id, configuration), id != HandlerIds.Default, isNeeded, safe);
    }

    /// <summary>Keeps a unit from running until the operator reconnects it.</summary>
    public void Quarantine(string id, string reason)
    {
        Atomically(() => Remember(id, adapterOverride => adapterOverride with { Quarantine = reason }));
        _ = Keep();
    }

    /// <summary>Puts a configuration in force. What the operator has said about a unit since this reload began is about what comes into force, too.</summary>
    public void Adopt(GatewayConfiguration next, DateTimeOffset sinceUtc, Predicate<string> isLeft) => Atomically(() =>
    {
        var before = running.Value;
        var overrides = _overrides;
        foreach (var (id, adapterOverride) in overrides.Units.Where(unit => unit.Value.SaidUtc >= sinceUtc && unit.Value.Entry == EntryOf(unit.Key, before)))
            overrides = overrides.With(id, adapterOverride with { Entry = EntryOf(id, next) });
        running.Adopt(next, isLeft);
        if (ReferenceEquals(overrides, _overrides)) return;
        _overrides = overrides;
        LoopThread.Start("operator's word", () => Write());
    });

    /// <summary>Does something between two words of the operator: how a unit rests does not change meanwhile, and who decides by it and tells the supervisor is not overtaken.</summary>
    public void Atomically(Action decision)
    {
        using (UninterruptibleLock.Enter(_decisions)) decision();
    }

    /// <summary>Does what the operator asks, or says in one sentence why not. Waits for the disk at most a second.</summary>
    public (AdapterControlResult? Answer, string? Refusal) Execute(AdapterAction action, string id, IAdapterUnits units)
    {
        (AdapterControlResult? Answer, string? Refusal) said = default;
        var isNew = false;
        Atomically(() =>
        {
            var before = _overrides;
            said = Decide(action, id, units);
            isNew = !ReferenceEquals(before, _overrides);
        });
        return isNew && said.Answer is { } result ? (result with { Note = Keep() }, null) : said;
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
        Remember(adapter.Id, adapterOverride => adapterOverride with { Enabled = adapter.Enabled ? null : true, Quarantine = null });
        if (state.IsLive || state.Phase == UnitPhase.Waiting) return (new(adapter.Id, "is enabled already", null), null);
        Enable(adapter.Id, units);
        return (new(adapter.Id, "is enabled", null), null);
    }

    private (AdapterControlResult?, string?) Disable(AdapterOptions adapter, UnitState state, IAdapterUnits units)
    {
        Remember(adapter.Id, adapterOverride => adapterOverride with { Enabled = adapter.Enabled ? false : null });
        if (state.Phase == UnitPhase.Disabled && !adapter.Enabled) return (new(adapter.Id, "is disabled already", null), null);
        units.Post(adapter.Id, new DisableCommand(StartupPolicy.ByOperator));
        return (new(adapter.Id, "is disabled", null), null);
    }

    private (AdapterControlResult?, string?) Reconnect(string id, UnitState state, IAdapterUnits units)
    {
        if (state.Phase == UnitPhase.Disabled && running.Adapter(id) is { } adapter && StartupPolicy.Of(adapter, OverrideOf(id, running.Value), safeMode: false) is { Phase: UnitPhase.Disabled } off)
            return (null, $"Adapter '{id}' is disabled ({off.Reason}). Start it: plugin-gateway adapter enable {id}");
        if (running.Adapter(id) is { Enabled: true, Blocker: not null } blocked) return (null, CannotStart(blocked));
        Remember(id, static adapterOverride => adapterOverride with { Quarantine = null });
        Enable(id, units);
        return (new(id, state.IsLive ? "is being reconnected" : "is being started", null), null);
    }

    private static string CannotStart(AdapterOptions adapter) =>
        $"Adapter '{adapter.Id}' cannot be started: {adapter.Blocker!.TrimEnd('.')}. Mend it, and say: plugin-gateway reload (after a change of the environment: restart)";

    /// <summary>An adapter without a handler would only collect messages.</summary>
    private void Enable(string id, IAdapterUnits units)
    {
        if (running.Adapter(id) is not null && running.HandlerOf(id) is var handler && units.StateOf(handler) is { Phase: UnitPhase.Disabled }) units.Post(handler, new EnableCommand());
        units.Post(id, new EnableCommand());
    }

    private AdapterOverride? OverrideOf(string id, GatewayConfiguration configuration) => _overrides.Of(id, EntryOf(id, configuration));

    private static string EntryOf(string id, GatewayConfiguration configuration) => configuration.Adapters.FirstOrDefault(adapter => adapter.Id == id)?.Entry
        ?? configuration.Adapters.FirstOrDefault(user => user.Handler is not null && HandlerIds.Of(user.Id) == id)?.Handler?.Plugin ?? configuration.Handler.Plugin;

    /// <summary>In effect at once; <see cref="Keep"/> writes it.</summary>
    private void Remember(string id, Func<AdapterOverride, AdapterOverride> change)
    {
        var before = _overrides;
        var entry = EntryOf(id, running.Value);
        var adapterOverride = change(before.Of(id, entry) ?? new AdapterOverride(entry, null, null, default)) with { SaidUtc = clock.GetUtcNow() };
        var after = before.With(id, adapterOverride);
        if (after.Units.Count > 0 || before.Units.Count > 0) _overrides = after;
    }

    /// <summary>Null when it is on the disk; else what the operator should know.</summary>
    private string? Keep()
    {
        using var written = new ManualResetEventSlim();
        string? problem = null;
        LoopThread.Start("operator's word", () =>
        {
            var failed = Write();
            Volatile.Write(ref problem, failed ?? "");
            try
            {
                written.Set();
            }
            catch (ObjectDisposedException)
            {
                // Nobody waits any more.
            }
        });
        if (!written.Wait(DiskTime)) return $"It is not on the disk within {DiskTime.TotalSeconds:0.#} s, and may be forgotten at the next start.";
        return Volatile.Read(ref problem) is { Length: > 0 } reason ? $"It cannot be remembered over a restart: {reason}" : null;
    }

    private string? Write()
    {
        try
        {
            using (UninterruptibleLock.Enter(_disk)) _overrides.Write(running.Value.Gateway.DataDirectory);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.WordNotKept(failure.Message);
            return failure.Message;
        }
    }

    private string Unknown(string id)
    {
        var configuration = running.Value;
        var handlers = configuration.Adapters.Where(static adapter => adapter.Handler is not null).Select(static adapter => HandlerIds.Of(adapter.Id)).Prepend(HandlerIds.Default);
        return $"{NearestName.NoAdapter(id, [.. configuration.Adapters.Select(static adapter => adapter.Id)])} "
            + $"Handlers: {NearestName.Listed([.. handlers])}.";
    }

    private string Adapters() => NearestName.Listed([.. running.Value.Adapters.Select(static adapter => adapter.Id).Order(StringComparer.Ordinal)]);
}
