using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>Queries of the operator: lists without texts, and one row with its text. Every query is answered from an index.</summary>
internal static class OperatorQueries
{
    /// <summary>The first state in which a row is settled, of the inbox and of the outbox.</summary>
    private const int FirstEnded = (int)OutboxState.Delivered;
    private const string InboxColumns = "id, adapter_id, conversation, state, attempt, accepted_utc, ended_utc, reason, event_id";

    public static IReadOnlyList<OutboxRow> Outbox(Session db, OutboxQuery query)
    {
        var entries = new List<OutboxRow>();
        foreach (var (clause, state) in Clauses(query.States.Select(static state => (int)state)))
        {
            using var reader = db.Query($"SELECT {OutboxRow.Columns} FROM outbox WHERE {clause}", state, query.Adapter, query.Limit);
            while (reader.Read()) entries.Add(OutboxRow.Read(reader));
        }

        return [.. entries.OrderByDescending(static entry => entry.Id).Take(query.Limit)];
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

        // A reply's key starts with its turn, and keys have an index; '-' and '/' are the characters around '.', and '-' follows the number of a turn
        // that an earlier one was superseded by.
        var replies = new List<long>();
        using var keys = db.Query("SELECT id FROM outbox WHERE key >= ?1 AND key < ?2", $"{db.DatabaseId}.{id}{TurnIds.Separator}", $"{db.DatabaseId}.{id}/");
        while (keys.Read()) replies.Add(keys.GetInt64(0));
        replies.Sort();
        return new(entry, payload, replies);
    }

    /// <summary>Returns one clause for each index. Open rows share one index, newest last: a query for one of their two states would read it to its
    /// end, however few rows are wanted.</summary>
    private static IEnumerable<(string Clause, int State)> Clauses(IEnumerable<int> states)
    {
        const string Newest = "(?2 IS NULL OR adapter_id = ?2) ORDER BY";
        var asked = states.Distinct().ToLookup(static state => state < FirstEnded);
        if (asked[true].ToArray() is [var open, .. var others])
            yield return ($"{RowSql.Open} AND {(others.Length > 0 ? "?1 IS NOT NULL" : "state = ?1")} AND {Newest} id DESC LIMIT ?3", open);
        foreach (var ended in asked[false]) yield return ($"{RowSql.Ended} AND state = ?1 AND {Newest} ended_utc DESC LIMIT ?3", ended);
    }

    private static InboxEntry Inbox(Cursor r) => new(
        r.GetInt64(0), r.GetString(1), r.GetString(2), (InboxState)r.GetInt32(3), r.GetInt32(4), r.GetTime(5)!.Value, r.GetTime(6),
        r.GetText(7), r.GetText(8));
}
