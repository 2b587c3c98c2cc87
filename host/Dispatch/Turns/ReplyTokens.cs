using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Grant of a token: replies to exactly this conversation, until <paramref name="ExpiresUnix"/>.</summary>
internal sealed record ReplyGrant(long Turn, long ExpiresUnix, string Adapter, string Chat, ChatKind Kind, string? Thread);

/// <summary>Creates and reads the tokens of turns: their grants, signed with a secret of the store, so that they outlive a restart and none has to be
/// stored.</summary>
internal sealed class ReplyTokens(byte[] secret, TimeProvider clock)
{
    /// <summary>Prefix of every token, so that it is not mistaken for the gateway's own.</summary>
    public const string Prefix = "turn1.";

    /// <summary>Lifetime of a token.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const int MaxLength = 4096;

    public string For(long turn, string adapterId, Chat chat)
    {
        var expires = (clock.GetUtcNow() + Lifetime).ToUnixTimeSeconds();
        var grant = JsonSerializer.SerializeToUtf8Bytes(
            new ReplyGrant(turn, expires, adapterId, chat.Id, chat.Kind, chat.Thread), ReplyTokenJson.Default.ReplyGrant);
        return $"{Prefix}{Base64Url.EncodeToString(grant)}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, grant))}";
    }

    /// <summary>Returns the grant of a token; null when its signature is not of this store, or it has expired.</summary>
    public ReplyGrant? Read(string token)
    {
        if (token.Length > MaxLength || !token.StartsWith(Prefix, StringComparison.Ordinal)
            || token[Prefix.Length..].Split('.') is not [var body, var signature])
            return null;
        var (grant, given) = (new byte[body.Length], new byte[signature.Length]);
        if (!Base64Url.TryDecodeFromChars(body, grant, out var length) || !Base64Url.TryDecodeFromChars(signature, given, out var signed))
            return null;
        if (!CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(secret, grant.AsSpan(0, length)), given.AsSpan(0, signed))) return null;
        var read = JsonSerializer.Deserialize(grant.AsSpan(0, length), ReplyTokenJson.Default.ReplyGrant);
        return read?.ExpiresUnix > clock.GetUtcNow().ToUnixTimeSeconds() ? read : null;
    }
}

[JsonSerializable(typeof(ReplyGrant))]
internal sealed partial class ReplyTokenJson : JsonSerializerContext;
