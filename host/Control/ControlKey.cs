using System.Security.Cryptography;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Control;

/// <summary>Key with which every control request begins: 32 random bytes in hexadecimal, made anew at each start, in a file that only the gateway's
/// user can read and no worker can. The socket alone is no boundary: every process of the same user can connect to it, even one that may not open the
/// gateway's files.</summary>
internal sealed class ControlKey
{
    private const int Bytes = 32;
    private const int Length = 2 * Bytes;

    private readonly byte[] _key = System.Text.Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(Length, lowercase: true));
    private readonly string _path;

    private ControlKey(string path) => _path = path;

    /// <summary>Makes one and writes it over a predecessor's.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static ControlKey Make(string dataDirectory)
    {
        var key = new ControlKey(Path.GetFullPath(DataDirectory.ControlKey(dataDirectory)));
        AtomicFile.Write(key._path, key._key);
        return key;
    }

    /// <summary>Returns the beginning of a request; empty: no key can be read.</summary>
    public static byte[] Prefix(string dataDirectory) =>
        AtomicFile.TryRead(DataDirectory.ControlKey(dataDirectory)) is { Length: Length } key ? [.. key, (byte)' '] : [];

    /// <summary>Returns true if a line begins with the key, and the request behind it. Takes as long for a wrong key as for the right one.</summary>
    public bool Opens(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> request)
    {
        var opens = line.Length > Length && line[Length] == (byte)' ' && CryptographicOperations.FixedTimeEquals(line[..Length], _key);
        request = opens ? line[(Length + 1)..] : default;
        return opens;
    }

    /// <summary>Returns true if the bytes received so far begin with the key.</summary>
    public bool Begins(ReadOnlySpan<byte> request) => request.Length >= Length && CryptographicOperations.FixedTimeEquals(request[..Length], _key);

    /// <summary>The answer to a client without the key.</summary>
    public string Refusal => $"A control request must begin with the key in '{_path}', which is made anew at each start; this one has none or another. Ask with 'plugin-gateway VERB --data DIR' as the user the gateway runs as.";
}
