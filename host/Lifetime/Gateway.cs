using PluginGateway.Configuration;
using PluginGateway.Dispatch;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Web;

namespace PluginGateway.Lifetime;

/// <summary>The gateway between its start and its stop, on the main thread.</summary>
internal sealed class Gateway(
    GatewayConfiguration configuration, GuardServices guard, Supervisor supervisor, PluginLoader loader, IAdapterFactory adapters, IHandlerFactory handlers,
    IUnitSurroundings surroundings, Dispatcher dispatcher, MessageStore store, StatusSource status, AdapterDesk desk, GatewayFacts facts, GatewayHealth health, StopRequests requests,
    ServiceManager manager, StopSequence stopSequence, TimeProvider clock, ILoggerFactory logs, ILogger<Gateway> log)
    : IAdapterUnits
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, SupervisedUnit> _units = new(StringComparer.Ordinal);
    private (GatewayState State, string Reasons) _told = (GatewayState.Starting, "");

    /// <summary>Starts the loops, then every unit that is switched on. Returns at once.</summary>
    public void Start()
    {
        guard.Start();
        dispatcher.Start();
        var services = new UnitServices(
            loader, adapters, handlers, guard, surroundings, clock, supervisor.Post, configuration.Gateway.DataDirectory, configuration.Gateway.PluginPaths);
        foreach (var unit in Units(services)) _units.Add(unit.Id, unit);
        foreach (var unit in _units.Values) supervisor.Add(unit);
        foreach (var unit in _units.Values)
        {
            if (desk.RestOf(unit.Id) is { } rest) unit.State = unit.State with { Phase = rest.Phase, Reason = rest.Reason };
        }

        health.Publish([guard.Watch.Heartbeat, supervisor.Heartbeat, store.Heartbeat, dispatcher.Heartbeat]);
        supervisor.Start(_units.Values.Where(unit => desk.RestOf(unit.Id) is null));
    }

    /// <summary>Blocks until somebody asks for the end, runs the stop sequence and returns the code to end with.</summary>
    public int RunUntilStopped()
    {
        while (!requests.Wait(Turn)) LookAround();
        return stopSequence.Run(requests.First!);
    }

    public UnitState? StateOf(string id) => _units.TryGetValue(id, out var unit) ? unit.State : null;

    public void Post(string id, UnitEvent happened) => _units[id].Post(happened);

    /// <summary>Code of this unit threw where nobody catches.</summary>
    public void OnUnhandled(string owner, string fault)
    {
        log.UnhandledInPlugin(owner, fault);
        if (!_units.TryGetValue(owner, out var unit)) return;
        unit.Post(new Broke(unit.State.Generation, new Trouble("unhandled-exception", $"unhandled exception: {fault}", FreshContext: true)));
    }

    private IEnumerable<SupervisedUnit> Units(UnitServices services)
    {
        yield return Handler(HandlerIds.Default, configuration.Handler, services);
        foreach (var adapter in configuration.Adapters)
        {
            if (adapter.Handler is { } own) yield return Handler(HandlerIds.Of(adapter.Id), own, services);
            yield return new AdapterUnit(adapter, services, Machine(adapter.Id, adapter.OnWedged), logs.CreateLogger<Supervisor>(), clock.GetUtcNow());
        }
    }

    private HandlerUnit Handler(string id, HandlerOptions options, UnitServices services) =>
        new(id, options, services, Machine(id, configuration.Gateway.OnWedged), logs.CreateLogger<Supervisor>(), clock.GetUtcNow());

    private UnitMachine Machine(string id, OnWedged onWedged)
    {
        var terms = new UnitTerms(configuration.Gateway.Reconnect, onWedged);
#pragma warning disable CA5394 // Jitter needs no secrecy.
        return new UnitMachine(terms, new BackoffPolicy(configuration.Gateway.Reconnect, Random.Shared), () => store.NextGeneration(id));
#pragma warning restore CA5394
    }

    private void LookAround()
    {
        var snapshot = supervisor.Snapshot;
        if (!facts.HasStarted && snapshot.Units.Count > 0 && snapshot.IsSettled)
        {
            if (snapshot.IsHopeless && !desk.CanSetGoing)
            {
                var reasons = string.Join("; ", status.Judge().Reasons);
                log.Hopeless(reasons);
                requests.Ask($"nothing can run: {reasons}", ExitCodes.Configuration);
                return;
            }

            facts.HasStarted = true;
            loader.RemoveUnusedCopies(configuration.Gateway.DataDirectory);
        }

        if (!facts.HasStarted) manager.Starting("starting");
        Tell();
    }

    /// <summary>Publishes the readiness, and logs it when it has changed.</summary>
    private void Tell()
    {
        var (state, reasons) = status.Judge();
        health.Publish(new Readiness(facts.HasStarted, false, reasons));
        var now = (state, string.Join("; ", reasons));
        if (state is GatewayState.Starting or GatewayState.Stopping || now == _told) return;
        var said = state == GatewayState.Ready ? "ready" : $"{state.ToString().ToLowerInvariant()}: {now.Item2}";
        // Degraded is ready too: whoever waits for this service would wait for a platform's bad day.
        if (_told.State == GatewayState.Starting) manager.Ready(said);
        else manager.Status(said);
        _told = now;
        var where = $"Status: {facts.Http}readyz{(configuration.Adapters.Any(static adapter => adapter is { Enabled: true, Plugin: "WebChat" }) ? $"  Chat: {facts.Http}chat" : "")}";
        if (state == GatewayState.Ready) log.Ready(where);
        else log.Degraded(now.Item2, where);
    }
}
