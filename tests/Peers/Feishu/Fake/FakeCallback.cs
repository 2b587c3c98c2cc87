using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PluginGateway.FakeFeishu;

/// <summary>Events as the platform posts them: encrypted and signed.</summary>
internal static class FakeCallback
{
    /// <summary>A signed and encrypted request; a null key leaves both out, as the platform does without an Encrypt Key.</summary>
    public static HttpRequestMessage Of(Uri address, string json, string? key, DateTimeOffset now, bool signs = true)
    {
        var body = Encoding.UTF8.GetBytes(key is null ? json : new JsonObject { ["encrypt"] = Encrypt(json, key) }.ToJsonString(FakeEvent.Compact));
        var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") } }
        };
        if (key is null || !signs) return request;
        var (timestamp, nonce) = (
            now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), Random.Shared.Next().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("X-Lark-Request-Timestamp", timestamp);
        request.Headers.Add("X-Lark-Request-Nonce", nonce);
        request.Headers.Add(
            "X-Lark-Signature", Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(timestamp + nonce + key), .. body])));
        return request;
    }

    public static string Challenge(string challenge, string token) =>
        JsonSerializer.Serialize(new { challenge, token, type = "url_verification" }, FakeEvent.Compact);

    public static string Encrypt(string text, string key)
    {
        using var aes = Aes.Create();
        aes.Key = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        return Convert.ToBase64String([.. aes.IV, .. aes.EncryptCbc(Encoding.UTF8.GetBytes(text), aes.IV)]);
    }
}
