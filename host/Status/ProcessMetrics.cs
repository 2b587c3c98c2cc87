using PluginGateway.Dispatch;
using PluginGateway.Guard;
using PluginGateway.Store;
using PluginGateway.Threads;
using PluginGateway.Web.Health;

namespace PluginGateway.Status;

/// <summary>Figures of the process: its loops, the thread pool, the store's engine and the media folder.</summary>
internal sealed class ProcessMetrics(GatewayHealth health, GuardServices guard, MessageStore store, Dispatcher dispatcher)
{
    public void Write(PrometheusText text)
    {
        text.Gauge("gateway_heartbeat_age_seconds", "Time since a loop last came round.");
        foreach (var beat in health.Heartbeats) text.Add(beat.Age.TotalSeconds, ("loop", beat.Name));
        text.Gauge("gateway_pool_starved", "1 while the thread pool on which plugins await is starved.").Add(guard.Watch.Pool.IsStarved ? 1 : 0);
        text.Counter("gateway_pool_starvations_total", "How often it has been starved.").Add(guard.Watch.Pool.Starvations);
        text.Gauge("gateway_pool_wait_seconds", "How long the open probe of the pool has been waiting.").Add(guard.Watch.Pool.Waiting.TotalSeconds);
        text.Counter("gateway_store_commits_total", "Transactions that became durable.").Add(store.Figures.Commits);
        text.Counter("gateway_store_commands_total", "Verbs written in them.").Add(store.Figures.Commands);
        text.Counter("gateway_store_failures_total", "Transactions that were undone.").Add(store.Figures.Failures);
        text.Gauge("gateway_store_broken", "1 once the database turned out to be damaged.").Add(store.Broken is null ? 0 : 1);
        text.Gauge("gateway_media_bytes", "Bytes in the media folder, as last counted.").Add(dispatcher.Copies.Folder.Used);
        text.Gauge("gateway_media_limit_bytes", "The most it may have.").Add(dispatcher.Copies.Folder.Limits.MaxTotalBytes);
    }
}
