namespace PluginGateway.Plugins.Irc;

/// <summary>Registered connection: handles the server's lines, keeps nick and channels, and detects a silent server.</summary>
internal sealed class Session
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly AdapterContext _context;
    private readonly IrcSettings _settings;
    private readonly IrcSocket _ircSocket;
    private readonly ServerFeatures _features = new();
    private readonly Identity _self;
    private readonly NickKeeper _nick;
    private readonly Membership _membership;
    private readonly ChannelKeeper _channels;
    private readonly Deliveries _deliveries;
    private readonly FloodBucket _bucket;
    private readonly UrgentLines _urgent;
    private readonly ReceivedEvents _received;
    private readonly OfflineGap _gap;
    private readonly ReceivedText _text;
    private readonly ReceivedReaction _reaction;
    private readonly Playback _playback;
    private readonly History _history;
    private readonly Login _login;
    private bool _hasPlayedBack;
    private string _health = "";
    private volatile bool _mayJoin;
    private long _heard;

    public Session(AdapterContext context, IrcSettings settings, IrcSocket ircSocket, string nick, IReadOnlySet<string> capabilities)
    {
        (_context, _settings, _ircSocket) = (context, settings, ircSocket);
        _self = new Identity(nick, settings.EffectiveUser, _features);
        _membership = new Membership(settings.Channels, _features, TimeSpan.FromSeconds(settings.RejoinSeconds), context.Clock);
        _deliveries = new Deliveries(_features, context.Clock);
        _bucket = new FloodBucket(settings.LinesPerSecond, settings.BurstLines, context.Clock);
        _urgent = new UrgentLines(ircSocket, _bucket);
        _login = new Login(context, settings, ircSocket, _self, _bucket);
        _nick = new NickKeeper(context, settings, _self, _features, _urgent);
        _received = new ReceivedEvents(context);
        _gap = new OfflineGap(context);
        var origins = new Origins(_features, capabilities.Contains("account-tag"));
        _text = new ReceivedText(_features, origins);
        _reaction = new ReceivedReaction(origins);
        _playback = new Playback(context.Clock);
        var catchUp = new CatchUp(History.IsOffered(capabilities), _features, TimeSpan.FromHours(settings.HistoryHours), context.Clock);
        _history = new History(
            context, settings, ircSocket, catchUp, _gap, _received, new HistoryLines(settings, _self, _features, _membership, _text), _bucket);
        var members = new ChannelMembers(_features);
        var events = new MemberEvents(_features, origins, _playback, members);
        _channels = new ChannelKeeper(context, _self, _membership, members, events, _playback, _history, _urgent);
        _heard = context.Clock.GetTimestamp();
        var (confirmed, hasTags) = (new ConfirmedLines(ircSocket, _membership, _deliveries), capabilities.Contains("message-tags"));
        Sender = new MessageSender(settings, _self, _features, confirmed, _bucket);
        Typing = new TypingIndicator(_features, confirmed, _bucket, context.Clock, hasTags);
        Reactions = new ReactionSender(settings, _features, confirmed, _bucket, new OwnReactions(context.State), hasTags);
    }

    public MessageSender Sender { get; }

    /// <summary>The bot's nick, as last set by the server.</summary>
    public string Nick => _self.Nick;

    /// <summary>Length in bytes from which a text may be a part of a longer one.</summary>
    public int ClientSplitLength => _features.ClientSplitLength;

    public TypingIndicator Typing { get; }

    public ReactionSender Reactions { get; }

    /// <summary>Reads when we were last there; before anything else is noted.</summary>
    public Task RecallAsync(CancellationToken cancellationToken) => _history.RecallAsync(cancellationToken);

    /// <summary>Logs in, asks for the channels and waits until the server has been through everything we said.</summary>
    public async Task<DeliveryEnd> SettleAsync(CancellationToken cancellationToken)
    {
        await _login.RunAsync(cancellationToken);
        _mayJoin = true;
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
        return _deliveries.Add("", token => _urgent.Send(IrcLine.Format("PING", token))).Ended;
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
                while (_history.TryRelease(out var held)) await _received.AddAsync(held, cancellationToken);
                if (message is null) continue;
                await _received.AddAsync(message, cancellationToken);
                // That may have taken long, and the server could not be heard meanwhile.
                Volatile.Write(ref _heard, _context.Clock.GetTimestamp());
            }
        }
        finally
        {
            _deliveries.Abandon();
            _received.Complete();
        }
    }

    /// <summary>Hands received messages over, also the last ones after the connection has ended.</summary>
    public Task PumpAsync(CancellationToken cancellationToken) => _received.RunAsync(cancellationToken);

    /// <summary>Checks once a second whether the server still answers, and whether a channel or the nick is to be requested.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, _context.Clock);
        await _gap.NoteAsync(isFirst: true, cancellationToken);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var silence = _context.Clock.GetElapsedTime(Volatile.Read(ref _heard));
            var limit = TimeSpan.FromSeconds(_settings.PongTimeoutSeconds);
            if (_received.IsFull)
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
            _nick.Tick();
            ReportHealth();
            if (_received.IsIdle) await _gap.NoteAsync(isFirst: false, cancellationToken);
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
                if (line.Command == "NOTICE") _login.Take(line);
                if (isOurs) _deliveries.Echo(line[0], line.Tags.GetValueOrDefault("msgid"));
                return !isOurs || _self.IsMe(line[0]) ? Receive(line) : null;
            case "TAGMSG" when !isOurs:
                if (_reaction.Read(line, _self.Nick) is { } reaction && IsListenedTo(reaction.Chat) && !IsPlayedBack(line, reaction.Chat))
                    _received.Add(reaction);
                break;
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
            case "JOIN" or "PART" or "KICK" or "QUIT" or "NICK" or "353":
                if (line.Command is "QUIT" or "NICK") _nick.Take(line);
                foreach (var change in _channels.Take(line)) _received.Add(change);
                break;
            case "900" or "MODE":
                _login.Take(line);
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

    private InboundMessage? Receive(IrcLine line)
    {
        if (line.Command == "NOTICE" && !_settings.AcceptNotices) return null;
        if (_text.Read(line, _self.Nick) is not { } message || !IsListenedTo(message.Chat)) return null;
        if (!IsPlayedBack(line, message.Chat))
            return _history.Holds(message) ? null : message with { State = _gap.TakeState() };
        if (!_hasPlayedBack) _context.Log.Information("The IRC server plays back what was said before we came; it is discarded.");
        _hasPlayedBack = true;
        return message with { IsHistory = true };
    }

    /// <summary>True: a chat with the bot or a channel of ours; where else a server puts us we do not listen.</summary>
    private bool IsListenedTo(Chat chat) => chat.Kind != ChatKind.Group || _membership.Has(chat.Id);

    private bool IsPlayedBack(IrcLine line, Chat chat) => _playback.Includes(line, chat.Kind == ChatKind.Group ? chat.Id : null);

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

    private static bool IsOfMessage(string command) => command is "PRIVMSG" or "NOTICE" or "TAGMSG" or "*";

    /// <summary>Sends as many JOINs as fit into the flood limit beside an answer.</summary>
    private void AskForChannels()
    {
        if (!_mayJoin || _membership.DueCount is not (> 0 and var due)) return;
        if (_membership.TakeDue(_bucket.TakeSpare(due)) is { Count: > 0 } lines) _ircSocket.Post(lines);
    }

    private void ReportHealth()
    {
        var missing = _membership.Out;
        string?[] parts =
        [
            $"{_self.Nick} on {_settings.Server}.",
            _nick.Note,
            missing.Count == 0 ? null : $"Not in {string.Join(", ", missing)}.",
            _received.Dropped == 0 ? null : $"{_received.Dropped} events other than messages were dropped: too many messages were waiting.",
            _history.GapNote,
        ];
        var health = string.Join(' ', parts.Where(static part => part is not null));
        if (health == _health) return;
        _health = health;
        _context.ReportHealth(new AdapterHealth(missing.Count == 0, health));
    }
}
