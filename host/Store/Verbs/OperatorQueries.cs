using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>What an operator can read: lists without texts, and one row with its text. Every query is answered from an index.</summary>
internal static class OperatorQueries
{
    private const string OutboxColumns = "id, adapter_id, chat, state, attempt, owed_utc, due_utc, ended_utc, error, inbox_id";
    private const string InboxColumns = "id, adapter_id, conversation, state, attempt, accepted_utc, ended_utc, reason, event_id";

    public static IReadOnlyList<OutboxEntry> Outbox(Session db, OutboxQuery query)
    {
        var entries = new List<OutboxEntry>();
        foreach (var (clause, state) in Clauses(query.States.Select(static state => (int)state)))
        {
            using var reader = db.Query($"SELECT {OutboxColumns} FROM outbox WHERE {clause}", state, query.Adapter, query.Limit);
            while (reader.Read()) entries.Add(Outbox(reader));
        }

        return [.. entries.OrderByDescending(static entry => entry.Id).Take(query.Limit)];
    }

    public static OutboxEntryContent? OpenOutbox(Session db, long id)
    {
        using var reader = db.Query($"SELECT {OutboxColumns}, key, delivered_length, message_id, payload, kind, target FROM outbox WHERE id = ?1", id);
        return reader.Read() ? new(Outbox(reader), reader.GetString(10), reader.GetInt32(11), Text(reader, 12), reader.GetBytes(13))
        {
            Kind = (OwedKind)reader.GetInt32(14),
            Target = reader.IsDBNull(15) ? null : reader.GetInt64(15),
        } : null;
    }

    public static IReadOnlyList<InboxEntry> Inbox(Session db, InboxQuery query)
    {
        var entries = new List<InboxEntry>();
        foreach (var (clause, state) in Clauses(query.States.Select(static state => (int)state)))
        {
            using var reader = db.Query($"SELECT {InboxColumns} FROM inbox WHERE {clause}", state, query.Adapter, query.Limit);
            while (reader.Read()) entries.Add(Inbox(reader));
        }

        return [.. entries.OrderByDescending(static entry => entry.Id).Take(query.Limit)];
    }

    public static InboxEntryContent? OpenInbox(Session db, long id)
    {
        InboxEntry entry;
        byte[] payload;
        using (var reader = db.Query($"SELECT {InboxColumns}, payload FROM inbox WHERE id = ?1", id))
        {
            if (!reader.Read()) return null;
            (entry, payload) = (Inbox(reader), reader.GetBytes(9));
        }

        // A reply's key starts with its turn, and keys have an index; '/' is the character after '.'.
        var replies = new List<long>();
        using var keys = db.Query("SELECT id FROM outbox WHERE key >= ?1 AND key < ?2", $"{db.DatabaseId}.{id}.", $"{db.DatabaseId}.{id}/");
        while (keys.Read()) replies.Add(keys.GetInt64(0));
        replies.Sort();
        return new(entry, payload, replies);
    }

    /// <summary>A part of a list from each index. Open rows have one index, newest last: asked for one of their two states it would be read to its end, however few rows are wanted.</summary>
    private static IEnumerable<(string Clause, int State)> Clauses(IEnumerable<int> states)
    {
        var asked = states.ToArray();
        if (asked.Contains(0) && asked.Contains(1)) yield return ("state < 2 AND ?1 < 2 AND (?2 IS NULL OR adapter_id = ?2) ORDER BY id DESC LIMIT ?3", 0);
        else if (asked.Any(static state => state < 2)) yield return ("state < 2 AND state = ?1 AND (?2 IS NULL OR adapter_id = ?2) ORDER BY id DESC LIMIT ?3", asked.First(static state => state < 2));
        foreach (var ended in asked.Where(static state => state >= 2)) yield return ("state >= 2 AND state = ?1 AND (?2 IS NULL OR adapter_id = ?2) ORDER BY ended_utc DESC LIMIT ?3", ended);
    }

    private static OutboxEntry Outbox(Cursor r) => new(
        r.GetInt64(0), r.GetString(1), r.GetString(2), (OutboxState)r.GetInt32(3), r.GetInt32(4), Time(r, 5)!.Value, Time(r, 6)!.Value, Time(r, 7), Text(r, 8), r.GetInt64(9));

    private static InboxEntry Inbox(Cursor r) => new(
        r.GetInt64(0), r.GetString(1), r.GetString(2), (InboxState)r.GetInt32(3), r.GetInt32(4), Time(r, 5)!.Value, Time(r, 6), Text(r, 7), Text(r, 8));

    private static string? Text(Cursor r, int column) => r.IsDBNull(column) ? null : r.GetString(column);

    private static DateTimeOffset? Time(Cursor r, int column) => r.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(r.GetInt64(column));
}
