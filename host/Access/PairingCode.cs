using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.Access;

/// <summary>A code as it is kept: nobody can read it.</summary>
internal sealed record SealedCode(byte[] Salt, byte[] Hash);

/// <summary>One-time codes: made, sealed, compared. They are said to the stranger and typed by the operator, so no two of their characters look alike.</summary>
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

    /// <summary>Takes as long whether it fits or not.</summary>
    public static bool Fits(string code, SealedCode kept, byte[] secret) => CryptographicOperations.FixedTimeEquals(Hash(code, kept.Salt, secret), kept.Hash);

    /// <summary>What somebody typed as it was meant; null: it can be no code.</summary>
    public static string? Read(string typed)
    {
        var code = string.Concat(typed.Where(static c => c is not (' ' or '-'))).ToUpperInvariant();
        return code.Length == Length && code.All(Alphabet.Contains) ? code : null;
    }

    private static byte[] Hash(string code, byte[] salt, byte[] secret) => HMACSHA256.HashData(secret, (byte[])[.. salt, .. Encoding.ASCII.GetBytes(code)]);
}
