using PluginGateway.Configuration.Options;
using PluginGateway.Instance;
using PluginGateway.Web.Events;
using PluginGateway.Web.Health;

namespace PluginGateway.Shutdown;

/// <summary>Announces the stop to the service manager, the health endpoint and open event streams.</summary>
internal sealed class ShutdownAnnouncement(GatewayOptions options, ServiceManager manager, GatewayHealth health, EventTopics topics)
{
    /// <summary>Announces the stop to the service manager, with a limit that is not before the kernel's alarm.</summary>
    public void TellServiceManager(StopRequest request) =>
        manager.Stopping(request.Reason, options.ShutdownBudget + options.LastResortGrace + KernelAlarm.AfterWatchdog);

    public void PublishReadiness(StopRequest request) => health.Publish(new Readiness(false, true, [$"stopping: {request.Reason}"]));

    public void EndEventStreams() => topics.Stopping();
}
