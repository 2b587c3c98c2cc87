using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.Plugins.Webhook;

/// <summary>The signature of a request: HMAC-SHA256 over timestamp, a dot, and the body, in lower-case hexadecimal after <c>v1=</c>.</summary>
internal static class Signature
{
    public static string Of(byte[] secret, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hash.AppendData(Encoding.ASCII.GetBytes(timestamp));
        hash.AppendData("."u8);
        hash.AppendData(body);
        return "v1=" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
