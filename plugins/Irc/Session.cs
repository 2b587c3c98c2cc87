namespace PluginGateway.Plugins.Irc;

/// <summary>A registered connection: takes what the server says, keeps nick and channels, and notices when the server has gone silent.</summary>
internal sealed class Session
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RegainEvery = TimeSpan.FromSeconds(60);

    private readonly AdapterContext _context;
    private readonly IrcSettings _settings;
    private readonly Wire _wire;
    private readonly ServerFeatures _features = new();
    private readonly Identity _self;
    private readonly Membership _membership;
    private readonly Deliveries _deliveries;
    private readonly FloodBucket _bucket;
    private readonly InboxPump _pump;
    private readonly BlindGap _gap;
    private string? _gapNote;
    private string _health = "";
    private long _heard;
    private long _askedForNick;

    public Session(AdapterContext context, IrcSettings settings, Wire wire, string nick)
    {
        (_context, _settings, _wire) = (context, settings, wire);
        _self = new Identity(nick, settings.EffectiveUser, _features);
        _membership = new Membership(settings.Channels, _features, TimeSpan.FromSeconds(settings.RejoinSeconds), context.Clock);
        _deliveries = new Deliveries(_features, context.Clock);
        _bucket = new FloodBucket(settings.LinesPerSecond, settings.BurstLines, context.Clock);
        _pump = new InboxPump(context);
        _gap = new BlindGap(context);
        _heard = _askedForNick = context.Clock.GetTimestamp();
        Speaker = new Speaker(settings, wire, _self, _features, _membership, _deliveries, _bucket);
    }

    public Speaker Speaker { get; }

    /// <summary>Reads when we were last there; before anything else is noted.</summary>
    public async Task RecallAsync(CancellationToken cancellationToken) => _gapNote = await _gap.DescribeAsync(cancellationToken);

    /// <summary>Asks for the channels and waits until the server has been through everything we said.</summary>
    public async Task<DeliveryEnd> SettleAsync(CancellationToken cancellationToken)
    {
        Send(_membership.TakeDue());
        var end = await PingAsync().WaitAsync(cancellationToken);
        if (_gapNote is not null) _context.Log.Warning(_gapNote);
        ReportHealth();
        return end;
    }

    /// <summary>A sign of life from the server.</summary>
    public Task<DeliveryEnd> PingAsync()
    {
        var delivery = _deliveries.Add();
        Send([IrcLine.Format("PING", delivery.Token)]);
        return delivery.Ended;
    }

    /// <summary>Hears what the server says until the connection ends.</summary>
    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _wire.ReadAsync(cancellationToken) is { } line)
            {
                Volatile.Write(ref _heard, _context.Clock.GetTimestamp());
                Take(line);
            }
        }
        finally
        {
            _deliveries.Abandon();
            _pump.Complete();
        }
    }

    /// <summary>Hands over what was heard, also the last of it after the connection has ended.</summary>
    public Task PumpAsync(CancellationToken cancellationToken) => _pump.RunAsync(cancellationToken);

    /// <summary>Once a second: is the server there, is a channel or our nick to be asked for.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, _context.Clock);
        await _gap.NoteAsync(isFirst: true, cancellationToken);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var silence = _context.Clock.GetElapsedTime(Volatile.Read(ref _heard));
            var limit = TimeSpan.FromSeconds(_settings.PongTimeoutSeconds);
            if (_deliveries.OldestWait is not { } waited)
            {
                if (silence.TotalSeconds >= _settings.PingAfterSeconds) _ = PingAsync();
            }
            else if (waited > limit && silence > limit)
            {
                _wire.End(Faults.PingTimeout(silence));
                return;
            }

            Send(_membership.TakeDue());
            if (!_self.IsMe(_settings.Nick) && _context.Clock.GetElapsedTime(_askedForNick) >= RegainEvery) AskForNick();
            ReportHealth();
            await _gap.NoteAsync(isFirst: false, cancellationToken);
        }
    }

    private void Take(IrcLine line)
    {
        var isOurs = _self.IsMe(line.Source?.Nick);
        if (isOurs) _self.Learn(line.Source!);
        switch (line.Command)
        {
            case "PING":
                _wire.Post(IrcLine.Format("PONG", line.Last));
                break;
            case "PONG":
                _deliveries.Answer(line.Last);
                break;
            case "PRIVMSG" or "NOTICE":
                if (isOurs) _deliveries.Echo(line[0], line.Tags.GetValueOrDefault("msgid"));
                if (!isOurs || _self.IsMe(line[0])) Hear(line);
                break;
            case "005":
                _features.Take(line);
                break;
            case "JOIN" when isOurs:
                _membership.Enter(line[0]);
                break;
            case "PART" when isOurs:
                PutOut(line[0], "we left it");
                break;
            case "KICK" when _self.IsMe(line[1]):
                PutOut(line[0], $"kicked by {line.Source?.Nick}: {line.Last}");
                break;
            case "NICK" when isOurs:
                _self.Rename(line[0]);
                _context.Log.Information($"Our nick is {line[0]} now.");
                break;
            case "NICK" or "QUIT" when !_self.IsMe(_settings.Nick) && _features.Fold(line.Source?.Nick ?? "") == _features.Fold(_settings.Nick):
                AskForNick();
                break;
            case "CHGHOST" when isOurs:
                _self.Rehost($"{line[0]}@{line[1]}");
                break;
            case "396":
                _self.Rehost(line[1]);
                break;
            case "ERROR":
                _wire.End(Faults.OfError(line.Last));
                break;
            case "263" or "FAIL":
                _deliveries.Refuse("", new Refusal(line.Command, line.Last));
                break;
            default:
                if (line.Command.Length == 3 && line.Command[0] is '4' or '5' or '7') Refused(line);
                break;
        }
    }

    private void Hear(IrcLine line)
    {
        if (line.Command == "NOTICE" && !_settings.AcceptNotices) return;
        if (ReceivedText.Read(line, _self.Nick, _features, _gap.State) is { } message) _pump.Add(message);
    }

    /// <summary>A numeric about a channel or a nick: <c>me target :why</c>.</summary>
    private void Refused(IrcLine line)
    {
        if (line.Parameters.Count < 3) return;
        if (_membership.Refuse(line[1], $"{line.Command} {line.Last}")) _context.Log.Warning($"{line[1]} does not let us in ({line.Command}): {line.Last} Asking again in {_settings.RejoinSeconds} s.");
        else _deliveries.Refuse(line[1], new Refusal(line.Command, line.Last));
    }

    private void PutOut(string channel, string reason)
    {
        if (_membership.Leave(channel, reason)) _context.Log.Warning($"We are out of {channel} ({reason}); joining again in {_settings.RejoinSeconds} s.");
    }

    private void AskForNick()
    {
        _askedForNick = _context.Clock.GetTimestamp();
        Send([IrcLine.Format("NICK", _settings.Nick)]);
    }

    private void Send(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) return;
        _bucket.Charge(lines.Count);
        _wire.Post(lines);
    }

    private void ReportHealth()
    {
        var missing = _membership.Out;
        string?[] parts =
        [
            $"{_self.Nick} on {_settings.Server}.",
            _self.IsMe(_settings.Nick) ? null : $"The nick {_settings.Nick} is in use.",
            missing.Count == 0 ? null : $"Not in {string.Join(", ", missing)}.",
            _pump.Lost == 0 ? null : $"{_pump.Lost} messages were not accepted and are lost.",
            _gapNote,
        ];
        var health = string.Join(' ', parts.Where(static part => part is not null));
        if (health == _health) return;
        _health = health;
        _context.ReportHealth(new AdapterHealth(missing.Count == 0 && _pump.Lost == 0, health));
    }
}
