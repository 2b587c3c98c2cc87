using System.Buffers;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Adapters;

/// <summary>Writes an adapter's answer, without the headers that are the host's business.</summary>
internal static class ReplyWriter
{
    private const int MaxHeaders = 64;
    private const int MaxHeaderChars = 8 * 1024;

    // RFC 9110, 7.6.1: a header of one hop belongs to the connection, and the connection is the host's.
    private static readonly FrozenSet<string> HostOnly = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Content-Length", "Date", "Server", "Alt-Svc",
        // Of the whole origin, which is the status page's too.
        "Service-Worker-Allowed", "Set-Cookie", "Clear-Site-Data",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly SearchValues<char> NameChars =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>Writes status, headers and bytes.</summary>
    public static async Task WriteAsync(HttpContext context, HttpReply reply)
    {
        var response = context.Response;
        response.StatusCode = reply.Status;
        CopyHeaders(reply.Headers, response.Headers);
        if (reply.ContentType is { Length: > 0 } type && IsSound(type)) response.ContentType = type;
        if (reply.Status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified) return;
        response.ContentLength = reply.Body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(reply.Body, context.RequestAborted);
    }

    /// <summary>Copies the headers a peer can understand and an adapter may set; the rest is left out.</summary>
    public static void CopyHeaders(IReadOnlyDictionary<string, string> from, IHeaderDictionary headers)
    {
        foreach (var (name, value) in from.Take(MaxHeaders))
        {
            if (HostOnly.Contains(name) || SecurityHeaders.Owns(name) || name.Length == 0 || name.AsSpan().ContainsAnyExcept(NameChars)) continue;
            if (IsSound(value)) headers[name] = value;
        }
    }

    private static bool IsSound(string value) => value.Length <= MaxHeaderChars && !value.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
