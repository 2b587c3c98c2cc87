using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PluginGateway.Plugins.Irc;

/// <summary>The SHA-256 of a certificate, by which an operator trusts one that no authority signed.</summary>
internal static class Fingerprint
{
    /// <summary>64 upper-case hex digits; null when the text is no fingerprint.</summary>
    public static string? Normalize(string text)
    {
        var digits = text.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant();
        return digits.Length == 64 && digits.All(char.IsAsciiHexDigit) ? digits : null;
    }

    public static string Of(X509Certificate certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);
}
