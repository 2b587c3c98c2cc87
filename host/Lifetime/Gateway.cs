using PluginGateway.Dispatch;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Threads;
using PluginGateway.Web;

namespace PluginGateway.Lifetime;

/// <summary>The gateway between its start and its stop, on the main thread.</summary>
internal sealed class Gateway(
    RunningConfiguration running, GuardServices guard, Supervisor supervisor, PluginLoader loader, UnitRoster roster, Dispatcher dispatcher, MediaKeeper media, MessageStore store, StatusSource status,
    AdapterDesk desk, GatewayFacts facts, GatewayHealth health, StopRequests requests, ServiceManager manager, StopSequence stopSequence, Reloader reloader, TimeProvider clock, ILogger<Gateway> log)
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CalmTurn = TimeSpan.FromMilliseconds(250);

    private readonly DegradedLog _telling = new(clock);
    private readonly Heartbeat _heartbeat = new("main", clock);

    /// <summary>Starts the loops, then every unit that is switched on. Returns at once.</summary>
    public void Start()
    {
        guard.Start();
        dispatcher.Start();
        media.Start();
        var units = WantedUnit.Of(running.Value).Select(roster.FindOrMake).ToArray();
        foreach (var unit in units)
        {
            supervisor.Add(unit);
            if (desk.RestOf(unit.Id) is { } rest) unit.State = unit.State with { Phase = rest.Phase, Reason = rest.Reason, LastFault = rest.Code };
        }

        health.Publish([guard.Watch.Heartbeat, supervisor.Heartbeat, store.Heartbeat, dispatcher.Heartbeat, _heartbeat]);
        supervisor.Start(units.Where(unit => desk.RestOf(unit.Id) is null));
        reloader.Began += manager.Reloading;
        reloader.Ended += report => manager.Ready(report.Ok ? "reloaded" : "reloaded, not all as asked: see the log");
        reloader.Start();
    }

    /// <summary>One more loop that must turn.</summary>
    public void Watch(Heartbeat loop) => health.Publish([.. health.Heartbeats, loop]);

    /// <summary>Blocks until somebody asks for the end, runs the stop sequence and returns the code to end with.</summary>
    public int RunUntilStopped()
    {
        while (!requests.Wait(facts.HasStarted ? CalmTurn : Turn))
        {
            _heartbeat.Beat();
            try
            {
                LookAround();
            }
            catch (Exception fault)
            {
                // Limits and files as a plugin left them: this thread has to be there for the stop.
                log.LookFailed(fault.GetType().FullName, fault.Message);
            }
        }

        return stopSequence.Run(requests.First!);
    }

    /// <summary>An exception that nobody catches, in nobody's code: a thread of the runtime or of the web server has ended, and with it something that only a new process has again.</summary>
    public void OnUnowned(string fault)
    {
        log.UnhandledInNobodysCode(fault);
        requests.Ask($"an unhandled exception in no plugin's code: {fault}", ExitCodes.Failed);
    }

    /// <summary>Code of this unit threw where nobody catches.</summary>
    public void OnUnhandled(string owner, string fault, FaultText? detail)
    {
        log.UnhandledInPlugin(owner, fault);
        if (roster.Find(owner) is not { } unit) return;
        var trouble = new Trouble("unhandled-exception", $"unhandled exception: {fault}", FreshContext: true) { Detail = detail, Frame = detail?.Frame };
        unit.Post(new Broke(unit.State.Generation, trouble));
    }

    private void LookAround()
    {
        // Where nothing can be kept, nothing may be accepted: the service manager starts a gateway on what has the name now.
        if (store.Broken is { Code: StoreCode.Replaced } lost) requests.Ask($"the store was taken away: {lost.Message}", ExitCodes.LastResort);
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
            loader.RemoveUnusedCopies(running.Value.Gateway.DataDirectory);
        }

        if (!facts.HasStarted) manager.Starting("starting");
        Tell();
    }

    /// <summary>Publishes the readiness, and logs it when it has changed for people.</summary>
    private void Tell()
    {
        var (state, reasons) = status.Look();
        health.Publish(new Readiness(facts.HasStarted, false, [.. reasons.Select(static reason => reason.Text)]));
        if (_telling.Next(state, reasons) is not { } now) return;
        var said = now.State == GatewayState.Ready ? "ready" : $"degraded: {now.Reasons}";
        // Degraded is ready too: whoever waits for this service would wait for a platform's bad day.
        if (now.IsFirst) manager.Ready(said);
        else manager.Status(said);
        var where = $"Status: {At("readyz")}{(running.Value.Adapters.Any(static adapter => adapter is { Enabled: true, Plugin: "WebChat" }) ? $"  Chat: {At("chat")}" : "")}";
        if (now.State == GatewayState.Ready) log.Ready(where);
        else if (now.DegradedFor is { } time) log.StillDegraded(time.TotalMinutes, now.Reasons, where);
        else log.Degraded(now.Reasons, where);
    }

    private string At(string path) => facts.Http.EndsWith('/') ? facts.Http + path : $"{facts.Http} /{path}";
}
