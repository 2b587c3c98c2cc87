using System.Globalization;

namespace PluginGateway.Plugins.Irc;

/// <summary>Fetches the messages missed while disconnected, where the server keeps a history (IRCv3 <c>draft/chathistory</c>: Ergo, UnrealIRCd,
/// soju): of each channel once the bot has joined it, and of the users who wrote privately. Messages that arrive meanwhile wait, so that a
/// conversation keeps its order. Any thread.</summary>
/// <remarks>Only messages with a <c>msgid</c> are taken: the gateway recognises those that it already has, so each is answered once, however much of
/// the history is fetched.</remarks>
internal sealed class CatchUp(bool isOffered, ServerFeatures features, TimeSpan longest, TimeProvider clock)
{
    /// <summary>Largest number of messages fetched of one channel or user; earlier ones are missed.</summary>
    public const int MostMessages = 1000;

    /// <summary>Overlap of a fetch: the difference of two clocks, and messages that were read but not stored when the last connection
    /// ended.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);
    private const int MostHeld = 1000;
    private const int PageSize = 100;
    private const string Targets = "*";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Span> _spans = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Span> _batches = new(StringComparer.Ordinal);
    private readonly Queue<string> _due = [];
    private readonly Queue<InboundMessage> _released = [];
    private readonly Dictionary<string, DateTimeOffset> _outSince = new(StringComparer.Ordinal);
    private readonly HashSet<string> _entered = new(StringComparer.Ordinal);
    private DateTimeOffset? _since;
    private int _taken;
    private int _incomplete;

    /// <summary>True: the server keeps a history, and it is fetched.</summary>
    public bool IsUsed => isOffered && longest > TimeSpan.Zero;

    /// <summary>True: an answer is awaited, so the missed messages are not known yet.</summary>
    public bool IsPending
    {
        get
        {
            lock (_lock) return _spans.Count > 0;
        }
    }

    /// <summary>Returns the number of messages fetched, and of channels and users whose history is incomplete; both start again at zero.</summary>
    public (int Taken, int Incomplete) TakeTotals()
    {
        lock (_lock)
        {
            var totals = (_taken, _incomplete);
            (_taken, _incomplete) = (0, 0);
            return totals;
        }
    }

    /// <summary>Begins the fetch after the registration, with the users who wrote since then.</summary>
    /// <param name="lastSeen">The last sign of life of the previous connection; null: there was none.</param>
    public void Begin(DateTimeOffset? lastSeen)
    {
        if (!IsUsed || lastSeen is not { } since) return;
        lock (_lock)
        {
            _since = Bounded(since - Overlap);
            Ask(new Span(Targets, _since.Value, clock.GetTimestamp()));
        }
    }

    /// <summary>Fetches the messages of a channel that the bot has joined, since the last connection or since it was removed from it.</summary>
    public void Enter(string channel)
    {
        if (!IsUsed) return;
        lock (_lock)
        {
            var name = features.Fold(channel);
            var isFirst = _entered.Add(name);
            var since = _outSince.Remove(name, out var left) ? left : isFirst ? _since : null;
            if (since is { } from && !_spans.ContainsKey(name)) Ask(new Span(channel, from, clock.GetTimestamp()));
        }
    }

    /// <summary>Records that the bot was removed from a channel.</summary>
    public void Leave(string channel)
    {
        if (!IsUsed) return;
        lock (_lock) _outSince[features.Fold(channel)] = clock.GetUtcNow() - Overlap;
    }

    /// <summary>True: a request is to be sent.</summary>
    public bool HasDue
    {
        get
        {
            lock (_lock) return _due.Count > 0;
        }
    }

    /// <summary>Takes out the next request to send; null: none.</summary>
    public string? TakeDue()
    {
        lock (_lock) return _due.TryDequeue(out var line) ? line : null;
    }

    /// <summary>Ends requests that the server has not answered in time.</summary>
    /// <returns>True: waiting messages may go on.</returns>
    public bool Expire()
    {
        lock (_lock)
        {
            foreach (var late in _spans.Values.Where(span => clock.GetElapsedTime(span.Since) >= AnswerTime).ToArray())
                End(late, isWhole: late.Target == Targets);
            return _released.Count > 0;
        }
    }

    /// <summary>Takes out a message that waited for the history before it.</summary>
    public bool TryRelease(out InboundMessage message)
    {
        lock (_lock) return _released.TryDequeue(out message!);
    }

    /// <summary>Takes <c>BATCH +ref chathistory target</c> and <c>BATCH -ref</c>.</summary>
    public void TakeBatch(IrcLine line)
    {
        if (line[0].Length < 2) return;
        var name = line[0][1..];
        lock (_lock)
        {
            if (line[0][0] == '-')
            {
                if (_batches.Remove(name, out var ended)) EndPage(ended);
            }
            else if (Find(line[1].EndsWith("chathistory-targets", StringComparison.Ordinal)
                ? Targets
                : line[1].EndsWith("chathistory", StringComparison.Ordinal) ? line[2] : "") is { } begun)
            {
                _batches[name] = begun;
            }
        }
    }

    /// <summary>Returns the channel or user of a line of a requested history; null: it is no such line.</summary>
    public string? TargetOf(IrcLine line)
    {
        lock (_lock)
        {
            if (!line.Tags.TryGetValue("batch", out var batch) || !_batches.TryGetValue(batch, out var span)) return null;
            span.Lines++;
            span.Last = line.Time ?? span.Last;
            span.LastId = line.Tags.GetValueOrDefault("msgid") ?? span.LastId;
            return span.Target;
        }
    }

    /// <summary>Takes a line that names a private chat with missed messages: <c>CHATHISTORY TARGETS ann 2026-…</c>. Channels are fetched after the
    /// JOIN.</summary>
    public void TakeTarget(IrcLine line)
    {
        var target = line[1];
        lock (_lock)
        {
            if (_since is not { } since || target.Length == 0 || features.IsChannel(target) || target[0] == ':'
                || target.AsSpan().ContainsAny(' ', ','))
                return;
            if (Find(target) is null) Ask(new Span(target, since, clock.GetTimestamp()));
        }
    }

    /// <summary>Counts a message of the history that was handed over.</summary>
    public void Took()
    {
        lock (_lock) _taken++;
    }

    /// <summary>True: the message waits for the history before it.</summary>
    public bool Holds(InboundMessage message)
    {
        lock (_lock)
        {
            if (Find(message.Chat.Id) is not { } span) return false;
            span.Held.Add(message);
            if (span.Held.Count >= MostHeld) End(span, isWhole: false);
            return true;
        }
    }

    /// <summary><c>FAIL CHATHISTORY CODE [more] :why</c>: the history of one target cannot be had.</summary>
    public void Fail(IrcLine line)
    {
        lock (_lock)
        {
            var span = line.Parameters.Skip(2).Select(Find).FirstOrDefault(static found => found is not null)
                ?? (line.Parameters.Contains("TARGETS") ? Find(Targets) : null) ?? _spans.Values.OrderBy(static one => one.Since).FirstOrDefault();
            if (span is not null) End(span, isWhole: span.Target == Targets);
        }
    }

    private DateTimeOffset Bounded(DateTimeOffset since) => clock.GetUtcNow() - longest is var first && first > since ? first : since;

    private Span? Find(string target) => _spans.GetValueOrDefault(target == Targets ? Targets : features.Fold(target));

    private static string Moment(DateTimeOffset time) =>
        string.Create(CultureInfo.InvariantCulture, $"timestamp={time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}");

    private int Limit => features.HistoryLimit is > 0 and var most ? Math.Min(most, PageSize) : PageSize;

    private void Ask(Span span)
    {
        _spans[span.Target == Targets ? Targets : features.Fold(span.Target)] = span;
        var limit = Limit.ToString(CultureInfo.InvariantCulture);
        _due.Enqueue(span.Target == Targets
            ? IrcLine.Format("CHATHISTORY", "TARGETS", Moment(span.From), Moment(clock.GetUtcNow() + Overlap), limit)
            : IrcLine.Format("CHATHISTORY", "AFTER", span.Target, Moment(span.From), limit));
    }

    /// <summary>Ends a page; after a full one the next is requested.</summary>
    private void EndPage(Span span)
    {
        span.Since = clock.GetTimestamp();
        span.Total += span.Lines;
        var isFull = span.Lines >= Limit && span.Target != Targets;
        var byId = features.TakesMessageIds && span.LastId is not null;
        var isLater = span.Last > span.From;
        var goesOn = span.Total < MostMessages && (byId ? span.LastId != span.PageId : isLater || (span.Last is not null && !span.IsExact));
        if (!isFull || !goesOn)
        {
            End(span, isWhole: !isFull);
            return;
        }

        (span.Lines, span.PageId, span.IsExact) = (0, span.LastId, !isLater);
        if (isLater) span.From = span.Last!.Value;
        // Messages of one millisecond may stand on both pages, and the gateway knows those that it has; a page of nothing else is gone past.
        var from = byId ? $"msgid={span.LastId}" : Moment(isLater ? span.From - TimeSpan.FromMilliseconds(1) : span.From);
        _due.Enqueue(IrcLine.Format("CHATHISTORY", "AFTER", span.Target, from, Limit.ToString(CultureInfo.InvariantCulture)));
    }

    private void End(Span span, bool isWhole)
    {
        _spans.Remove(span.Target == Targets ? Targets : features.Fold(span.Target));
        foreach (var message in span.Held) _released.Enqueue(message);
        if (!isWhole) _incomplete++;
    }

    /// <summary>Request for the history of one channel or person.</summary>
    private sealed class Span(string target, DateTimeOffset from, long since)
    {
        public string Target { get; } = target;

        public DateTimeOffset From { get; set; } = from;

        public long Since { get; set; } = since;

        public int Lines { get; set; }

        public int Total { get; set; }

        public DateTimeOffset? Last { get; set; }

        public string? LastId { get; set; }

        public string? PageId { get; set; }

        /// <summary>True: asked from after the last message's very moment.</summary>
        public bool IsExact { get; set; }

        public List<InboundMessage> Held { get; } = [];
    }
}
