using PluginGateway.Guard.Calls;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>The turns of one session that wait, the running one first.</summary>
/// <param name="key">Key of the session.</param>
/// <param name="adapterId">Adapter of its messages.</param>
internal sealed class SessionQueue(string key, string adapterId)
{
    public string Key { get; } = key;

    public string AdapterId { get; } = adapterId;

    public Queue<PendingTurn> Turns { get; } = new();

    /// <summary>The last turn; null: none waits.</summary>
    public PendingTurn? Last { get => Turns.Count == 0 ? null : field; private set; }

    /// <summary>True when a turn may wait for a message to the bot.</summary>
    public bool HasUnaddressed { get; set; }

    /// <summary>True while the first turn runs, or its end is being stored.</summary>
    public bool IsBusy { get; set; }

    /// <summary>The attempt at the second turn, when the commit that ends the first one begins it.</summary>
    public TurnRun? Next { get; set; }

    /// <summary>The stopped attempt whose call has not ended, and which holds the session; null: none.</summary>
    public TurnRun? Stopping { get; set; }

    /// <summary>Mark of the wait for another attempt at the first turn; null: the session does not wait for one.</summary>
    public object? Retry { get; set; }

    /// <summary>Time of the last interrupt, by the loop's clock.</summary>
    public DateTimeOffset Interrupted { get; set; }

    /// <summary>True while the session is in a queue for a handler, or waits for another attempt at its first turn.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Takes messages out that have been settled; a turn without any other goes with them. The members of a turn that runs stay known to
    /// it.</summary>
    /// <returns>The messages that were taken out.</returns>
    public IReadOnlyList<InboxRow> TakeOut(IReadOnlyList<long> ids)
    {
        var taken = new List<InboxRow>();
        for (var left = Turns.Count; left > 0; left--)
        {
            var turn = Turns.Dequeue();
            InboxRow[] settled = [.. turn.Members.Where(row => ids.Contains(row.Id))];
            taken.AddRange(settled);
            if (settled.Length == turn.Members.Count) continue;
            turn.Remove(ids);
            Enqueue(turn);
        }

        return taken;
    }

    /// <summary>Replaces the first turn by one with its messages and with further ones of the turns behind it.</summary>
    public void Supersede(IReadOnlyList<long> further)
    {
        var next = PendingTurn.After(Turns.Dequeue(), TakeOut(further));
        PendingTurn[] left = [.. Turns];
        Turns.Clear();
        Enqueue(next);
        foreach (var turn in left) Enqueue(turn);
    }

    /// <summary>Adds a turn behind the others.</summary>
    public void Enqueue(PendingTurn turn)
    {
        Turns.Enqueue(turn);
        Last = turn;
    }

    /// <summary>Takes turns out that have not begun.</summary>
    public void Remove(IReadOnlyCollection<PendingTurn> gone)
    {
        if (gone.Count == 0) return;
        PendingTurn[] left = [.. Turns.Except(gone)];
        Turns.Clear();
        foreach (var turn in left) Enqueue(turn);
    }
}

/// <summary>One turn that waits: a message, or those that belong together.</summary>
/// <param name="lead">Its first message, which stands for the turn.</param>
/// <param name="facts">The facts of the message.</param>
internal sealed class PendingTurn(InboxRow lead, WaitingEvent facts)
{
    private readonly List<InboxRow> _members = [lead];
    private readonly List<WaitingEvent> _waiting = [facts];

    /// <summary>First message, whose id is the turn's.</summary>
    public InboxRow Lead => _members[0];

    /// <summary>Messages in their order.</summary>
    public IReadOnlyList<InboxRow> Members => _members;

    /// <summary>Ids of the messages.</summary>
    public TurnMembers Ids => new(Lead.Id, _members.Count == 1 ? null : [.. _members.Skip(1).Select(static row => row.Id)]);

    /// <summary>Messages that are heard only with another one of the turn.</summary>
    public IEnumerable<InboxRow> Unaddressed => _members.Where((_, place) => _waiting[place].Facts is { IsUnaddressed: true });

    /// <summary>Facts of the messages, in their order.</summary>
    public IReadOnlyList<WaitingEvent> Waiting => _waiting;

    /// <summary>True from the first begin on: no further message joins the turn.</summary>
    public bool IsBegun { get; set; } = lead.Turn is not null;

    /// <summary>True when a message has joined the turn that supersedes the running one.</summary>
    public bool Interrupts { get; set; }

    /// <summary>Time at which the first message came, by the loop's clock.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Time until which a further message may come, by the loop's clock.</summary>
    public DateTimeOffset HeldUntil { get; set; }

    /// <summary>Number of attempts so far.</summary>
    public int Attempt { get; set; } = lead.Attempt;

    /// <summary>Replies that its attempts have owed so far.</summary>
    public OwedOrdinals Owed { get; } = new();

    /// <summary>Number of times that the handler deferred the turn since this start.</summary>
    public int PutOffs { get; set; }

    public DateTimeOffset? PutOffSince { get; set; }

    /// <summary>Returns the turn that follows a superseded one: it has begun, because the store has its messages, and counts its attempts anew.</summary>
    public static PendingTurn After(PendingTurn superseded, IEnumerable<InboxRow> further)
    {
        // Programs have been told of the messages of the superseded turn already.
        var waiting = superseded._waiting.ConvertAll(static one => one with { Facts = one.Facts with { IsUnaddressed = false } });
        var next = new PendingTurn(superseded.Lead, waiting[0]) { IsBegun = true, Attempt = 0, Since = superseded.Since };
        for (var i = 1; i < waiting.Count; i++) next.Add(superseded._members[i], waiting[i]);
        foreach (var row in further) next.Add(row, WaitingEvent.Of(row));
        return next;
    }

    /// <summary>Adds a message behind the others.</summary>
    public void Add(InboxRow row, WaitingEvent facts)
    {
        _members.Add(row);
        _waiting.Add(facts);
    }

    /// <summary>Replaces the payload of a message.</summary>
    /// <returns>The message before and after.</returns>
    public (InboxRow Before, InboxRow After) Replace(long id, byte[] payload)
    {
        var place = _members.FindIndex(row => row.Id == id);
        var before = _members[place];
        _members[place] = before with { Payload = payload };
        _waiting[place] = WaitingEvent.Of(_members[place]);
        return (before, _members[place]);
    }

    /// <summary>Removes messages that were settled before the turn began.</summary>
    /// <returns>The removed messages.</returns>
    public IReadOnlyList<InboxRow> Remove(IReadOnlyList<long> ids)
    {
        List<InboxRow> removed = [];
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            if (!ids.Contains(_members[i].Id)) continue;
            removed.Insert(0, _members[i]);
            _members.RemoveAt(i);
            _waiting.RemoveAt(i);
        }

        return removed;
    }
}

/// <summary>One attempt at one turn.</summary>
internal sealed class TurnRun(SessionQueue session, PendingTurn turn, HostTurn host, AttachedHandler handler, DateTimeOffset since)
{
    public SessionQueue Session { get; } = session;

    public PendingTurn Turn { get; } = turn;

    /// <summary>The turn as its handler gets it. Another one where a message was edited before the begin was stored.</summary>
    public HostTurn Host { get; set; } = host;

    public AttachedHandler Handler { get; } = handler;

    public DateTimeOffset Since { get; } = since;

    /// <summary>The call of the handler; null: it has not been made.</summary>
    public TurnCall? Call { get; set; }

    /// <summary>True while the store is being told that the turn is superseded: nothing of the attempt is taken.</summary>
    public bool IsBeingSuperseded { get; set; }

    /// <summary>True when the call has ended while <see cref="IsBeingSuperseded"/>.</summary>
    public bool HasReturned { get; set; }

    /// <summary>True while the handler has the turn.</summary>
    public bool IsCalled => Call is not null && !WaitsForFiles && !HasReturned;

    /// <summary>True when the turn was stopped: nothing of the attempt is taken.</summary>
    public bool IsStopped { get; set; }

    /// <summary>True when the handler has returned and files of its replies are being copied.</summary>
    public bool WaitsForFiles { get; set; }

    /// <summary>Returns the attempt as <c>status</c> shows it.</summary>
    public RunningTurn Describe(DispatchLoop loop) =>
        new(Turn.Lead.Id, Turn.Lead.AdapterId, Host.Event.Chat, Turn.Lead.Conversation, Host.Attempt, loop.ToWallClock(Since))
        {
            WaitsForFiles = WaitsForFiles,
        };
}

/// <summary>One generation of a handler that is attached.</summary>
internal sealed class AttachedHandler(HandlerPort port)
{
    private readonly Dictionary<string, int> _byAdapter = new(StringComparer.Ordinal);

    public HandlerPort Port { get; } = port;

    /// <summary>Calls that have been made and have not ended.</summary>
    public int Running { get; private set; }

    public bool HasPlace => Running < Port.ConcurrentTurns;

    /// <summary>Returns true while an adapter's turns have less than half of the places.</summary>
    public bool HasShare(string adapterId) => _byAdapter.GetValueOrDefault(adapterId) < Math.Max(1, Port.ConcurrentTurns / 2);

    public void Enter(string adapterId)
    {
        Running++;
        _byAdapter[adapterId] = _byAdapter.GetValueOrDefault(adapterId) + 1;
    }

    public void Leave(string adapterId)
    {
        Running--;
        if (--_byAdapter[adapterId] == 0) _byAdapter.Remove(adapterId);
    }
}

/// <summary>Highest ordinal of a turn's replies that has been owed: a reply owed by an earlier attempt needs no room again. Any thread.</summary>
internal sealed class OwedOrdinals
{
    private int _next;

    public bool Knows(int ordinal) => ordinal < Volatile.Read(ref _next);

    public void Note(int ordinal)
    {
        var next = Volatile.Read(ref _next);
        while (next <= ordinal && Interlocked.CompareExchange(ref _next, ordinal + 1, next) is var found && found != next) next = found;
    }
}
