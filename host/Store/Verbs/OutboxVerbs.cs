using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs of the outbox, each in the writer's open transaction.</summary>
internal static class OutboxVerbs
{
    private const int Rejected = 3, Parked = 4;

    /// <summary>The ids of all parts, in their order. ?2: those of the last.</summary>
    private const string MoreIds = "CASE WHEN ?2 IS NULL THEN message_id ELSE coalesce(message_id || char(10), '') || ?2 END";

    /// <summary>A message never waits longer than it was told to when its due time was written, even if the clock has been set back since. ?3: now.</summary>
    private const string Columns =
        "id, adapter_id, chat, attempt, state, owed_utc, min(due_utc, ?3 + max(0, due_utc - coalesce(leased_utc, owed_utc))), error, kind, target, CASE state WHEN 1 THEN coalesce(doubtful_utc, leased_utc) ELSE doubtful_utc END";

    public static EnqueueResult Owe(Session db, OwedReply reply)
    {
        var key = $"{db.DatabaseId}.{reply.InboxId}.{reply.Ordinal}";
        var id = db.Insert(
            "INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, owed_utc, due_utc) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6 FROM inbox WHERE id = ?2 AND state < 2 ON CONFLICT DO NOTHING",
            key, reply.InboxId, reply.AdapterId, reply.Chat, reply.Payload, db.Now);
        if (id == 0 && !InboxVerbs.IsOpen(db, reply.InboxId)) return new(true, null);
        if (id == 0) return new(false, null) { Id = db.Scalar<long>("SELECT id FROM outbox WHERE key = ?1", key) };
        db.Add(Total.Owed);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(db.Now);
        return new(false, new(id, reply.AdapterId, reply.Chat, 0, false, now, now, null));
    }

    /// <summary>Marks a message as being sent. Null when it is settled already.</summary>
    public static Lease? Lease(Session db, long id, int generation, int attempt)
    {
        if (db.Execute("UPDATE outbox SET state = 1, generation = ?2, attempt = ?3, leased_utc = ?4 WHERE id = ?1 AND state < 2", id, generation, attempt, db.Now) == 0) return null;
        using var reader = db.Query("SELECT key, payload, delivered_length FROM outbox WHERE id = ?1", id);
        return reader.Read() ? new(reader.GetString(0), reader.GetBytes(1), reader.GetInt32(2)) : null;
    }

    /// <param name="db">The transaction.</param>
    /// <param name="id">The message.</param>
    /// <param name="messageIds">The platform's ids of what arrived now, a line each.</param>
    public static bool Deliver(Session db, long id, string? messageIds)
    {
        if (db.Execute($"UPDATE outbox SET state = 2, message_id = {MoreIds}, error = NULL, ended_utc = ?3 WHERE id = ?1 AND state < 2", id, messageIds, db.Now) == 0) return false;
        db.Add(Total.Delivered);
        return true;
    }

    public static bool Reject(Session db, long id, string error) => Settle(db, id, Rejected, error, Total.Rejected);

    public static bool Park(Session db, long id, string error) => Settle(db, id, Parked, error, Total.OutboundParked);

    /// <summary>Owed again, not before <paramref name="due"/>. <paramref name="isDoubtful"/>: this attempt or an earlier one may have arrived.</summary>
    public static bool Reschedule(Session db, long id, DateTimeOffset due, bool isDoubtful, string error) => db.Execute(
        "UPDATE outbox SET state = 0, due_utc = ?2, error = ?3, doubtful_utc = CASE WHEN ?4 THEN coalesce(doubtful_utc, leased_utc) END WHERE id = ?1 AND state < 2",
        id, due.ToUnixTimeMilliseconds(), error, isDoubtful ? 1 : 0) == 1;

    /// <summary>A part of the text has arrived; the rest is owed.</summary>
    public static bool DeliverPart(Session db, long id, int deliveredLength, string messageIds, DateTimeOffset due, string error) => db.Execute(
        $"UPDATE outbox SET state = 0, delivered_length = ?3, message_id = {MoreIds}, due_utc = ?4, error = ?5, doubtful_utc = NULL WHERE id = ?1 AND state < 2",
        id, messageIds, deliveredLength, due.ToUnixTimeMilliseconds(), error) == 1;

    public static IReadOnlyList<OutboxRow> LoadOpen(Session db, long after, int limit)
    {
        var rows = new List<OutboxRow>();
        using var reader = db.Query($"SELECT {Columns} FROM outbox WHERE state < 2 AND id > ?1 ORDER BY id LIMIT ?2", after, limit, db.Now);
        while (reader.Read()) rows.Add(Row(reader));
        return rows;
    }

    /// <param name="db">The transaction.</param>
    /// <param name="ids">Which, as a JSON array.</param>
    /// <param name="most">No more than they are.</param>
    public static IReadOnlyList<OutboxRow> Load(Session db, string ids, int most)
    {
        var rows = new List<OutboxRow>(most);
        using var reader = db.Query($"SELECT {Columns} FROM outbox WHERE id IN (SELECT value FROM json_each(?1)) LIMIT ?2", ids, most, db.Now);
        while (reader.Read()) rows.Add(Row(reader));
        return rows;
    }

    private static OutboxRow Row(Cursor r) => new(
        r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetInt32(3), r.GetInt32(4) == 1,
        DateTimeOffset.FromUnixTimeMilliseconds(r.GetInt64(5)), DateTimeOffset.FromUnixTimeMilliseconds(r.GetInt64(6)), r.IsDBNull(7) ? null : r.GetString(7))
    {
        Kind = (OwedKind)r.GetInt32(8),
        Target = r.IsDBNull(9) ? null : r.GetInt64(9),
        DoubtfulSince = r.IsDBNull(10) ? null : DateTimeOffset.FromUnixTimeMilliseconds(r.GetInt64(10)),
    };

    private static bool Settle(Session db, long id, int state, string? error, Total total)
    {
        if (db.Execute("UPDATE outbox SET state = ?2, error = ?3, ended_utc = ?4 WHERE id = ?1 AND state < 2", id, state, error, db.Now) == 0) return false;
        db.Add(total);
        return true;
    }
}
