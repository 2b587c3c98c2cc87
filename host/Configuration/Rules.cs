using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace PluginGateway.Configuration;

/// <summary>Rules for single texts. Each returns null, or the rest of the sentence that says what is wrong.</summary>
internal static partial class Rules
{
    public const int ShortestHttpToken = 16;
    private const int LongestPlatformId = 512;
    private const int LongestSocketPath = 107;
    private const string Unix = "unix:";

    public static string? AdapterId(string text) =>
        AdapterIdPattern().IsMatch(text) ? null : "is no adapter id; allowed: a-z 0-9 . _ -, starting with a letter or digit, at most 64 characters.";

    public static string? PluginName(string text) =>
        PluginNamePattern().IsMatch(text)
        ? null
        : "is no plugin name; allowed: letters, digits, . _ -, starting with a letter or digit, at most 128 characters; a name, not a path.";

    public static string? ControlWord(string text) => ControlWordPattern().IsMatch(text) ? null
        : "is no name of a control word; allowed: 1 to 32 letters, digits, '_' and '-', without '/' or '!' before them.";

    public static string? Sha256(string text) => Sha256Pattern().IsMatch(text) ? null : "is no SHA-256; allowed: 64 hexadecimal digits.";

    public static string? HostName(string text) =>
        HostNamePattern().IsMatch(text) || IsAddress(text, out _)
        ? null
        : "is no host name; allowed: a name such as gateway.example.org, without scheme, port or wildcard.";

    /// <summary>Reads an IP address, also with the brackets in which IPv6 is written in URLs.</summary>
    public static bool IsAddress(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        var isBracketed = text is ['[', .., ']'];
        if (!IPAddress.TryParse(isBracketed ? text[1..^1] : text, out address)) return false;
        // Only in the usual form: 127.1 and 0x7f000001 are 127.0.0.1 too.
        return address.AddressFamily == AddressFamily.InterNetworkV6 || (!isBracketed && address.ToString() == text);
    }

    public static string? VariableName(string text) =>
        VariablePattern().IsMatch(text) ? null : "is no name of a variable; allowed: letters, digits and _, not starting with a digit.";

    /// <summary>Checks the id of a user, a chat or a thread by the limits of the contract.</summary>
    public static string? PlatformId(string text) => text.Length == 0 ? "is empty."
        : text.Length > LongestPlatformId ? $"is longer than {LongestPlatformId} characters."
        : text.Any(char.IsControl) ? "has control characters." : null;

    public static string? Folder(string text) => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal) ? null : "is no path.";

    public static string? HttpToken(string text) => text.Length >= ShortestHttpToken && text.All(c => c is > ' ' and < '\x7f')
        ? null
        : $"is unusable; allowed: at least {ShortestHttpToken} printable ASCII characters without spaces.";

    /// <summary>Checks an address to listen on: TLS is the reverse proxy's, paths are the gateway's own.</summary>
    public static string? HttpAddress(string text)
    {
        const string allowed = "allowed: http://IP:PORT or http://localhost:PORT";
        if (text.StartsWith(Unix, StringComparison.Ordinal)) return UnixPath(text);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0) return $"is no address; {allowed}.";
        if (uri.Scheme != Uri.UriSchemeHttp) return $"is not http; {allowed} (put a reverse proxy in front for TLS).";
        if (uri.UserInfo.Length > 0 || uri.PathAndQuery != "/" || uri.Fragment.Length > 0) return $"has more than an address and a port; {allowed}.";
        return uri.Host == "localhost" || IsIp(uri) ? null : $"names a host; {allowed}.";
    }

    /// <summary>Returns the path of a socket in the file system; null for an address of a network.</summary>
    public static string? SocketPath(Uri http) => http.Scheme == "unix" ? http.OriginalString[Unix.Length..] : null;

    private static string? UnixPath(string text)
    {
        var path = text[Unix.Length..];
        if (!path.StartsWith('/') || path.EndsWith('/') || path.StartsWith("//", StringComparison.Ordinal) || path.Any(char.IsControl))
            return "is no path of a socket; allowed: unix:/PATH, for example unix:/run/plugin-gateway/http.sock.";
        return System.Text.Encoding.UTF8.GetByteCount(path) > LongestSocketPath
            ? $"is longer than a socket's path can be ({LongestSocketPath} bytes)."
            : null;
    }

    /// <summary>Returns true when only this machine can reach the address.</summary>
    public static bool IsLoopback(Uri http) =>
        SocketPath(http) is not null || http.Host == "localhost" || (IsIp(http) && IPAddress.IsLoopback(IPAddress.Parse(http.DnsSafeHost)));

    private static bool IsIp(Uri uri) => uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6;

    [GeneratedRegex(@"^[\p{L}\p{Nd}_-]{1,32}\z")]
    private static partial Regex ControlWordPattern();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex VariablePattern();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,63}\z")]
    private static partial Regex AdapterIdPattern();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex PluginNamePattern();

    [GeneratedRegex(@"^[0-9a-fA-F]{64}\z")]
    private static partial Regex Sha256Pattern();

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9][A-Za-z0-9-]{0,62})*\z")]
    private static partial Regex HostNamePattern();
}
