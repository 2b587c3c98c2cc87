using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.Plugins.Webhook;

/// <summary>Signatures of a request by every configured secret, in the form of this gateway and in that of Standard Webhooks
/// (standardwebhooks.com).</summary>
internal static class Signature
{
    /// <summary>Returns HMAC-SHA256 over timestamp, a dot and the body, in lower-case hexadecimal after <c>v1=</c>; one for each secret, separated by
    /// commas.</summary>
    public static string Of(IReadOnlyList<WebhookSecret> secrets, string timestamp, byte[] body) =>
        string.Join(',', secrets.Select(secret => "v1=" + Convert.ToHexStringLower(Hash(secret.Text, $"{timestamp}.", body))));

    /// <summary>Returns HMAC-SHA256 over id, timestamp and body, with dots between, in Base64 after <c>v1,</c>; one for each secret, separated by
    /// spaces.</summary>
    public static string OfStandard(IReadOnlyList<WebhookSecret> secrets, string id, string timestamp, byte[] body) =>
        string.Join(' ', secrets.Select(secret => "v1," + Convert.ToBase64String(Hash(secret.StandardKey, $"{id}.{timestamp}.", body))));

    private static byte[] Hash(byte[] key, string head, byte[] body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.UTF8.GetBytes(head));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}

/// <summary>A secret that the backend has too.</summary>
/// <param name="Text">Bytes of the secret as it is written: the key of the gateway's own signature.</param>
/// <param name="StandardKey">Key of the signature of Standard Webhooks: the bytes behind <c>whsec_</c>, in Base64; else the same bytes.</param>
internal sealed record WebhookSecret(byte[] Text, byte[] StandardKey)
{
    private const string Prefix = "whsec_";

    /// <summary>Reads a secret; null: it begins with <c>whsec_</c>, and no Base64 follows.</summary>
    public static WebhookSecret? Read(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return new WebhookSecret(bytes, bytes);
        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text[Prefix.Length..], key, out var length) && length > 0 ? new WebhookSecret(bytes, key[..length]) : null;
    }
}
