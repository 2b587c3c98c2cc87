using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace PluginGateway.Web.Health;

/// <summary>Reports of the gateway. Both members return at once, from the last published snapshots.</summary>
internal interface IGatewayReports
{
    /// <summary>Returns the JSON of <c>status --json</c>.</summary>
    byte[] Status();

    /// <summary>Returns the metrics, in Prometheus' text format.</summary>
    byte[] Metrics();
}

/// <summary>Status page at <c>/</c>, its JSON at <c>/status</c>, and <c>/metrics</c>.</summary>
internal sealed class StatusEndpoints(IGatewayReports reports)
{
    private static readonly FrozenDictionary<string, (byte[] Bytes, string ContentType)> Files = new Dictionary<string, (byte[], string)>
    {
        ["/"] = (Load("index.html"), "text/html; charset=utf-8"),
        ["/status.js"] = (Load("status.js"), "text/javascript; charset=utf-8"),
        ["/status.css"] = (Load("status.css"), "text/css; charset=utf-8"),
        ["/status.svg"] = (Load("status.svg"), "image/svg+xml"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The paths of the page's files.</summary>
    public static IEnumerable<string> Paths => Files.Keys;

    public static Task FileAsync(HttpContext context)
    {
        var (bytes, contentType) = Files[context.Request.Path];
        return WriteAsync(context, bytes, contentType, "no-cache");
    }

    public Task StatusAsync(HttpContext context) => WriteAsync(context, reports.Status(), "application/json; charset=utf-8", "no-store");

    public Task MetricsAsync(HttpContext context) => WriteAsync(context, reports.Metrics(), PrometheusText.ContentType, "no-store");

    private static async Task WriteAsync(HttpContext context, byte[] bytes, string contentType, string cache)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers[HeaderNames.CacheControl] = cache;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static byte[] Load(string name)
    {
        using var stream = typeof(StatusEndpoints).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly has no resource '{name}'.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
