using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>SASL SCRAM-SHA-256 (RFC 5802, RFC 7677): the password is not sent, and the server proves that it knows it.</summary>
/// <remarks>Account and password are taken as they are: they must be normalised (SASLprep), as those of ASCII characters are.</remarks>
internal sealed class SaslScram(string user, string password, string nonce) : SaslMechanism
{
    /// <summary>Fewest iterations, by RFC 7677.</summary>
    private const int FewestIterations = 4096;

    /// <summary>Most iterations: about a second.</summary>
    private const int MostIterations = 2_000_000;

    /// <summary>Header without channel binding and without another identity.</summary>
    private const string Header = "n,,";

    private readonly string _first =
        $"n={user.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal)},r={nonce}";
    private byte[]? _signature;
    private bool _hasBegun;
    private bool _isVerified;

    public override string Name => "SCRAM-SHA-256";

    public override bool IsVerified => _isVerified;

    public override byte[] Answer(byte[] challenge)
    {
        var said = Encoding.UTF8.GetString(challenge);
        if (!_hasBegun)
        {
            _hasBegun = true;
            return Encoding.UTF8.GetBytes(Header + _first);
        }

        if (_signature is null) return Encoding.UTF8.GetBytes(Prove(said));
        Verify(said);
        return [];
    }

    /// <summary>Returns the proof that answers <c>r=nonce,s=salt,i=iterations</c>.</summary>
    private string Prove(string challenge)
    {
        var fields = Fields(challenge);
        var (both, salt) = (fields.GetValueOrDefault('r', ""), Decode(fields.GetValueOrDefault('s', "")));
        if (!both.StartsWith(nonce, StringComparison.Ordinal) || both.Length == nonce.Length || salt is null || fields.ContainsKey('m')
            || !int.TryParse(fields.GetValueOrDefault('i'), NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < FewestIterations or > MostIterations)
            throw new PluginException(Faults.SaslUnverified("its challenge does not follow RFC 7677"));
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var final = $"c={Convert.ToBase64String(Encoding.UTF8.GetBytes(Header))},r={both}";
        var message = Encoding.UTF8.GetBytes($"{_first},{challenge},{final}");
        var key = HMACSHA256.HashData(salted, "Client Key"u8);
        var proof = HMACSHA256.HashData(SHA256.HashData(key), message);
        for (var i = 0; i < proof.Length; i++) proof[i] ^= key[i];
        _signature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), message);
        return $"{final},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>Checks <c>v=signature</c>, which only a server that knows the password can make.</summary>
    private void Verify(string final)
    {
        var fields = Fields(final);
        if (fields.TryGetValue('e', out var error)) throw new PluginException(Faults.SaslRefused(error));
        if (Decode(fields.GetValueOrDefault('v', "")) is not { } signature || !CryptographicOperations.FixedTimeEquals(signature, _signature))
            throw new PluginException(Faults.SaslUnverified("its signature is not that of a server that knows the password"));
        _isVerified = true;
    }

    /// <summary>Fields of a message: a letter, '=', a value; separated by commas.</summary>
    private static Dictionary<char, string> Fields(string message)
    {
        var fields = new Dictionary<char, string>();
        foreach (var field in message.Split(','))
        {
            if (field.Length > 1 && field[1] == '=') fields.TryAdd(field[0], field[2..]);
        }

        return fields;
    }

    private static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length];
        return text.Length > 0 && Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
