using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>Messages of a SASL login on IRC (IRCv3, <c>sasl</c>): AUTHENTICATE with Base64 in pieces of 400 bytes. A last full piece is followed by
/// an empty one, <c>+</c>.</summary>
internal sealed class SaslExchange(SaslMechanism mechanism)
{
    private const int PieceLength = 400;
    private const string Empty = "+";

    /// <summary>Longest challenge in Base64; those of the mechanisms have some hundred characters.</summary>
    private const int LongestChallenge = 16 * 1024;

    private readonly StringBuilder _challenge = new();

    public string Begin() => IrcLine.Format("AUTHENTICATE", mechanism.Name);

    /// <summary>Takes a piece of a challenge.</summary>
    /// <returns>The answer, when the challenge is complete.</returns>
    /// <exception cref="PluginException">The server cannot be trusted, or has ended the exchange.</exception>
    public IReadOnlyList<string> Take(string piece)
    {
        if (piece != Empty) _challenge.Append(piece);
        if (_challenge.Length > LongestChallenge) throw new PluginException(Faults.SaslMalformed);
        if (piece.Length >= PieceLength) return [];
        var text = _challenge.ToString();
        _challenge.Clear();
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length)
            ? Encode(mechanism.Answer(bytes[..length])) : throw new PluginException(Faults.SaslMalformed);
    }

    /// <summary>Checks a success that the server reports.</summary>
    /// <exception cref="PluginException">The server has not proved that it knows the password.</exception>
    public void Succeed()
    {
        if (!mechanism.IsVerified) throw new PluginException(Faults.SaslUnverified("it has not proved that it knows the password"));
    }

    private static List<string> Encode(byte[] answer)
    {
        var (text, lines) = (Convert.ToBase64String(answer), new List<string>());
        for (var sent = 0; sent <= text.Length; sent += PieceLength)
        {
            var piece = text.AsSpan(sent, Math.Min(PieceLength, text.Length - sent));
            lines.Add(IrcLine.Format("AUTHENTICATE", piece.IsEmpty ? Empty : piece.ToString()));
        }

        return lines;
    }
}
