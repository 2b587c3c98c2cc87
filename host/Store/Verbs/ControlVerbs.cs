using System.Globalization;
using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs of control words and of stops, each in the writer's open transaction.</summary>
internal static class ControlVerbs
{
    /// <summary>Begin of the reason of a message that was stopped.</summary>
    public const string StoppedBy = "stopped by ";

    private const string Among = "id IN (SELECT value FROM json_each(?1))";

    private const string OpenOfSession =
        $"SELECT id, state, accepted_utc FROM inbox WHERE {RowSql.Open} AND coalesce(session, conversation) = ?1 AND id < ?2 ORDER BY id";

    private const string OpenOfTurn = $"SELECT id FROM inbox WHERE {RowSql.Open} AND (id = ?1 OR (turn = ?1 AND turn < id))";

    private const string Drop = $"UPDATE inbox SET state = {InboxSql.Dropped}, reason = ?2, ended_utc = ?3 WHERE {RowSql.Open} AND {Among}";

    /// <summary>Replies of turns that no adapter has seen. A reply with an attempt is settled at its next lease, when its outcome is known.</summary>
    private const string NeverAttempted = $"""
        SELECT id FROM outbox WHERE {RowSql.Open} AND state = {OutboxSql.Pending} AND attempt = 0 AND inbox_id <> 0
          AND inbox_id IN (SELECT value FROM json_each(?1))
        """;

    private const string Withdraw = $"UPDATE outbox SET state = {OutboxSql.Withdrawn}, error = ?2, ended_utc = ?3 WHERE {RowSql.Open} AND {Among}";

    private const string BeginAnew =
        $"UPDATE inbox SET state = {InboxSql.Pending}, attempt = 0, turn = ?2, reason = ?3 WHERE {RowSql.Open} AND {Among}";

    private const string RaiseNumber =
        "INSERT INTO sessions VALUES (?1, 1, ?2) ON CONFLICT DO UPDATE SET number = number + 1, changed_utc = excluded.changed_utc";

    /// <summary>True for a reply of a stopped turn that was not sent again since, and of which nothing is in doubt.</summary>
    private const string BelongsToStopped = $"""
        SELECT 1 FROM outbox o JOIN inbox i ON i.id = o.inbox_id
        WHERE o.id = ?1 AND o.state = {OutboxSql.Pending} AND o.doubtful_utc IS NULL AND i.state = {InboxSql.Dropped}
          AND i.reason >= '{StoppedBy}' AND i.reason < 'stopped by!' AND o.owed_utc <= i.ended_utc
        """;

    /// <summary>Executes a control word: its row is settled, its answer owed, and what is open in its session settled if it stops.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="entry">The event.</param>
    /// <param name="control">The control word.</param>
    /// <param name="id">Its row, which is open.</param>
    public static ControlResult Execute(Session db, InboundEntry entry, ControlEntry control, long id)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"i{id}");
        var session = entry.Session ?? entry.Conversation;
        InboxVerbs.End(db, id);
        var open = Open(db, session, id);
        open = control.Stops ? Stop(db, open, StoppedBy + name) : open with { Stopped = [] };
        if (control.Begins) Begin(db, session, control.HandlerId);
        return open with
        {
            Owed = OutboxVerbs.Enqueue(db, new OutboxEntry($"{db.DatabaseId}.{id}.answer", entry.AdapterId, control.Chat, control.Answer(open))).Row,
        };
    }

    /// <summary>Stops the turn of a message, for the operator. Null: it has none that is open.</summary>
    public static ControlResult? StopTurn(Session db, long id)
    {
        if (!InboxVerbs.IsOpen(db, id) || InboxVerbs.Load(db, id) is not { } row) return null;
        var ids = new List<long>();
        using (var rows = db.Query(OpenOfTurn, row.Turn ?? id))
        {
            while (rows.Read()) ids.Add(rows.GetInt64(0));
        }

        ids.Sort();
        return Stop(db, new ControlResult(row.SessionKey, ids), $"{StoppedBy}the operator");
    }

    /// <summary>Ends a running turn in favour of a new one with its messages and further ones, whose attempts are counted anew. Replies that an adapter
    /// has seen stand; the others are withdrawn, and the notes deleted.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="turn">The messages of the turn.</param>
    /// <param name="further">Messages behind it, one at least.</param>
    public static SupersededTurn Supersede(Session db, TurnMembers turn, IReadOnlyList<long> further)
    {
        if (!InboxVerbs.IsOpen(db, turn.Lead)) return new(IsSuperseded: false, []);
        var reason = string.Create(CultureInfo.InvariantCulture, $"superseded by i{further[^1]}");
        var withdrawn = WithdrawUnseen(db, MessageIds.ListOf([turn.Lead]), reason);
        TurnVerbs.NoteSuperseded(db, turn.Lead, further[^1]);
        foreach (var id in further) db.Waiting.Remove(id);
        db.Execute(BeginAnew, MessageIds.ListOf([.. turn.All, .. further]), turn.Lead, reason);
        return new(IsSuperseded: true, withdrawn);
    }

    /// <summary>Withdraws a reply of a stopped turn that is about to be sent. False: it is none.</summary>
    public static bool WithdrawStopped(Session db, long outboxId)
    {
        if (db.Scalar<long>(BelongsToStopped, outboxId) != 1) return false;
        db.Execute(Withdraw, MessageIds.ListOf([outboxId]), "its turn was stopped", db.Now);
        db.Add(Total.Withdrawn);
        return true;
    }

    private static ControlResult Open(Session db, string session, long before)
    {
        var (ids, running, since) = (new List<long>(), 0, long.MaxValue);
        using var rows = db.Query(OpenOfSession, session, before);
        while (rows.Read())
        {
            ids.Add(rows.GetInt64(0));
            if (rows.GetInt32(1) != (int)InboxState.Running) continue;
            running++;
            since = Math.Min(since, rows.GetInt64(2));
        }

        return new ControlResult(session, ids)
        {
            RunningFor = running == 0 ? null : TimeSpan.FromMilliseconds(Math.Max(0, db.Now - since)),
            Waiting = ids.Count - running,
        };
    }

    private static ControlResult Stop(Session db, ControlResult open, string reason)
    {
        if (open.Stopped.Count == 0) return open;
        var ids = MessageIds.ListOf(open.Stopped);
        db.Execute(Drop, ids, reason, db.Now);
        db.Add(Total.Dropped, open.Stopped.Count);
        foreach (var id in open.Stopped) db.Waiting.Remove(id);
        return open with { Withdrawn = WithdrawUnseen(db, ids, reason) };
    }

    private static List<long> WithdrawUnseen(Session db, string turns, string reason)
    {
        var withdrawn = new List<long>();
        using (var rows = db.Query(NeverAttempted, turns))
        {
            while (rows.Read()) withdrawn.Add(rows.GetInt64(0));
        }

        if (withdrawn.Count > 0) db.Execute(Withdraw, MessageIds.ListOf(withdrawn), reason, db.Now);
        db.Add(Total.Withdrawn, withdrawn.Count);
        return withdrawn;
    }

    /// <summary>Begins a new session: its number is raised, and what the handler has kept of the old one is deleted.</summary>
    private static void Begin(Session db, string session, string handlerId)
    {
        db.MayHaveNumbers = true;
        db.Execute(RaiseNumber, session, db.Now);
        MemoryVerbs.Forget(db, handlerId, session);
    }
}
