namespace PluginGateway.Plugins.Irc;

/// <summary>The way from an open connection to 001: capabilities, SASL, password, a nick that is free. Pure: lines in, lines out.</summary>
internal sealed class Registration
{
    /// <summary>Capabilities, notices about host names and logins are some dozens.</summary>
    private const int MostLines = 1000;

    /// <summary>Capabilities to request. With <c>draft/chathistory</c> a client requests earlier messages itself, instead of having them played back
    /// on every JOIN;
    /// <c>batch</c> marks lines that are played back.</summary>
    private static readonly string[] Wanted = ["account-tag", "batch", "chghost", "draft/chathistory", "echo-message", "message-tags", "server-time"];

    private readonly IrcSettings _settings;
    private readonly NickChoice _nicks;
    private readonly Dictionary<string, string> _offered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly HashSet<string> _granted = new(StringComparer.Ordinal);
    private readonly SaslMechanism? _mechanism;
    private readonly SaslExchange? _sasl;
    private bool _isLoggedIn;
    private int _lines;

    public Registration(IrcSettings settings)
    {
        (_settings, _nicks, Nick) = (settings, new NickChoice(settings), settings.Nick);
        _mechanism = SaslMechanism.Of(settings);
        _sasl = _mechanism is null ? null : new SaslExchange(_mechanism);
    }

    /// <summary>True from 001 on.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The bot's nick, as last set by the server.</summary>
    public string Nick { get; private set; }

    /// <summary>Account that the server has logged the bot in to (RPL_LOGGEDIN, 900, of the SASL specification); null: none. A nick is no account: it
    /// changes when another client has it.</summary>
    public string? Account { get; private set; }

    /// <summary>Granted capabilities.</summary>
    public IReadOnlySet<string> Capabilities => _granted;

    /// <summary>Lines that begin the registration.</summary>
    public IReadOnlyList<string> Begin()
    {
        var lines = new List<string> { IrcLine.Format("CAP", "LS", "302") };
        if (_settings.Password is { } password) lines.Add(IrcLine.Format("PASS", password));
        lines.Add(IrcLine.Format("NICK", Nick));
        lines.Add(IrcLine.Format("USER", _settings.EffectiveUser, "0", "*", _settings.RealName ?? _settings.Nick));
        return lines;
    }

    /// <summary>Takes a line of the server and returns the answer.</summary>
    /// <exception cref="PluginException">The server refuses the registration.</exception>
    public IReadOnlyList<string> Take(IrcLine line)
    {
        if (++_lines > MostLines) throw new PluginException(Faults.NoWelcome(_settings, MostLines));
        switch (line.Command)
        {
            case "PING": return [line.Pong];
            case "CAP": return TakeCapabilities(line);
            case "AUTHENTICATE": return _sasl?.Take(line[0]) ?? [];
            case "900":
                Account = line[2] is { Length: > 0 } account ? account : Account;
                return [];
            case "903" or "907":
                _sasl?.Succeed();
                _isLoggedIn = true;
                return [IrcLine.Format("CAP", "END")];
            case "908": return IsOffered(line[1]) ? [] : throw new PluginException(Faults.NoMechanism(_mechanism!.Name, line[1]));
            case "432" or "433" or "436" or "437": return [IrcLine.Format("NICK", Nick = _nicks.Next(line))];
            case "001":
                if (_sasl is not null && !_isLoggedIn) throw new PluginException(Faults.SaslUnavailable("it let us in without"));
                (Nick, IsDone) = (line[0].Length > 0 ? line[0] : Nick, true);
                return [];
            default: return Faults.OfRegistration(line, _settings) is { } fault ? throw new PluginException(fault) : [];
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
        if (_mechanism is not null && _offered.TryGetValue("sasl", out var mechanisms))
        {
            if (!IsOffered(mechanisms)) throw new PluginException(Faults.NoMechanism(_mechanism.Name, mechanisms));
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

    private IReadOnlyList<string> AfterCapabilities() => _sasl is null ? [IrcLine.Format("CAP", "END")]
        : _granted.Contains("sasl") ? [_sasl.Begin()]
        : throw new PluginException(
            Faults.SaslUnavailable(_offered.ContainsKey("sasl") ? "it refused the capability 'sasl'" : "'sasl' is not among its capabilities"));

    /// <summary>Returns true if the mechanism is offered. An empty list counts as an offer: servers of CAP 3.1 name no mechanisms.</summary>
    private bool IsOffered(string mechanisms) =>
        _mechanism is null || mechanisms.Length == 0 || mechanisms.Split(',').Contains(_mechanism.Name, StringComparer.OrdinalIgnoreCase);
}
