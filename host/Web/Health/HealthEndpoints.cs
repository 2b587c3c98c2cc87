using Microsoft.AspNetCore.Http;

namespace PluginGateway.Web.Health;

/// <summary><c>/healthz</c>: do the gateway's loops run? <c>/readyz</c>: does it take work?</summary>
internal sealed class HealthEndpoints(GatewayHealth health)
{
    /// <summary>The item of a request that may see the reasons.</summary>
    public static object ShowsReasons { get; } = new();

    /// <summary>Answers 200 with the age of every heartbeat, or 503 when one is stale.</summary>
    public Task LiveAsync(HttpContext context)
    {
        var ages = health.Heartbeats.Select(beat => (beat.Name, beat.Age)).ToArray();
        var stalled = ages.Where(beat => beat.Age > GatewayHealth.StalledAfter).Select(beat => beat.Name).ToArray();
        return JsonResponse.WriteAsync(context, stalled.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, json =>
        {
            json.WriteString("status", stalled.Length == 0 ? "ok" : "stalled");
            json.WriteStartObject("heartbeats");
            foreach (var (name, age) in ages) json.WriteNumber(name, Math.Round(age.TotalSeconds, 3));
            json.WriteEndObject();
            if (stalled.Length == 0) return;
            json.WriteStartArray("stalled");
            foreach (var name in stalled) json.WriteStringValue(name);
            json.WriteEndArray();
        });
    }

    /// <summary>Answers 200 or 503: with the reasons for a client that may read the status, without them for others.</summary>
    public Task ReadyAsync(HttpContext context)
    {
        var readiness = health.Readiness;
        // Stalled loops are read here: the thread that publishes the readiness may be one of them. The loops end with the stop.
        string[] stalled = readiness.Stopping ? [] : [.. health.Stalled.Select(GatewayHealth.Describe)];
        var takesWork = readiness is { Ready: true, Stopping: false } && stalled.Length == 0;
        return JsonResponse.WriteAsync(context, takesWork ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, json =>
        {
            json.WriteString("status", readiness.Stopping ? "stopping" : takesWork ? "ready" : "notReady");
            if (readiness.Stopping) json.WriteString("reason", JsonResponse.Stopping);
            if (!context.Items.ContainsKey(ShowsReasons)) return;
            json.WriteStartArray("reasons");
            foreach (var reason in readiness.Reasons.Union(stalled)) json.WriteStringValue(reason);
            json.WriteEndArray();
        });
    }
}
