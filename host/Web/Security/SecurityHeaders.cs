using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace PluginGateway.Web.Security;

/// <summary>Headers on every answer. An adapter cannot take them away or change them.</summary>
internal static class SecurityHeaders
{
    private static readonly FrozenDictionary<string, string> Values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["X-Content-Type-Options"] = "nosniff",
        ["X-Frame-Options"] = "DENY",
        ["Referrer-Policy"] = "no-referrer",
        ["Cross-Origin-Resource-Policy"] = "same-origin",
        ["Cross-Origin-Opener-Policy"] = "same-origin",
        ["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>True for a header that only the host sets.</summary>
    public static bool Owns(string name) => Values.ContainsKey(name);

    /// <summary>Adds the headers. Responses of adapters under <c>/hooks</c> are for programs: a browser that opens one gives it no origin, in
    /// particular not that of the status page.</summary>
    public static void Add(IHeaderDictionary headers, PathString path)
    {
        foreach (var (name, value) in Values) headers[name] = value;
        if (path.StartsWithSegments("/hooks", StringComparison.OrdinalIgnoreCase))
            headers.ContentSecurityPolicy = headers.ContentSecurityPolicy + "; sandbox";
    }
}
