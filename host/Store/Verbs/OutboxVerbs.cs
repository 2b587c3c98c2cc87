using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs of the outbox, each in the writer's open transaction.</summary>
internal static class OutboxVerbs
{
    /// <summary>The ids of all parts, in their order. ?2: those of the last, left out when there are too many.</summary>
    private static readonly string MoreIds =
        $"CASE WHEN ?2 IS NULL OR length(message_id) + length(?2) >= {MessageIds.LongestOfAll} THEN message_id ELSE coalesce(message_id || char(10), '') || ?2 END";

    private static readonly string DeliverRow =
        $"UPDATE outbox SET state = {OutboxSql.Delivered}, message_id = {MoreIds}, error = ?4, ended_utc = ?3 WHERE id = ?1 AND {RowSql.Open}";

    private static readonly string DeliverPartOfRow = $"""
        UPDATE outbox SET state = {OutboxSql.Pending}, delivered_length = ?3, message_id = {MoreIds}, due_utc = ?4, error = ?5, doubtful_utc = NULL,
          owed_utc = min(owed_utc, ?6)
        WHERE id = ?1 AND {RowSql.Open}
        """;

    /// <summary>A turn's reply only while the turn is open, and what is about a message only where that message is.</summary>
    private const string Insert = $"""
        INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, owed_utc, due_utc, kind, target) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8
        WHERE (?2 = 0 OR EXISTS (SELECT 1 FROM inbox WHERE id = ?2 AND {RowSql.Open}))
          AND (?8 IS NULL OR EXISTS (SELECT 1 FROM outbox WHERE id = ?8 AND {OutboxSql.IsMessage} AND adapter_id = ?3 AND chat = ?4))
        ON CONFLICT DO NOTHING
        """;

    /// <summary>Edits that the platform has taken.</summary>
    private const string CountEdits = $"SELECT count(*) FROM outbox WHERE target = ?1 AND {OutboxSql.IsEdit} AND state = {OutboxSql.Delivered}";

    private const string LeaseRow =
        $"UPDATE outbox SET state = {OutboxSql.Sending}, generation = ?2, attempt = ?3, leased_utc = ?4 WHERE id = ?1 AND {RowSql.Open}";

    /// <summary>Marks a message as being sent, unless its turn was dropped: then it may have to be withdrawn.</summary>
    private const string LeaseRowOfKept = $"{LeaseRow} AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.id = inbox_id AND i.state = {InboxSql.Dropped})";

    private const string ContentColumns = $"{OutboxRow.Columns}, delivered_length, payload";

    /// <summary>Boxed once, not for every message.</summary>
    private static readonly object[] Kinds = [.. Enum.GetValues<OwedKind>().Select(static kind => (object)(long)kind)];

    /// <summary>Owes something, once for each key.</summary>
    public static EnqueueResult Enqueue(Session db, OutboxEntry entry)
    {
        var id = db.Insert(
            Insert, entry.Key, entry.InboxId, entry.AdapterId, entry.Chat, entry.Payload, db.Now, Kinds[(int)entry.Kind], entry.Target);
        if (id == 0) return NotInserted(db, entry);
        MediaVerbs.Keep(db, id, entry.Files);
        ButtonVerbs.Add(db, id, entry);
        db.Add(Total.Owed);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(db.Now);
        return new(EnqueueOutcome.Owed, id, new(id, entry.Key, entry.AdapterId, entry.Chat, 0, OutboxState.Pending, now, now)
        {
            InboxId = entry.InboxId,
            Session = entry.Session,
            Kind = entry.Kind,
            Target = entry.Target,
        });
    }

    /// <summary>Marks a message as being sent. Null when it is settled already, or its turn was stopped.</summary>
    public static Lease? Lease(Session db, long id, int generation, int attempt)
    {
        if (db.Execute(LeaseRowOfKept, id, generation, attempt, db.Now) == 0
            && (ControlVerbs.WithdrawStopped(db, id) || db.Execute(LeaseRow, id, generation, attempt, db.Now) == 0))
            return null;
        using var reader = db.Query("SELECT key, payload, delivered_length, inbox_id FROM outbox WHERE id = ?1", id);
        return reader.Read() ? new(reader.GetString(0), reader.GetBytes(1), reader.GetInt32(2)) { Ticket = TicketVerbs.Find(db, reader.GetInt64(3)) } : null;
    }

    /// <param name="db">The transaction.</param>
    /// <param name="id">The message.</param>
    /// <param name="messageIds">The platform's ids of what arrived now, a line each.</param>
    /// <param name="note">A sentence about what the platform lacks, or null.</param>
    public static bool Deliver(Session db, long id, string? messageIds, string? note = null)
    {
        var changed = db.Execute(DeliverRow, id, messageIds, db.Now, note);
        if (changed == 0) return false;
        db.Add(Total.Delivered);
        db.DeliveredSinceIndexed++;
        return true;
    }

    public static bool Reject(Session db, long id, string error) => Settle(db, id, OutboxState.Rejected, error, Total.Rejected);

    public static bool Park(Session db, long id, string error) => Settle(db, id, OutboxState.Parked, error, Total.OutboundParked);

    /// <summary>Owed again, not before <paramref name="due"/>. <paramref name="isDoubtful"/>: this attempt or an earlier one may have arrived. A
    /// message that is owed since a time in the future, because the clock has been set back, gets old from now on.</summary>
    public static bool Reschedule(Session db, long id, DateTimeOffset due, bool isDoubtful, string error) => db.Execute(
        $"""
        UPDATE outbox SET state = {OutboxSql.Pending}, due_utc = ?2, error = ?3,
          doubtful_utc = CASE WHEN ?4 THEN coalesce(doubtful_utc, leased_utc) END, owed_utc = min(owed_utc, ?5)
        WHERE id = ?1 AND {RowSql.Open}
        """,
        id, due.ToUnixTimeMilliseconds(), error, isDoubtful ? 1 : 0, db.Now) == 1;

    /// <summary>A part of the text has arrived; the rest is owed.</summary>
    public static bool DeliverPart(Session db, long id, int deliveredLength, string messageIds, DateTimeOffset due, string error) => db.Execute(
        DeliverPartOfRow, id, messageIds, deliveredLength, due.ToUnixTimeMilliseconds(), error, db.Now) == 1;

    public static IReadOnlyList<OutboxRow> LoadOpen(Session db, long after, int limit)
    {
        var rows = new List<OutboxRow>();
        using var reader = db.Query(
            $"SELECT {OutboxRow.ColumnsToDeliver} FROM outbox WHERE {RowSql.Open} AND id > ?1 ORDER BY id LIMIT ?2", after, limit, db.Now);
        while (reader.Read()) rows.Add(OutboxRow.Read(reader));
        return rows;
    }

    /// <param name="db">The transaction.</param>
    /// <param name="ids">Which, as a JSON array.</param>
    /// <param name="most">No more than they are.</param>
    public static IReadOnlyList<OutboxRow> Load(Session db, string ids, int most)
    {
        var rows = new List<OutboxRow>(most);
        using var reader = db.Query(
            $"SELECT {OutboxRow.ColumnsToDeliver} FROM outbox WHERE id IN (SELECT value FROM json_each(?1)) LIMIT ?2", ids, most, db.Now);
        while (reader.Read()) rows.Add(OutboxRow.Read(reader));
        return rows;
    }

    public static OutboxRow? Find(Session db, long id)
    {
        using var reader = db.Query($"SELECT {OutboxRow.Columns} FROM outbox WHERE id = ?1", id);
        return reader.Read() ? OutboxRow.Read(reader) : null;
    }

    /// <param name="db">The transaction.</param>
    /// <param name="id">The message.</param>
    /// <param name="countsEdits">False: the number of its edits is left at 0.</param>
    public static ActionTarget? FindTarget(Session db, long id, bool countsEdits) => Find(db, id) is { } row
        ? new(row, ButtonVerbs.Open(db, id), countsEdits ? (int)db.Scalar<long>(CountEdits, id) : 0) : null;

    public static OutboxRow? Find(Session db, string key)
    {
        using var reader = db.Query($"SELECT {OutboxRow.Columns} FROM outbox WHERE key = ?1", key);
        return reader.Read() ? OutboxRow.Read(reader) : null;
    }

    public static OutboxRowContent? Open(Session db, long id) => Content(db.Query($"SELECT {ContentColumns} FROM outbox WHERE id = ?1", id));

    /// <summary>A message that something is about: no edit, deletion or reaction.</summary>
    public static OutboxRowContent? OpenMessage(Session db, long id) =>
        Content(db.Query($"SELECT {ContentColumns} FROM outbox WHERE id = ?1 AND {OutboxSql.IsMessage}", id));

    public static OutboxRowContent? OpenMessage(Session db, string key) =>
        Content(db.Query($"SELECT {ContentColumns} FROM outbox WHERE key = ?1 AND {OutboxSql.IsMessage}", key));

    private static OutboxRowContent? Content(Cursor reader)
    {
        using (reader) return reader.Read() ? new(OutboxRow.Read(reader), reader.GetInt32(16), reader.GetBytes(17)) : null;
    }

    /// <summary>Reason why nothing was inserted. A turn that runs again owes its first replies under the same keys, whatever they say now.</summary>
    private static EnqueueResult NotInserted(Session db, OutboxEntry entry)
    {
        if (entry.InboxId != 0 && !InboxVerbs.IsOpen(db, entry.InboxId)) return new(EnqueueOutcome.TurnOver);
        using var reader = db.Query("SELECT id, adapter_id, chat, kind, target, payload FROM outbox WHERE key = ?1", entry.Key);
        if (!reader.Read()) return new(EnqueueOutcome.NoTarget);
        var isSame = entry.InboxId != 0
            || (reader.GetString(1) == entry.AdapterId && reader.GetString(2) == entry.Chat && reader.GetInt32(3) == (int)entry.Kind
                && (reader.IsDBNull(4) ? null : reader.GetInt64(4)) == entry.Target && Payloads.AreSame(reader.GetBytes(5), entry.Payload));
        return new(isSame ? EnqueueOutcome.Known : EnqueueOutcome.Conflict, reader.GetInt64(0));
    }

    private static bool Settle(Session db, long id, OutboxState state, string? error, Total total)
    {
        var changed = db.Execute(
            $"UPDATE outbox SET state = ?2, error = ?3, ended_utc = ?4 WHERE id = ?1 AND {RowSql.Open}", id, (int)state, error, db.Now);
        if (changed == 0) return false;
        db.Add(total);
        return true;
    }
}
