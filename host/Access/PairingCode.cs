using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.Access;

/// <summary>Stored form of a code: a salted hash, from which the code cannot be read.</summary>
internal sealed record SealedCode(byte[] Salt, byte[] Hash);

/// <summary>Creates, seals and compares one-time codes. The stranger reads the code out and the operator types it, so no two of its characters look
/// alike.</summary>
internal static class PairingCode
{
    public const int Length = 8;

    private const string Alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private const int SaltBytes = 16;

    public static string Make() => RandomNumberGenerator.GetString(Alphabet, Length);

    public static SealedCode Seal(string code, byte[] secret)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new(salt, Hash(code, salt, secret));
    }

    /// <summary>Compares a code with a stored one, in constant time.</summary>
    public static bool Fits(string code, SealedCode kept, byte[] secret) =>
        CryptographicOperations.FixedTimeEquals(Hash(code, kept.Salt, secret), kept.Hash);

    /// <summary>Normalises a code as typed: without spaces and hyphens, in capitals. Null when it cannot be a code.</summary>
    public static string? Read(string typed)
    {
        var code = string.Concat(typed.Where(static c => c is not (' ' or '-'))).ToUpperInvariant();
        return code.Length == Length && code.All(Alphabet.Contains) ? code : null;
    }

    private static byte[] Hash(string code, byte[] salt, byte[] secret) =>
        HMACSHA256.HashData(secret, (byte[])[.. salt, .. Encoding.ASCII.GetBytes(code)]);
}
