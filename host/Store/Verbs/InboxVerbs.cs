using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs of the inbox, each in the writer's open transaction.</summary>
internal static class InboxVerbs
{
    private const string Columns = "id, adapter_id, conversation, attempt, payload, target, session, turn, accepted_utc, unproven";

    private const string BeginRow = $"UPDATE inbox SET state = {InboxSql.Running}, attempt = ?2, turn = ?3 WHERE id = ?1 AND {RowSql.Open}";

    private const string FailRow =
        $"UPDATE inbox SET state = {InboxSql.Pending}, attempt = ?2, reason = ?3 WHERE id = ?1 AND {RowSql.Open}";

    /// <summary>Accepts events as a whole; nothing is written where one of them has state that must be refused.</summary>
    public static Accepted[] Accept(Session db, IReadOnlyList<InboundEntry> entries, StateOrder order) =>
        order == StateOrder.Refuse && entries.Any(static entry => entry.State.Count > 0)
            ? [.. entries.Select(static _ => new Accepted(AcceptOutcome.OutOfOrder, 0))]
            : [.. entries.Select(entry => Accept(db, entry, order))];

    public static Accepted Accept(Session db, InboundEntry entry, StateOrder order = StateOrder.Write)
    {
        var accepted = AcceptOne(db, entry, order);
        if (accepted.Outcome is not (AcceptOutcome.Stored or AcceptOutcome.Discarded)) return accepted;
        foreach (var sender in entry.Left) MemoryVerbs.ForgetSender(db, entry.AdapterId, sender);
        return accepted;
    }

    private static Accepted AcceptOne(Session db, InboundEntry entry, StateOrder order)
    {
        if (order == StateOrder.Refuse && entry.State.Count > 0) return new(AcceptOutcome.OutOfOrder, 0);
        var state = order == StateOrder.Write ? SetState(db, entry.AdapterId, entry.State) : StateWriteOutcome.Written;
        var changed = ChangeVerbs.Find(db, entry);
        if (entry.IsDiscarded && changed.Count == 0)
        {
            db.Add(Total.Discarded);
            return new(AcceptOutcome.Discarded, 0) { State = state };
        }

        if (entry.EventKey is { } key)
        {
            if (db.Execute("INSERT INTO seen VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", entry.AdapterId, key, db.Now) == 0)
            {
                db.Add(Total.Duplicates);
                return new(AcceptOutcome.Duplicate, 0) { State = state };
            }

            db.Usage.Add(entry.AdapterId, seen: 1);
        }

        ChangeVerbs.Apply(db, changed);
        var found = entry.About is { } about ? SentVerbs.Find(db, entry.AdapterId, about) : null;
        if (changed.Count > 0 && (changed.Count == entry.Change!.MessageIds.Count || entry.IsDiscarded || (entry.OnlyIfSent && found is null)))
        {
            db.Add(Total.Accepted);
            db.Add(Total.Handled);
            return new(AcceptOutcome.Stored, 0) { State = state, Changed = changed };
        }

        if (entry.OnlyIfSent && found is null)
        {
            db.Add(Total.Discarded);
            return new(AcceptOutcome.Discarded, 0) { State = state };
        }

        var target = entry.About?.MessageId is null ? null : found;
        if (entry.Report is { } report) return DeliveryVerbs.Report(db, found!.Value, report) with { State = state };
        if (entry.Control is { } control)
        {
            var id = Insert(db, entry, target);
            return new(AcceptOutcome.Stored, id) { State = state, Target = target, Control = ControlVerbs.Execute(db, entry, control, id) };
        }

        if (entry.Press is { } press)
        {
            var (verdict, button) = ButtonVerbs.Judge(db, entry, press, target);
            if (button is not null) return AcceptPress(db, entry, press, button) with { State = state };
            // A number that names no button is a message like any other.
            if (press.Token is not null)
            {
                db.Add(Total.Discarded);
                return new(AcceptOutcome.Discarded, 0) { State = state, Press = new(verdict) };
            }
        }

        var session = entry.FollowsAbout && target is { } sent ? SessionOf(db, sent) ?? entry.Session : entry.Session;
        var row = Insert(db, session == entry.Session ? entry : entry with { Session = session }, target);
        if (entry.Message is { } message) db.Waiting.Add(row, message);
        return new(AcceptOutcome.Stored, row)
        {
            State = state,
            Changed = changed.Count == 0 ? null : changed,
            Target = target,
            Session = session,
            At = DateTimeOffset.FromUnixTimeMilliseconds(db.Now),
        };
    }

    /// <summary>Returns the session of the turn that has sent a message; null: none is known, or it is that of the conversation.</summary>
    private static string? SessionOf(Session db, long outboxId) =>
        db.Scalar<string?>("SELECT nullif(i.session, i.conversation) FROM outbox o JOIN inbox i ON i.id = o.inbox_id WHERE o.id = ?1", outboxId);

    /// <summary>Boxed once, not for every message.</summary>
    private static readonly object Zero = 0L, One = 1L;

    /// <summary>Stores a press in the conversation whose turn has owed the button.</summary>
    private static Accepted AcceptPress(Session db, InboundEntry entry, PressEntry press, PressedRow button)
    {
        var payload = press.Compose(button);
        var id = Insert(db, entry with { Payload = payload, Conversation = button.Conversation, Session = button.Session }, button.OutboxId);
        ButtonVerbs.Press(db, button, id);
        return new(AcceptOutcome.Stored, id)
        {
            At = DateTimeOffset.FromUnixTimeMilliseconds(db.Now),
            Target = button.OutboxId,
            Press = new(InteractionVerdict.Taken)
            {
                Payload = payload,
                Conversation = button.Conversation,
                Session = button.Session,
                Owed = ButtonVerbs.ShowPress(db, entry, press, button, id),
            },
        };
    }

    private static long Insert(Session db, InboundEntry entry, long? target)
    {
        var id = db.Insert(
            """
            INSERT INTO inbox (adapter_id, generation, event_id, conversation, payload, accepted_utc, target, session, unproven)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """,
            entry.AdapterId, entry.Generation, entry.EventId, entry.Conversation, entry.Payload, db.Now, target, entry.Session,
            entry.IsUnproven ? One : Zero);
        if (entry.Ticket is { } ticket) TicketVerbs.Keep(db, id, ticket);
        db.Add(Total.Accepted);
        return id;
    }

    /// <summary>Writes the state that came with a message. State beyond its adapter's quota is left out: the message counts for more.</summary>
    private static StateWriteOutcome SetState(Session db, string adapterId, IReadOnlyDictionary<string, string> state)
    {
        var worst = StateWriteOutcome.Written;
        foreach (var (key, value) in state)
        {
            if (AdapterVerbs.SetState(db, adapterId, key, value) is var outcome && outcome > worst) worst = outcome;
        }

        return worst;
    }

    /// <summary>Begins an attempt at a turn: from now on its members belong to it. Nothing is written where one of them is settled.</summary>
    public static TurnBegin Begin(Session db, TurnMembers turn, int attempt, string session)
    {
        if (turn.Others is not null && turn.All.Where(id => !IsOpen(db, id)).ToArray() is { Length: > 0 } settled) return new(settled, 0);
        foreach (var id in turn.All)
        {
            if (db.Execute(BeginRow, id, attempt, turn.Lead) == 0) return new([id], 0);
            db.Waiting.Remove(id);
        }

        return new([], db.MayHaveNumbers ? (int)db.Scalar<long>("SELECT number FROM sessions WHERE session = ?1", session) : 0);
    }

    public static bool Fail(Session db, TurnMembers turn, int attempt, string reason) =>
        Each(turn, id => db.Execute(FailRow, id, attempt, reason) == 1);

    public static bool End(Session db, TurnMembers turn) => Each(turn, id => Settle(db, id, InboxState.Handled, null, Total.Handled));

    public static bool Park(Session db, TurnMembers turn, string reason) =>
        Each(turn, id => Settle(db, id, InboxState.Parked, reason, Total.InboundParked));

    /// <summary>Changes every member of a turn; true when one has changed.</summary>
    private static bool Each(TurnMembers turn, Func<long, bool> change)
    {
        var hasChanged = change(turn.Lead);
        foreach (var id in turn.Others ?? []) hasChanged |= change(id);
        return hasChanged;
    }

    /// <summary>Deletes messages that were held for one to the bot, which has not come: nothing of them is kept but their event ids.</summary>
    public static bool DiscardUnaddressed(Session db, IReadOnlyList<long> ids)
    {
        var deleted = ids.Sum(id => db.Execute($"DELETE FROM inbox WHERE id = ?1 AND state = {InboxSql.Pending} AND turn IS NULL", id));
        foreach (var id in ids) db.Waiting.Remove(id);
        db.Add(Total.Accepted, -deleted);
        db.Add(Total.Discarded, deleted);
        return deleted > 0;
    }

    public static bool IsOpen(Session db, long id) => db.Scalar<long>($"SELECT 1 FROM inbox WHERE id = ?1 AND {RowSql.Open}", id) == 1;

    /// <summary>Makes turns that were running when the last process ended run again; the attempt counts.</summary>
    public static int Recover(Session db) =>
        db.Execute($"UPDATE inbox SET state = {InboxSql.Pending}, reason = 'interrupted' WHERE {RowSql.Open} AND state = {InboxSql.Running}");

    public static IReadOnlyList<InboxRow> LoadPending(Session db, long after, int limit)
    {
        var rows = new List<InboxRow>();
        using var reader = db.Query(
            $"SELECT {Columns} FROM inbox WHERE {RowSql.Open} AND id > ?1 ORDER BY id LIMIT ?2", after, limit);
        while (reader.Read()) rows.Add(Row(reader));
        return rows;
    }

    /// <summary>Loads the messages of a turn. The index has the further ones in the order of their ids.</summary>
    public static IReadOnlyList<InboxRow> LoadTurn(Session db, long lead)
    {
        var rows = new List<InboxRow>();
        using var reader = db.Query(
            $"SELECT {Columns} FROM inbox WHERE id = ?1 UNION ALL SELECT {Columns} FROM inbox WHERE turn = ?1 AND turn < id", lead);
        while (reader.Read()) rows.Add(Row(reader));
        return rows;
    }

    public static InboxRow? Load(Session db, long id)
    {
        using var reader = db.Query($"SELECT {Columns} FROM inbox WHERE id = ?1", id);
        return reader.Read() ? Row(reader) : null;
    }

    /// <param name="db">The transaction.</param>
    /// <param name="ids">The ids of the rows, as a JSON array.</param>
    public static IReadOnlyList<InboxRow> Load(Session db, string ids)
    {
        var rows = new List<InboxRow>();
        using var reader = db.Query(
            $"SELECT {Columns} FROM inbox WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id", ids);
        while (reader.Read()) rows.Add(Row(reader));
        return rows;
    }

    private static InboxRow Row(Cursor r) => new(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetInt32(3), r.GetBytes(4))
    {
        Target = r.IsDBNull(5) ? null : r.GetInt64(5),
        Session = r.GetText(6),
        Turn = r.IsDBNull(7) ? null : r.GetInt64(7),
        Accepted = r.GetTime(8)!.Value,
        IsUnproven = r.GetInt64(9) == 1,
    };

    private static bool Settle(Session db, long id, InboxState state, string? reason, Total total)
    {
        var changed = db.Execute(
            $"UPDATE inbox SET state = ?2, reason = ?3, ended_utc = ?4 WHERE id = ?1 AND {RowSql.Open}", id, (int)state, reason, db.Now);
        if (changed == 0) return false;
        db.Waiting.Remove(id);
        db.Add(total);
        return true;
    }
}
