using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>The way from an open connection to 001: capabilities, SASL, password, a nick that is free. Pure: lines in, lines out.</summary>
internal sealed class Registration(IrcSettings settings)
{
    private const int SaslChunk = 400;

    /// <summary>Capabilities, notices about host names and logins are some dozens.</summary>
    private const int MostLines = 1000;

    /// <summary>Capabilities to request. With <c>draft/chathistory</c> a client requests earlier messages itself, instead of having them played back
    /// on every JOIN;
    /// <c>batch</c> marks lines that are played back.</summary>
    private static readonly string[] Wanted = ["account-tag", "batch", "chghost", "draft/chathistory", "echo-message", "message-tags", "server-time"];

    private readonly NickChoice _nicks = new(settings);
    private readonly Dictionary<string, string> _offered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _granted = new(StringComparer.Ordinal);
    private bool _isLoggedIn;
    private int _lines;

    /// <summary>True from 001 on.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The bot's nick, as last set by the server.</summary>
    public string Nick { get; private set; } = settings.Nick;

    /// <summary>Granted capabilities.</summary>
    public IReadOnlySet<string> Capabilities => _granted;

    private bool WantsSasl => settings.SaslPassword is not null;

    /// <summary>Lines that begin the registration.</summary>
    public IReadOnlyList<string> Begin()
    {
        var lines = new List<string> { IrcLine.Format("CAP", "LS", "302") };
        if (settings.Password is { } password) lines.Add(IrcLine.Format("PASS", password));
        lines.Add(IrcLine.Format("NICK", Nick));
        lines.Add(IrcLine.Format("USER", settings.EffectiveUser, "0", "*", settings.RealName ?? settings.Nick));
        return lines;
    }

    /// <summary>Takes a line of the server and returns the answer.</summary>
    /// <exception cref="PluginException">The server refuses the registration.</exception>
    public IReadOnlyList<string> Take(IrcLine line)
    {
        if (++_lines > MostLines) throw new PluginException(Faults.NoWelcome(settings, MostLines));
        switch (line.Command)
        {
            case "PING": return [line.Pong];
            case "CAP": return TakeCapabilities(line);
            case "AUTHENTICATE": return line[0] == "+" ? Login() : [];
            case "903" or "907":
                _isLoggedIn = true;
                return [IrcLine.Format("CAP", "END")];
            case "908": return OffersPlain(line[1]) ? [] : throw new PluginException(Faults.NoPlainSasl(line[1]));
            case "432" or "433" or "436" or "437": return [IrcLine.Format("NICK", Nick = _nicks.Next(line))];
            case "001":
                if (WantsSasl && !_isLoggedIn) throw new PluginException(Faults.SaslUnavailable("it let us in without"));
                (Nick, IsDone) = (line[0].Length > 0 ? line[0] : Nick, true);
                return [];
            default: return Faults.OfRegistration(line, settings) is { } fault ? throw new PluginException(fault) : [];
        }
    }

    private IReadOnlyList<string> TakeCapabilities(IrcLine line)
    {
        var names = line.Last.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (line[1])
        {
            case "LS":
                foreach (var capability in names.Select(static name => name.Split('=', 2)))
                    _offered[capability[0]] = capability.ElementAtOrDefault(1) ?? "";
                return line[2] == "*" ? [] : Request();
            case "ACK":
                foreach (var name in names.Select(static name => name.TrimStart('-', '~', '=')))
                {
                    _granted.Add(name);
                    _asked.Remove(name);
                }

                return _asked.Count == 0 ? AfterCapabilities() : [];
            case "NAK": return Refused(names);
            default: return [];
        }
    }

    private IReadOnlyList<string> Request()
    {
        _asked.UnionWith(Wanted.Where(_offered.ContainsKey));
        if (WantsSasl && _offered.TryGetValue("sasl", out var mechanisms))
        {
            if (!OffersPlain(mechanisms)) throw new PluginException(Faults.NoPlainSasl(mechanisms));
            _asked.Add("sasl");
        }

        return _asked.Count == 0 ? AfterCapabilities() : [IrcLine.Format("CAP", "REQ", string.Join(' ', _asked))];
    }

    /// <summary>Requests the capabilities one by one after a refusal, which is always of the whole request.</summary>
    private IReadOnlyList<string> Refused(IReadOnlyCollection<string> names)
    {
        if (names.Count > 1 && _asked.Count > 0) return [.. _asked.Select(static name => IrcLine.Format("CAP", "REQ", name))];
        if (names.Count == 0) _asked.Clear();
        _asked.ExceptWith(names);
        return _asked.Count == 0 ? AfterCapabilities() : [];
    }

    private IReadOnlyList<string> AfterCapabilities() => !WantsSasl ? [IrcLine.Format("CAP", "END")]
        : _granted.Contains("sasl") ? [IrcLine.Format("AUTHENTICATE", "PLAIN")]
        : throw new PluginException(
            Faults.SaslUnavailable(_offered.ContainsKey("sasl") ? "it refused the capability 'sasl'" : "'sasl' is not among its capabilities"));

    /// <summary>Returns true if PLAIN is offered. An empty list counts as an offer: servers of CAP 3.1 name no mechanisms.</summary>
    private static bool OffersPlain(string mechanisms) =>
        mechanisms.Length == 0 || mechanisms.Split(',').Contains("PLAIN", StringComparer.OrdinalIgnoreCase);

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
}
