using PluginGateway.Web.Events;
using PluginGateway.Web.Health;
using PluginGateway.Web.Security;

namespace PluginGateway.Status;

/// <summary>Figures of the HTTP listener.</summary>
internal sealed class HttpMetrics(HttpStatistics http, ConnectionLimiter connections, EventTopics topics)
{
    public void Write(PrometheusText text)
    {
        text.Counter("gateway_http_answers_total", "HTTP answers by the class of their status.");
        foreach (var (name, count) in http.Answers) text.Add(count, ("code", name));
        text.Counter("gateway_http_wrong_tokens_total", "Requests whose token was not right.").Add(http.WrongTokens);
        text.Counter("gateway_http_evicted_connections_total", "Idle connections that were closed to let another one in.")
            .Add(http.EvictedConnections);
        text.Gauge("gateway_http_connections", "Open connections.").Add(connections.Open);
        text.Gauge("gateway_http_event_streams", "Open event streams.").Add(topics.OpenStreams);
    }
}
