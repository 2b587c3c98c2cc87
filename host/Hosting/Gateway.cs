using PluginGateway.Dispatch;
using PluginGateway.Guard;
using PluginGateway.Instance;
using PluginGateway.Loading;
using PluginGateway.Media;
using PluginGateway.Posix;
using PluginGateway.Reloading;
using PluginGateway.Shutdown;
using PluginGateway.Status;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;
using PluginGateway.Units;
using PluginGateway.Web.Health;

namespace PluginGateway.Hosting;

/// <summary>The gateway between its start and its stop, on the main thread.</summary>
internal sealed class Gateway(
    CurrentConfiguration running, GuardServices guard, Supervisor supervisor, PluginLoader loader, UnitRegistry registry, Dispatcher dispatcher, MediaCollector media, MessageStore store, StatusReporter status,
    AdapterControl control, GatewayInfo info, GatewayHealth health, StopRequests requests, ServiceManager manager, ShutdownSequence shutdownSequence, Reloader reloader, TimeProvider clock, ILogger<Gateway> log)
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReadyTickInterval = TimeSpan.FromMilliseconds(250);

    private readonly DegradedLog _telling = new(clock);
    private readonly Heartbeat _heartbeat = new("main", clock);

    /// <summary>Starts the loops, then every unit that is switched on. Returns at once.</summary>
    public void Start()
    {
        guard.Start();
        dispatcher.Start();
        media.Start();
        var units = WantedUnit.Of(running.Value).Select(registry.FindOrMake).ToArray();
        foreach (var unit in units)
        {
            supervisor.Add(unit);
            if (control.DisabledReasonOf(unit.Id) is { } disabledReason) unit.State = unit.State with { Phase = disabledReason.Phase, Reason = disabledReason.Reason, LastFault = disabledReason.Code };
        }

        health.Publish([guard.Watch.Heartbeat, supervisor.Heartbeat, store.Heartbeat, dispatcher.Heartbeat, _heartbeat]);
        supervisor.Start(units.Where(unit => control.DisabledReasonOf(unit.Id) is null));
        reloader.Began += manager.Reloading;
        reloader.Ended += report => manager.Ready(report.Ok ? "reloaded" : "reloaded, not all as asked: see the log");
        reloader.Start();
    }

    /// <summary>One more loop that must turn.</summary>
    public void Watch(Heartbeat loop) => health.Publish([.. health.Heartbeats, loop]);

    /// <summary>Blocks until somebody asks for the end, runs the stop sequence and returns the code to end with.</summary>
    public int RunUntilStopped()
    {
        while (!requests.Wait(info.HasStarted ? ReadyTickInterval : TickInterval))
        {
            _heartbeat.Beat();
            try
            {
                OnTick();
            }
            catch (Exception fault)
            {
                // Limits and files as a plugin left them: this thread has to be there for the stop.
                log.LookFailed(fault.GetType().FullName, fault.Message);
            }
        }

        return shutdownSequence.Run(requests.First!);
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
        if (registry.Find(owner) is not { } unit) return;
        var failure = new Failure("unhandled-exception", $"unhandled exception: {fault}", FreshContext: true) { Detail = detail, Frame = detail?.Frame };
        unit.Post(new GenerationFailed(unit.State.Generation, failure));
    }

    private void OnTick()
    {
        // Where nothing can be kept, nothing may be accepted: the service manager starts a gateway on what has the name now.
        if (store.Broken is { Code: StoreCode.Replaced } lost) requests.Ask($"the store was taken away: {lost.Message}", ExitCodes.LastResort);
        var snapshot = supervisor.Snapshot;
        if (!info.HasStarted && snapshot.Units.Count > 0 && snapshot.IsSettled)
        {
            if (snapshot.IsHopeless && !control.CanEnable)
            {
                var reasons = string.Join("; ", status.Judge().Reasons);
                log.Hopeless(reasons);
                requests.Ask($"nothing can run: {reasons}", ExitCodes.Configuration);
                return;
            }

            info.HasStarted = true;
            loader.RemoveUnusedCopies(running.Value.Gateway.DataDirectory);
        }

        if (!info.HasStarted) manager.Starting("starting");
        UpdateReadiness();
    }

    /// <summary>Publishes the readiness, and logs it when it has changed for people.</summary>
    private void UpdateReadiness()
    {
        var (state, reasons) = status.Evaluate();
        health.Publish(new Readiness(info.HasStarted, false, [.. reasons.Select(static reason => reason.Text)]));
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

    private string At(string path) => info.Http.EndsWith('/') ? info.Http + path : $"{info.Http} /{path}";
}
