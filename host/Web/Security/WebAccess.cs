using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Web.Security;

/// <summary>Access to the HTTP interface: the host names that the listener accepts, and the token that it requires. A configured token is required on
/// loopback too: a reverse proxy, another user and a worker are on this machine.</summary>
/// <param name="AllowedHosts">Host names, without port, beside <c>localhost</c>, <c>127.0.0.1</c>, <c>[::1]</c> and the address that was connected
/// to.</param>
/// <param name="Token">The bearer token for the gateway's own pages.</param>
/// <param name="LoopbackOnly">True when only this machine can reach the listener: without a token none is wanted.</param>
internal sealed record WebAccess(IReadOnlyList<string> AllowedHosts, string? Token, bool LoopbackOnly)
{
    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Default access: from this machine only.</summary>
    public static WebAccess Loopback { get; } = new([], null, true);

    /// <summary>The host in the address the listener was told to bind.</summary>
    public string? BoundHost { get; init; }

    /// <summary>Tokens for a part of the interface.</summary>
    public IReadOnlyList<ScopedToken> Scoped { get; init; } = [];

    /// <summary>True when no token is required.</summary>
    public bool IsOpen => LoopbackOnly && Token is null && Scoped.Count == 0;

    /// <summary>Guessing is hopeless, so a right token may be looked at however many wrong ones came before.</summary>
    public bool IsTokenStrong =>
        (Token is null || TokenStrength.IsEnough(Token)) && Scoped.All(static scoped => TokenStrength.IsEnough(scoped.Token));

    /// <summary>Decides over a request. <paramref name="isPublic"/> is true for what needs no token: health, webhooks and an adapter's pages;
    /// <paramref name="isHealth"/> for what answers under any name.</summary>
    /// <returns>Null when it may go on, else why not.</returns>
    public AccessRefusal? Check(
        string scheme, HostString host, string? origin, string? authorization, bool isPublic, IPAddress? local = null, bool isHealth = false)
    {
        if (!isHealth && !AnswersTo(host.Host, local)) return AccessRefusal.WrongHost(host.Value);
        if (!string.IsNullOrEmpty(origin) && !IsSameOrigin(scheme, host, origin)) return AccessRefusal.WrongOrigin;
        return IsOpen || isPublic || IsKnown(authorization) ? null : AccessRefusal.NoToken;
    }

    /// <summary>Returns the refusal of a request for this path with the scope of its token; null: it is allowed.</summary>
    public static AccessRefusal? CheckScope(ScopedToken? scope, string method, PathString path) =>
        scope is null || MayAsk(scope, method, path) ? null : AccessRefusal.OutOfScope;

    /// <summary>True: the memory of sessions, for which a request needs a token of its own.</summary>
    public static bool IsMemory(PathString path) => path.StartsWithSegments("/api/memory", StringComparison.OrdinalIgnoreCase);

    private static bool MayAsk(ScopedToken scope, string method, PathString path)
    {
        var reads = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        if (path == "/metrics") return scope.ReadsMetrics && reads;
        if (path == "/api/events") return scope.ReadsEvents && reads;
        if (IsMemory(path)) return scope.SeesMemory;
        if (path == "/api/attachments") return scope.SendsTo is not null && HttpMethods.IsPost(method);
        return scope.SendsTo is not null && path.StartsWithSegments("/api/messages", StringComparison.Ordinal);
    }

    /// <summary>True: the gateway goes by this name.</summary>
    /// <remarks>An address is safe where a name is not: no other site's name can lead a browser to it as its own. Behind a forwarded port (docker, a
    /// pod's service) it is not the address that was connected to, so where a token is wanted any address will do.</remarks>
    public bool AnswersTo(string name, IPAddress? local) =>
        name.Length > 0
        && (LoopbackNames.Contains(name, StringComparer.OrdinalIgnoreCase)
            || string.Equals(name, BoundHost, StringComparison.OrdinalIgnoreCase)
            || IsConfigured(name)
            || (AddressIn(name) is { } asked && (!IsOpen || (local is not null && asked.Equals(Plain(local))))));

    private bool IsConfigured(string name) =>
        name.Length > 0 && (AllowedHosts.Contains(name, StringComparer.OrdinalIgnoreCase)
            || (AddressIn(name) is { } asked && AllowedHosts.Any(host => asked.Equals(AddressIn(host)))));

    /// <summary>IPv6 stands in brackets in a <c>Host</c>, and may in the configuration.</summary>
    private static IPAddress? AddressIn(string name) => Rules.IsAddress(name, out var address) ? Plain(address) : null;

    /// <summary>Returns the address for comparison: as IPv4 where it is mapped to IPv6, and a link-local one without its network interface, which is
    /// a name of this machine only.</summary>
    private static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address.IsIPv6LinkLocal ? new IPAddress(address.GetAddressBytes()) : address;

    /// <summary>Returns true for an origin of this listener. A reverse proxy in front of a configured name may terminate TLS, so https is accepted
    /// there as well as the request's own scheme.</summary>
    private bool IsSameOrigin(string scheme, HostString host, string origin) =>
        string.Equals(origin, $"{scheme}://{host.Value}", StringComparison.OrdinalIgnoreCase)
        || (IsConfigured(host.Host) && string.Equals(origin, $"https://{host.Value}", StringComparison.OrdinalIgnoreCase));

    /// <summary>True when the request brings the token: as a bearer token, or, from a browser, as the password of any user. The comparison takes the
    /// same time for every wrong one.</summary>
    public bool HasToken(string? authorization) => TokenIn(authorization) is { } text && IsSame(text, Token);

    /// <summary>Returns the request's token for a part of the interface; null: none.</summary>
    public ScopedToken? ScopeOf(string? authorization)
    {
        if (Scoped.Count == 0 || TokenIn(authorization) is not { } text) return null;
        ScopedToken? found = null;
        foreach (var scoped in Scoped) if (IsSame(text, scoped.Token)) found ??= scoped;
        return found;
    }

    /// <summary>Returns true if the request has any valid token.</summary>
    public bool IsKnown(string? authorization) => HasToken(authorization) || ScopeOf(authorization) is not null;

    private static bool IsSame(string text, string? token)
    {
        if (string.IsNullOrEmpty(token)) return false;
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> wanted = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), given);
        SHA256.HashData(Encoding.UTF8.GetBytes(token), wanted);
        return CryptographicOperations.FixedTimeEquals(given, wanted);
    }

    private static string? TokenIn(string? authorization)
    {
        const string bearer = "Bearer ", basic = "Basic ";
        if (authorization is null) return null;
        if (authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)) return authorization[bearer.Length..].Trim();
        if (!authorization.StartsWith(basic, StringComparison.OrdinalIgnoreCase)) return null;
        var bytes = new byte[authorization.Length];
        if (!Convert.TryFromBase64String(authorization[basic.Length..].Trim(), bytes, out var length)) return null;
        var credentials = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = credentials.IndexOf(':');
        return colon < 0 ? null : credentials[(colon + 1)..];
    }
}

/// <summary>Refusal of a request.</summary>
internal sealed record AccessRefusal(int Status, string Reason, string Message)
{
    public static AccessRefusal WrongOrigin { get; } = new(StatusCodes.Status403Forbidden, "origin",
        "The request comes from a page of another site; only pages of this gateway may ask.");

    public static AccessRefusal NoToken { get; } = new(StatusCodes.Status401Unauthorized, "token",
        "This gateway has a token (gateway.httpToken), so it wants 'Authorization: Bearer <token>' here (a browser: the token as the password of any user).");

    public static AccessRefusal OutOfScope { get; } = new(StatusCodes.Status403Forbidden, "scope",
        "This token is for another part of the interface: gateway.httpTokens says what it may do.");

    public static AccessRefusal NoMemoryToken { get; } = new(StatusCodes.Status403Forbidden, "scope",
        "The memory of sessions needs a token of its own: one of gateway.httpTokens that may 'memory'.");

    public static AccessRefusal TooManyGuesses { get; } = new(StatusCodes.Status429TooManyRequests, "guessing",
        "Too many wrong tokens came from this address; wait until the minute is over.");

    public static AccessRefusal Stopping { get; } = new(
        StatusCodes.Status503ServiceUnavailable, JsonResponse.Stopping, "The gateway is stopping; ask again after it has started.");

    public static AccessRefusal WrongHost(string? host) => new(StatusCodes.Status421MisdirectedRequest, "host",
        $"This gateway does not answer to the name '{(host is { Length: > 64 } ? host[..64] : host)}'. Allowed: localhost, 127.0.0.1, [::1], the address that it listens on, "
        + "with gateway.httpToken any address, and the names in gateway.allowedHosts of its configuration: "
        + "add the name of a reverse proxy or of this machine there.");
}
