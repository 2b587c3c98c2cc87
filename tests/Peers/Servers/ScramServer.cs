using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.PeerTests.Servers;

/// <summary>Server side of one SASL SCRAM-SHA-256 login (RFC 5802, RFC 7677). Of the password it has only the salt and the two keys, as a server
/// does.</summary>
internal sealed class ScramServer
{
    private readonly string _account;
    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(16);
    private readonly int _iterations;
    private readonly byte[] _storedKey;
    private readonly byte[] _serverKey;
    private string _begin = "";
    private string _nonce = "";
    private string _challenge = "";

    public ScramServer(string account, string password, int iterations = 4096)
    {
        (_account, _iterations) = (account, iterations);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, _salt, iterations, HashAlgorithmName.SHA256, 32);
        _storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        _serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
    }

    /// <summary>True: it does not know the account, accepts any proof, and signs with a key of its own.</summary>
    public bool IsImpostor { get; init; }

    /// <summary>What is put in place of the challenge.</summary>
    public Func<string, string> Spoil { get; init; } = static challenge => challenge;

    /// <summary>Answers a message of the client; null: the login is refused.</summary>
    public string? Answer(string message)
    {
        if (_challenge.Length == 0)
        {
            Require(message.StartsWith("n,,n=", StringComparison.Ordinal), "no header without channel binding");
            _begin = message["n,,".Length..];
            var fields = _begin.Split(',');
            Require(fields.Length == 2 && fields[1].StartsWith("r=", StringComparison.Ordinal) && fields[1].Length >= 18, "no nonce");
            if (fields[0]["n=".Length..].Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal) != _account)
                return null;
            _nonce = fields[1]["r=".Length..] + Convert.ToBase64String(RandomNumberGenerator.GetBytes(12));
            return _challenge = Spoil(string.Create(CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(_salt)},i={_iterations}"));
        }

        var proofAt = message.LastIndexOf(",p=", StringComparison.Ordinal);
        Require(message[..proofAt] == $"c=biws,r={_nonce}", "another channel binding or nonce");
        var signed = Encoding.UTF8.GetBytes($"{_begin},{_challenge},{message[..proofAt]}");
        var (key, signature) = (Convert.FromBase64String(message[(proofAt + 3)..]), HMACSHA256.HashData(_storedKey, signed));
        for (var i = 0; i < key.Length; i++) key[i] ^= signature[i];
        if (!IsImpostor && !SHA256.HashData(key).AsSpan().SequenceEqual(_storedKey)) return null;
        return $"v={Convert.ToBase64String(HMACSHA256.HashData(IsImpostor ? RandomNumberGenerator.GetBytes(32) : _serverKey, signed))}";
    }

    private static void Require(bool isMet, string otherwise)
    {
        if (!isMet) throw new InvalidDataException($"The client's SCRAM is wrong: {otherwise}.");
    }
}
