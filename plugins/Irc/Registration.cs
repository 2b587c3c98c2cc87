using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>The way from an open connection to 001: capabilities, SASL, password, a nick that is free. Pure: lines in, lines out.</summary>
internal sealed class Registration(IrcSettings settings)
{
    private const int SaslChunk = 400;
    private static readonly string[] Wanted = ["account-tag", "chghost", "echo-message", "message-tags", "server-time"];

    private readonly Queue<string> _nicks = new([.. settings.AlternativeNicks, settings.Nick + "_", settings.Nick + "__", settings.Nick + "-1", settings.Nick + "-2"]);
    private readonly List<string> _tried = [settings.Nick];
    private readonly HashSet<string> _offered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _granted = new(StringComparer.Ordinal);
    private bool _isLoggedIn;

    /// <summary>True from 001 on.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Our nick; the server has the last word.</summary>
    public string Nick { get; private set; } = settings.Nick;

    /// <summary>What was granted.</summary>
    public IReadOnlySet<string> Capabilities => _granted;

    private bool WantsSasl => settings.SaslPassword is not null;

    /// <summary>What we say first.</summary>
    public IReadOnlyList<string> Begin()
    {
        var lines = new List<string> { IrcLine.Format("CAP", "LS", "302") };
        if (settings.Password is { } password) lines.Add(IrcLine.Format("PASS", password));
        lines.Add(IrcLine.Format("NICK", Nick));
        lines.Add(IrcLine.Format("USER", settings.EffectiveUser, "0", "*", settings.RealName ?? settings.Nick));
        return lines;
    }

    /// <summary>What we answer.</summary>
    /// <exception cref="AdapterException">The server does not let us in.</exception>
    public IReadOnlyList<string> Take(IrcLine line)
    {
        switch (line.Command)
        {
            case "PING": return [IrcLine.Format("PONG", line.Last)];
            case "CAP": return TakeCapabilities(line);
            case "AUTHENTICATE": return line[0] == "+" ? Login() : [];
            case "903":
                _isLoggedIn = true;
                return [IrcLine.Format("CAP", "END")];
            case "432" when _tried.Count == 1: // not even the operator's own choice is a nick here
                throw new AdapterException(new AdapterFault(AdapterFault.InvalidSettingsCode, $"The IRC server takes '{Nick}' for no nick (432): {line.Last}", FaultRetry.AfterOperatorAction));
            case "432" or "433" or "436" or "437": return [IrcLine.Format("NICK", NextNick())];
            case "001":
                if (WantsSasl && !_isLoggedIn) throw SaslMissing();
                (Nick, IsDone) = (line[0], true);
                return [];
            default: return Faults.OfRegistration(line) is { } fault ? throw new AdapterException(fault) : [];
        }
    }

    private IReadOnlyList<string> TakeCapabilities(IrcLine line)
    {
        switch (line[1])
        {
            case "LS":
                foreach (var capability in line.Last.Split(' ', StringSplitOptions.RemoveEmptyEntries)) _offered.Add(capability.Split('=')[0]);
                return line[2] == "*" ? [] : Request();
            case "ACK":
                foreach (var capability in line.Last.Split(' ', StringSplitOptions.RemoveEmptyEntries)) _granted.Add(capability);
                return WantsSasl && _granted.Contains("sasl") ? [IrcLine.Format("AUTHENTICATE", "PLAIN")] : EndOfCapabilities();
            case "NAK": return EndOfCapabilities();
            default: return [];
        }
    }

    private IReadOnlyList<string> Request()
    {
        var wanted = Wanted.Where(_offered.Contains).ToList();
        if (WantsSasl && _offered.Contains("sasl")) wanted.Add("sasl");
        return wanted.Count == 0 ? EndOfCapabilities() : [IrcLine.Format("CAP", "REQ", string.Join(' ', wanted))];
    }

    private IReadOnlyList<string> EndOfCapabilities() => WantsSasl ? throw SaslMissing() : [IrcLine.Format("CAP", "END")];

    /// <summary>SASL PLAIN (RFC 4616) in pieces of 400 bytes; a last full piece is followed by an empty one.</summary>
    private List<string> Login()
    {
        var answer = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{settings.SaslUser}\0{settings.SaslUser}\0{settings.SaslPassword}"));
        var lines = new List<string>();
        for (var sent = 0; sent <= answer.Length; sent += SaslChunk)
        {
            var piece = answer.AsSpan(sent, Math.Min(SaslChunk, answer.Length - sent));
            lines.Add(IrcLine.Format("AUTHENTICATE", piece.IsEmpty ? "+" : piece.ToString()));
        }

        return lines;
    }

    private string NextNick()
    {
        if (!_nicks.TryDequeue(out var nick)) throw new AdapterException(Faults.NoNick(_tried));
        _tried.Add(nick);
        return Nick = nick;
    }

    // The account services behind it come and go: worth another try.
    private static AdapterException SaslMissing() => new(new AdapterFault("sasl-unavailable", "The IRC server does not offer SASL at the moment, and settings.saslPassword asks for it."));
}
