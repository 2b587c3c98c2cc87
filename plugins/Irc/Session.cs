namespace PluginGateway.Plugins.Irc;

/// <summary>Registered connection: handles the server's lines, keeps nick and channels, and detects a silent server.</summary>
internal sealed class Session
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RegainEvery = TimeSpan.FromSeconds(60);

    private readonly AdapterContext _context;
    private readonly IrcSettings _settings;
    private readonly IrcSocket _ircSocket;
    private readonly ServerFeatures _features = new();
    private readonly Identity _self;
    private readonly Membership _membership;
    private readonly Deliveries _deliveries;
    private readonly FloodBucket _bucket;
    private readonly InboxPump _pump;
    private readonly OfflineGap _gap;
    private readonly ReceivedText _text;
    private readonly Playback _playback;
    private readonly History _history;
    private bool _hasPlayedBack;
    private string _health = "";
    private long _heard;
    private long _askedForNick;

    public Session(AdapterContext context, IrcSettings settings, IrcSocket ircSocket, string nick, IReadOnlySet<string> capabilities)
    {
        (_context, _settings, _ircSocket) = (context, settings, ircSocket);
        _self = new Identity(nick, settings.EffectiveUser, _features);
        _membership = new Membership(settings.Channels, _features, TimeSpan.FromSeconds(settings.RejoinSeconds), context.Clock);
        _deliveries = new Deliveries(_features, context.Clock);
        _bucket = new FloodBucket(settings.LinesPerSecond, settings.BurstLines, context.Clock);
        _pump = new InboxPump(context);
        _gap = new OfflineGap(context);
        _text = new ReceivedText(_features, capabilities.Contains("account-tag"));
        _playback = new Playback(context.Clock);
        var catchUp = new CatchUp(History.IsOffered(capabilities), _features, TimeSpan.FromHours(settings.HistoryHours), context.Clock);
        _history = new History(
            context, settings, ircSocket, catchUp, _gap, _pump, new HistoryLines(settings, _self, _features, _membership, _text), _bucket);
        _heard = _askedForNick = context.Clock.GetTimestamp();
        Sender = new MessageSender(settings, ircSocket, _self, _features, _membership, _deliveries, _bucket);
    }

    public MessageSender Sender { get; }

    /// <summary>Reads when we were last there; before anything else is noted.</summary>
    public Task RecallAsync(CancellationToken cancellationToken) => _history.RecallAsync(cancellationToken);

    /// <summary>Asks for the channels and waits until the server has been through everything we said.</summary>
    public async Task<DeliveryEnd> SettleAsync(CancellationToken cancellationToken)
    {
        AskForChannels();
        _history.Begin();
        var end = await PingAsync().WaitAsync(cancellationToken);
        if (_history.GapNote is { } note) _context.Log.Warning(note);
        ReportHealth();
        return end;
    }

    /// <summary>A sign of life from the server.</summary>
    public Task<DeliveryEnd> PingAsync()
    {
        return _deliveries.Add("", token => Send([IrcLine.Format("PING", token)])).Ended;
    }

    /// <summary>Receives lines of the server until the connection ends.</summary>
    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _ircSocket.ReadAsync(cancellationToken) is { } line)
            {
                Volatile.Write(ref _heard, _context.Clock.GetTimestamp());
                var message = Understand(line);
                while (_history.TryRelease(out var held)) await _pump.AddAsync(held, cancellationToken);
                if (message is null) continue;
                await _pump.AddAsync(message, cancellationToken);
                // That may have taken long, and the server could not be heard meanwhile.
                Volatile.Write(ref _heard, _context.Clock.GetTimestamp());
            }
        }
        finally
        {
            _deliveries.Abandon();
            _pump.Complete();
        }
    }

    /// <summary>Hands received messages over, also the last ones after the connection has ended.</summary>
    public Task PumpAsync(CancellationToken cancellationToken) => _pump.RunAsync(cancellationToken);

    /// <summary>Checks once a second whether the server still answers, and whether a channel or the nick is to be requested.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, _context.Clock);
        await _gap.NoteAsync(isFirst: true, cancellationToken);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var silence = _context.Clock.GetElapsedTime(Volatile.Read(ref _heard));
            var limit = TimeSpan.FromSeconds(_settings.PongTimeoutSeconds);
            if (_pump.IsFull)
            {
                // We do not read, so the server cannot be heard.
            }
            else if (_deliveries.OldestWait is not { } waited)
            {
                if (silence.TotalSeconds >= _settings.PingAfterSeconds) _ = PingAsync();
            }
            else if (waited > limit && silence > limit)
            {
                _ircSocket.End(Faults.PingTimeout(silence));
                return;
            }

            AskForChannels();
            if (_history.Tick()) _ = PingAsync();
            await _history.SettleAsync(cancellationToken);
            if (!HasOurNick && _context.Clock.GetElapsedTime(_askedForNick) >= RegainEvery) AskForNick();
            ReportHealth();
            if (_pump.IsIdle) await _gap.NoteAsync(isFirst: false, cancellationToken);
        }
    }

    /// <summary>Takes a line; a name in it that is none, as those with control characters, spoils that line only.</summary>
    private InboundMessage? Understand(IrcLine line)
    {
        try
        {
            return Take(line);
        }
        catch (ArgumentException unreadable)
        {
            _context.Log.Warning($"A {line.Command} of the IRC server cannot be read and is passed over: {unreadable.Message}");
            return null;
        }
    }

    private InboundMessage? Take(IrcLine line)
    {
        if (_history.TryTake(line, out var said)) return said;
        if (line.Command == "PONG" || char.IsAsciiDigit(line.Command[0])) _playback.TakeTime(line);
        var isOurs = _self.IsMe(line.Source?.Nick);
        if (isOurs) _self.Learn(line.Source!);
        switch (line.Command)
        {
            case "PING":
                _ircSocket.Post(line.Pong);
                break;
            case "PONG":
                _deliveries.Answer(line.Last);
                break;
            case "PRIVMSG" or "NOTICE":
                if (isOurs) _deliveries.Echo(line[0], line.Tags.GetValueOrDefault("msgid"));
                return !isOurs || _self.IsMe(line[0]) ? Receive(line) : null;
            case "BATCH":
                _playback.TakeBatch(line);
                _history.TakeBatch(line);
                break;
            case "FAIL" when line[0] == "CHATHISTORY":
                _history.Fail(line);
                break;
            case "005":
                _features.Take(line);
                break;
            case "JOIN" when isOurs:
                if (!_membership.Enter(line[0])) LeaveAgain(line[0]);
                else Enter(line);
                break;
            case "PART" when isOurs:
                PutOut(line, "we left it");
                break;
            case "KICK" when _self.IsMe(line[1]):
                PutOut(line, $"kicked by {line.Source?.Nick}: {line.Last}");
                break;
            case "NICK" when isOurs:
                _self.Rename(line[0]);
                _context.Log.Information($"Our nick is {line[0]} now.");
                break;
            case "NICK" or "QUIT" when !HasOurNick && _features.Fold(line.Source?.Nick ?? "") == _features.Fold(_features.CutNick(_settings.Nick)):
                AskForNick();
                break;
            case "CHGHOST" when isOurs:
                _self.Rehost($"{line[0]}@{line[1]}");
                break;
            case "396":
                _self.Rehost(line[1]);
                break;
            case "ERROR":
                _ircSocket.End(Faults.OfError(line.Last));
                break;
            case "FAIL" when IsOfMessage(line[0]):
            case "263" when IsOfMessage(line[1]):
                _deliveries.Refuse("", new Refusal(line.Command, line.Last));
                break;
            default:
                if (line.Command.Length == 3 && line.Command[0] is '4' or '5' or '7') Refused(line);
                break;
        }

        return null;
    }

    /// <summary>A message to us or to a channel of ours; where else a server puts us we do not listen.</summary>
    private InboundMessage? Receive(IrcLine line)
    {
        if (line.Command == "NOTICE" && !_settings.AcceptNotices) return null;
        if (_text.Read(line, _self.Nick) is not { } message || (message.Chat.Kind == ChatKind.Group && !_membership.Has(message.Chat.Id)))
            return null;
        if (!_playback.Includes(line, message.Chat.Kind == ChatKind.Group ? _features.Fold(message.Chat.Id) : null))
            return _history.Holds(message) ? null : message with { State = _gap.TakeState() };
        if (!_hasPlayedBack) _context.Log.Information("The IRC server plays back what was said before we came; it is passed over.");
        _hasPlayedBack = true;
        return null;
    }

    /// <summary>A numeric about a channel or a nick: <c>me target :why</c>; or about the line that the server has just read: <c>me :why</c>, <c>me
    /// COMMAND :why</c>.</summary>
    private void Refused(IrcLine line)
    {
        var refusal = new Refusal(line.Command, line.Last);
        if (line.Command is "432" or "433" or "436") return; // a nick that we have asked for
        if (line.Command is "411" or "412" or "417" || (line.Command is "421" or "461" && IsOfMessage(line[1])))
        {
            _deliveries.Refuse("", refusal);
        }
        else if (line.Parameters.Count >= 3)
        {
            var why = line.Command == "470" ? $"470: it sends us on to {line[2]}" : $"{line.Command}: {line.Last}";
            if (_membership.Refuse(line[1], why) is { } pause)
                _context.Log.Warning($"{line[1]} does not let us in ({why}). Asking again in {pause.TotalSeconds:0} s.");
            else _ = _deliveries.Refuse(line[1], refusal) || (line.Command is "407" or "413" or "414" && _deliveries.Refuse("", refusal));
        }
    }

    private static bool IsOfMessage(string command) => command is "PRIVMSG" or "NOTICE" or "*";

    private void Enter(IrcLine join)
    {
        _playback.Enter(_features.Fold(join[0]), join);
        _history.Enter(join[0]);
    }

    private void PutOut(IrcLine line, string reason)
    {
        var channel = line[0];
        _playback.Leave(_features.Fold(channel), line);
        if (_membership.Leave(channel, reason) is not { } pause) return;
        _history.Leave(channel);
        _context.Log.Warning($"We are out of {channel} ({reason}); joining again in {pause.TotalSeconds:0} s.");
    }

    /// <summary>A channel that forwards, or an operator of the network, has put us where we were not told to be.</summary>
    private void LeaveAgain(string channel)
    {
        _context.Log.Warning($"The IRC server has put us into {channel}, which is not in settings.channels; leaving it.");
        Send([IrcLine.Format("PART", channel)]);
    }

    /// <summary>True: the nick is the configured one, as far as the server's length for nicks allows.</summary>
    private bool HasOurNick => _self.IsMe(_features.CutNick(_settings.Nick))
        || (_features.NickLength is null && _self.Nick.Length >= NickChoice.ProtocolLength
            && _features.Fold(_settings.Nick).StartsWith(_features.Fold(_self.Nick), StringComparison.Ordinal));

    private void AskForNick()
    {
        _askedForNick = _context.Clock.GetTimestamp();
        Send([IrcLine.Format("NICK", _features.CutNick(_settings.Nick))]);
    }

    /// <summary>Sends as many JOINs as fit into the flood limit beside an answer.</summary>
    private void AskForChannels()
    {
        if (_membership.DueCount is > 0 and var due && _membership.TakeDue(_bucket.TakeSpare(due)) is { Count: > 0 } lines) _ircSocket.Post(lines);
    }

    private void Send(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) return;
        _bucket.Charge(lines.Count);
        _ircSocket.Post(lines);
    }

    private void ReportHealth()
    {
        var missing = _membership.Out;
        string?[] parts =
        [
            $"{_self.Nick} on {_settings.Server}.",
            _self.IsMe(_settings.Nick)
                ? null
                : HasOurNick ? $"The server has no room for all of the nick {_settings.Nick}." : $"The nick {_settings.Nick} is in use.",
            missing.Count == 0 ? null : $"Not in {string.Join(", ", missing)}.",
            _pump.Lost == 0 ? null : $"{_pump.Lost} messages were not accepted and are lost.",
            _history.GapNote,
        ];
        var health = string.Join(' ', parts.Where(static part => part is not null));
        if (health == _health) return;
        _health = health;
        _context.ReportHealth(new AdapterHealth(missing.Count == 0 && _pump.Lost == 0, health));
    }
}
