using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Result of the check of a callback.</summary>
/// <param name="Event">The event, readable and proved to be the platform's; null otherwise.</param>
/// <param name="Challenge">The text to return as proof that the address is the adapter's.</param>
/// <param name="Problem">The reason of a refusal.</param>
internal readonly record struct CheckedCallback(JsonElement? Event = null, string? Challenge = null, string? Problem = null);

/// <summary>Decides whether an HTTP callback is the platform's. Pure: the time comes in.</summary>
internal sealed class CallbackCheck(FeishuSettings settings)
{
    private const int IvLength = 16;

    private readonly byte[]? _encryptKey = settings.EncryptKey is { } key ? Encoding.UTF8.GetBytes(key) : null;
    private readonly byte[]? _verificationToken = settings.VerificationToken is { } token ? Encoding.UTF8.GetBytes(token) : null;

    public CheckedCallback Check(HttpCall call, DateTimeOffset now)
    {
        if (Json.Parse(call.Body) is not { } outer) return Refused("the body is no JSON object");
        var json = outer;
        if (outer.String("encrypt") is { } sealedText)
        {
            if (_encryptKey is null) return Refused("it is encrypted and settings.encryptKey is not set");
            if (Decrypt(sealedText, _encryptKey) is not { } opened || Json.Parse(opened) is not { } inner)
                return Refused("it cannot be decrypted with settings.encryptKey");
            json = inner;
        }
        else if (_encryptKey is not null)
        {
            return Refused("it is not encrypted although settings.encryptKey is set");
        }

        var isChallenge = json.String("type") == "url_verification";
        var token = isChallenge ? json.String("token") : json.Get("header").String("token");
        if (_verificationToken is not null && !Same(_verificationToken, token)) return Refused("its token is not settings.verificationToken");
        // The platform does not sign its challenge: a challenge that can be decrypted, or has the right token, is accepted.
        if (isChallenge) return json.String("challenge") is { } challenge ? new(Challenge: challenge) : Refused("its challenge is empty");
        if (_encryptKey is not null && SignatureProblem(call, now, _encryptKey) is { } problem) return Refused(problem);
        return new(Event: json);
    }

    /// <summary>SHA-256 of timestamp, nonce, key and the body as it came, in hexadecimal.</summary>
    public static string Sign(string timestamp, string nonce, ReadOnlySpan<byte> encryptKey, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(timestamp + nonce));
        hash.AppendData(encryptKey);
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>AES-256-CBC; the key is the SHA-256 of the Encrypt Key, the first 16 bytes are the start value. Returns null if the text cannot be
    /// decrypted.</summary>
    public static byte[]? Decrypt(string text, ReadOnlySpan<byte> encryptKey)
    {
        try
        {
            var bytes = Convert.FromBase64String(text);
            if (bytes.Length <= IvLength) return null;
            using var aes = Aes.Create();
            aes.Key = SHA256.HashData(encryptKey);
            return aes.DecryptCbc(bytes.AsSpan(IvLength), bytes.AsSpan(0, IvLength));
        }
        catch (Exception wrong) when (wrong is FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static CheckedCallback Refused(string problem) => new(Problem: problem);

    private string? SignatureProblem(HttpCall call, DateTimeOffset now, byte[] key)
    {
        var timestamp = call.Headers.GetValueOrDefault("X-Lark-Request-Timestamp", "");
        var nonce = call.Headers.GetValueOrDefault("X-Lark-Request-Nonce", "");
        var expected = Encoding.ASCII.GetBytes(Sign(timestamp, nonce, key, call.Body.Span));
        if (!Same(expected, call.Headers.GetValueOrDefault("X-Lark-Signature"))) return "its signature is wrong or missing";
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return "its timestamp is no number";
        var age = Math.Abs(now.ToUnixTimeSeconds() - seconds);
        return age <= settings.ReplayWindowSeconds
            ? null
            : $"it was signed {age} s from now; settings.replayWindowSeconds is {settings.ReplayWindowSeconds}";
    }

    private static bool Same(ReadOnlySpan<byte> expected, string? given) =>
        CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(given ?? ""));
}
