using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using PluginGateway.Serialization;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Grant of a token: replies to exactly this conversation, until <paramref name="ExpiresUnix"/>.</summary>
internal sealed record ReplyGrant(long Turn, long ExpiresUnix, string Adapter, string Chat, ChatKind Kind, string? Thread);

/// <summary>Creates and reads the tokens of turns: their grants, signed with a secret of the store, so that they outlive a restart and none has to be
/// stored. The signature is over the prefix too: a grant of one form cannot be read as one of another.</summary>
internal sealed class ReplyTokens(byte[] secret, TimeProvider clock)
{
    /// <summary>Prefix of every token, so that it is not mistaken for the gateway's own.</summary>
    public const string Prefix = "turn2.";

    /// <summary>Prefix of the tokens of versions that numbered the kinds of chats, and signed the grant alone.</summary>
    public const string OldPrefix = "turn1.";

    /// <summary>Lifetime of a token.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const int MaxLength = 4096;

    public string For(long turn, string adapterId, Chat chat)
    {
        var expires = (clock.GetUtcNow() + Lifetime).ToUnixTimeSeconds();
        var grant = JsonSerializer.SerializeToUtf8Bytes(
            new SignedGrant(turn, expires, adapterId, chat.Id, chat.Kind.Name(), chat.Thread), ReplyTokenJson.Default.SignedGrant);
        return $"{Prefix}{Base64Url.EncodeToString(grant)}.{Base64Url.EncodeToString(Sign(Prefix, grant))}";
    }

    /// <summary>True for a text that begins as a token does.</summary>
    public static bool IsToken(ReadOnlySpan<char> text) =>
        text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || text.StartsWith(OldPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the grant of a token; null when its signature is not of this store, or it has expired.</summary>
    public ReplyGrant? Read(string token)
    {
        if (token.Length > MaxLength || !IsToken(token) || token[Prefix.Length..].Split('.') is not [var body, var signature]) return null;
        var prefix = token[..Prefix.Length];
        var (bytes, given) = (new byte[body.Length], new byte[signature.Length]);
        if (!Base64Url.TryDecodeFromChars(body, bytes, out var length) || !Base64Url.TryDecodeFromChars(signature, given, out var signed))
            return null;
        var grant = bytes.AsSpan(0, length);
        if (!CryptographicOperations.FixedTimeEquals(Sign(prefix, grant), given.AsSpan(0, signed))) return null;
        var read = prefix == Prefix
            ? JsonSerializer.Deserialize(grant, ReplyTokenJson.Default.SignedGrant)?.ToGrant()
            : JsonSerializer.Deserialize(grant, ReplyTokenJson.Default.NumberedGrant)?.ToGrant();
        return read?.ExpiresUnix > clock.GetUtcNow().ToUnixTimeSeconds() ? read : null;
    }

    private byte[] Sign(string prefix, ReadOnlySpan<byte> grant) =>
        HMACSHA256.HashData(secret, prefix == OldPrefix ? grant : [.. Encoding.ASCII.GetBytes(prefix), .. grant]);
}

/// <summary>Grant as a token has it. <paramref name="Kind"/>: the name of a <see cref="ChatKind"/>.</summary>
internal sealed record SignedGrant(long Turn, long ExpiresUnix, string Adapter, string Chat, string? Kind, string? Thread)
{
    public ReplyGrant ToGrant() => new(Turn, ExpiresUnix, Adapter, Chat, EnumNames.Parse<ChatKind>(Kind) ?? ChatKind.Unknown, Thread);
}

/// <summary>Grant as a token of an earlier version has it, which lives for 24 hours after an upgrade.</summary>
internal sealed record NumberedGrant(long Turn, long ExpiresUnix, string Adapter, string Chat, int Kind, string? Thread)
{
    public ReplyGrant ToGrant() => new SignedGrant(Turn, ExpiresUnix, Adapter, Chat, PayloadUpgrade.ChatKindOf(Kind), Thread).ToGrant();
}

[JsonSerializable(typeof(SignedGrant))]
[JsonSerializable(typeof(NumberedGrant))]
internal sealed partial class ReplyTokenJson : JsonSerializerContext;
