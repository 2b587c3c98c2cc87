using Microsoft.AspNetCore.Http;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Adapters;

/// <summary>Copies what an adapter may see of a request.</summary>
internal static class AdapterRequestReader
{
    private const int MaxQueryValues = 64;
    private const int MaxHeaders = 64;

    private static readonly string[] Withheld = ["Cookie", "Proxy-Authorization"];

    /// <summary>Copies the request without credentials of the gateway: an <c>Authorization</c> with its token or the token of a turn, cookies, and
    /// the proxy's. What a platform sends in <c>Authorization</c> stays. Kestrel bounds the sizes, this the counts.</summary>
    public static HttpCall Read(HttpContext context, string path, byte[] body, WebAccess access)
    {
        var request = context.Request;
        return new HttpCall(request.Method.ToUpperInvariant(), path, body)
        {
            Query = request.Query.Take(MaxQueryValues).ToDictionary(pair => pair.Key, pair => pair.Value.Count == 0 ? "" : pair.Value[^1] ?? ""),
            Headers = request.Headers.Where(pair => IsForAdapters(pair.Key, pair.Value.ToArray(), access)).Take(MaxHeaders).ToDictionary(
                pair => pair.Key, pair => string.Join(", ", pair.Value.ToArray()), StringComparer.OrdinalIgnoreCase),
            RemoteAddress = context.Connection.RemoteIpAddress?.ToString(),
        };
    }

    private static bool IsForAdapters(string name, string?[] values, WebAccess access) =>
        !Withheld.Contains(name, StringComparer.OrdinalIgnoreCase)
        && !(name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
            && values.Any(value => access.IsKnown(value) || ReplyTokenAuthentication.IsTurnToken(value)));
}
