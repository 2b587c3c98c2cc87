using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace PluginGateway.Web;

/// <summary>JSON responses of the host. A refusal always has a <c>reason</c> for programs and a <c>message</c> to read.</summary>
internal static class JsonResponse
{
    /// <summary>The reason of every refusal while the gateway stops.</summary>
    public const string Stopping = "stopping";

    /// <summary>Refuses a request. <paramref name="retryAfterSeconds"/> above zero adds <c>Retry-After</c>.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string reason, string message, int retryAfterSeconds = 0)
    {
        if (retryAfterSeconds > 0)
            context.Response.Headers.RetryAfter = retryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return WriteAsync(context, status, json =>
        {
            json.WriteString("reason", reason);
            json.WriteString("message", message);
        });
    }

    /// <summary>Writes one JSON object.</summary>
    public static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = bytes.WrittenCount;
        context.Response.Headers[HeaderNames.CacheControl] = "no-store";
        await context.Response.Body.WriteAsync(bytes.WrittenMemory, context.RequestAborted);
    }
}
