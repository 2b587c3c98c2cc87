using PluginGateway.Instance;
using PluginGateway.Reloading;
using PluginGateway.Status;
using PluginGateway.Units;
using PluginGateway.Web.Health;

namespace PluginGateway.Hosting;

/// <summary>Tells the health endpoint, the service manager and the log how ready the gateway is.</summary>
internal sealed class ReadinessPublisher(
    StatusReporter status, GatewayHealth health, GatewayInfo info, CurrentConfiguration running, ServiceManager manager, Reloader reloader,
    TimeProvider clock, ILogger<ReadinessPublisher> log)
{
    private readonly DegradedLog _telling = new(clock);

    /// <summary>Reports reloads to the service manager from now on. Called before the first one.</summary>
    public void FollowReloads()
    {
        reloader.Began += manager.Reloading;
        reloader.Ended += report => manager.Ready(report.Ok ? "reloaded" : "reloaded, not all as asked: see the log");
    }

    /// <summary>Publishes the readiness, and logs changes of it.</summary>
    public void Publish()
    {
        if (!info.HasStarted) manager.Starting("starting");
        var (state, reasons) = status.Evaluate();
        health.Publish(new Readiness(info.HasStarted, false, [.. reasons.Select(static reason => reason.Text)]));
        if (_telling.Next(state, reasons) is not { } now) return;
        var said = now.State == GatewayState.Ready ? "ready" : $"degraded: {now.Reasons}";
        // Degraded is ready too: services that wait for this one would wait for a platform's bad day.
        if (now.IsFirst) manager.Ready(said);
        else manager.Status(said);
        var hasChat = running.Value.Adapters.Any(static adapter => adapter is { Enabled: true, Plugin: "WebChat" });
        var where = $"Status: {At("readyz")}{(hasChat ? $"  Chat: {At("chat")}" : "")}";
        if (now.State == GatewayState.Ready) log.Ready(where);
        else if (now.DegradedFor is { } time) log.StillDegraded(time.TotalMinutes, now.Reasons, where);
        else log.Degraded(now.Reasons, where);
    }

    private string At(string path) => info.Http.EndsWith('/') ? info.Http + path : $"{info.Http} /{path}";
}
