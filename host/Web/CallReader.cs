using Microsoft.AspNetCore.Http;

namespace PluginGateway.Web;

/// <summary>Copies what an adapter may see of a request.</summary>
internal static class CallReader
{
    private const int MaxQueryValues = 64;
    private const int MaxHeaders = 64;

    /// <summary>Copies the request. Kestrel bounds the sizes, this the counts.</summary>
    public static HttpCall Read(HttpContext context, string path, byte[] body)
    {
        var request = context.Request;
        return new HttpCall(request.Method.ToUpperInvariant(), path, body)
        {
            Query = request.Query.Take(MaxQueryValues).ToDictionary(pair => pair.Key, pair => pair.Value.Count == 0 ? "" : pair.Value[^1] ?? ""),
            Headers = request.Headers.Take(MaxHeaders).ToDictionary(pair => pair.Key, pair => string.Join(", ", pair.Value.ToArray()), StringComparer.OrdinalIgnoreCase),
            RemoteAddress = context.Connection.RemoteIpAddress?.ToString(),
        };
    }
}
