namespace PluginGateway.Plugins.Irc;

/// <summary>Fetch of messages missed while disconnected, at the pace of the flood limit, with a report of the result. Where the server keeps no
/// history, the report has the length of the gap.</summary>
internal sealed class History(
    AdapterContext context, IrcSettings settings, IrcSocket ircSocket, CatchUp catchUp, OfflineGap gap, ReceivedEvents received, HistoryLines lines,
    FloodBucket bucket)
{
    private static readonly string[] Needed = ["batch", "draft/chathistory", "message-tags", "server-time"];

    private DateTimeOffset? _lastSeen;
    private int _fetched;
    private int _incomplete;

    /// <summary>Sentence about the time of the gap; null: no gap is known.</summary>
    public string? GapNote { get; private set; }

    /// <summary>Returns true if the server offers its history.</summary>
    public static bool IsOffered(IReadOnlySet<string> capabilities) => Needed.All(capabilities.Contains);

    /// <summary>Reads the time of the last sign of life.</summary>
    public async Task RecallAsync(CancellationToken cancellationToken)
    {
        _lastSeen = await gap.RecallAsync(cancellationToken);
        gap.IsOpen = catchUp.IsUsed && _lastSeen is not null;
        if (_lastSeen is { } since && !catchUp.IsUsed) GapNote = gap.Describe(since);
    }

    /// <summary>Requests the users who have written privately.</summary>
    public void Begin()
    {
        catchUp.Begin(_lastSeen);
        Ask();
    }

    public void Enter(string channel)
    {
        catchUp.Enter(channel);
        Ask();
    }

    public void Leave(string channel) => catchUp.Leave(channel);

    public void TakeBatch(IrcLine line)
    {
        catchUp.TakeBatch(line);
        Ask();
    }

    public void Fail(IrcLine line) => catchUp.Fail(line);

    /// <summary>Takes a line of a requested history.</summary>
    /// <returns>False: it is no such line.</returns>
    public bool TryTake(IrcLine line, out InboundMessage? message)
    {
        message = null;
        if (catchUp.TargetOf(line) is not { } target) return false;
        if (line.Command == "CHATHISTORY") catchUp.TakeTarget(line);
        else if (line.Command == "PRIVMSG" || (line.Command == "NOTICE" && settings.AcceptNotices)) message = lines.Read(line, target);
        if (message is not null) catchUp.Took();
        return true;
    }

    public bool Holds(InboundMessage message) => catchUp.Holds(message);

    public bool TryRelease(out InboundMessage message) => catchUp.TryRelease(out message);

    /// <summary>Goes on asking.</summary>
    /// <returns>True: work that waited for an answer may go on with the next line of the server.</returns>
    public bool Tick()
    {
        Ask();
        return catchUp.Expire();
    }

    /// <summary>Logs the result of the fetch when all its messages have been handed over; only then a later time may be stored.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var (taken, incomplete) = catchUp.TakeTotals();
        (_fetched, _incomplete) = (_fetched + taken, _incomplete + incomplete);
        if (catchUp.IsPending || !received.IsIdle) return;
        if (_fetched > 0) context.Log.Information(
            $"{_fetched} messages of the time before this connection came from the server's history; those that are known are not answered again.");
        if (_incomplete > 0)
        {
            GapNote = _lastSeen is { } since ? gap.Describe(since) : null;
            context.Log.Warning($"The server's history could not be fetched to its end for {_incomplete} of the channels and people. {GapNote}");
        }

        (_fetched, _incomplete) = (0, 0);
        if (!gap.IsOpen) return;
        gap.IsOpen = false;
        await gap.NoteAsync(isFirst: true, cancellationToken);
    }

    /// <summary>Sends as many requests as fit into the flood limit beside an answer.</summary>
    private void Ask()
    {
        while (catchUp.HasDue && bucket.TakeSpare(1) == 1 && catchUp.TakeDue() is { } line) ircSocket.Post(line);
    }
}

/// <summary>Builds messages from a history's lines. A line without an id may have been answered, and is skipped; so is a line of the bot itself,
/// under any of its nicks.</summary>
internal sealed class HistoryLines(IrcSettings settings, Identity self, ServerFeatures features, Membership membership, ReceivedText text)
{
    /// <param name="line">The line.</param>
    /// <param name="target">The channel or user of the requested history.</param>
    public InboundMessage? Read(IrcLine line, string target)
    {
        var isPrivate = !features.IsChannel(target);
        if (isPrivate && features.Fold(line.Source?.Nick ?? "") != features.Fold(target)) return null;
        if (IsOurs(line) || text.Read(line, isPrivate ? line[0] : self.Nick) is not { EventId: not null } message) return null;
        if (message.Chat.Kind == ChatKind.Group && !membership.Has(message.Chat.Id)) return null;
        return message with { Extras = new Dictionary<string, string>(message.Extras) { ["irc.history"] = "true" } };
    }

    private bool IsOurs(IrcLine line)
    {
        var nick = features.Fold(line.Source?.Nick ?? "");
        if (self.IsMe(nick)) return true;
        if (settings.SaslUser is { } account && line.Tags.TryGetValue("account", out var said) && features.Fold(said) == features.Fold(account))
            return true;
        return NickChoice.Of(settings).Any(ours => features.Fold(features.CutNick(ours)) == nick);
    }
}
