using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs of tickets, each in the writer's open transaction. <see cref="Session.MayHaveTickets"/> spares every message of other adapters a
/// statement.</summary>
internal static class TicketVerbs
{
    /// <summary>Parked and dropped turns have ended too: the operator's next run of one answers without a ticket.</summary>
    private const string Void = $"""
        DELETE FROM tickets WHERE until_utc <= ?1 OR NOT EXISTS (SELECT 1 FROM inbox WHERE id = inbox_id
          AND ({RowSql.Open} OR coalesce(turn, id) IN (SELECT o.inbox_id FROM outbox o WHERE {RowSql.Open})))
        """;

    /// <summary>The newest ticket of the messages of a turn.</summary>
    private const string OfTurn = """
        SELECT ticket, until_utc FROM tickets
        WHERE inbox_id IN (SELECT ?1 UNION ALL SELECT id FROM inbox WHERE turn = ?1 AND turn < id) AND until_utc > ?2 ORDER BY inbox_id DESC LIMIT 1
        """;

    /// <summary>Keeps the ticket of an event that is stored now.</summary>
    public static void Keep(Session db, long inboxId, Ticket ticket)
    {
        var until = ticket.ExpiresAt.ToUnixTimeMilliseconds();
        if (until <= db.Now) return;
        db.MayHaveTickets = true;
        db.Execute("INSERT INTO tickets VALUES (?1, ?2, ?3)", inboxId, ticket.Value, until);
    }

    /// <summary>Returns the ticket of the events that a turn answers, the newest of several; null: there is none, or it has expired.</summary>
    public static Ticket? Find(Session db, long turn)
    {
        if (!db.MayHaveTickets || turn == 0) return null;
        using var reader = db.Query(OfTurn, turn, db.Now);
        return reader.Read() ? new(reader.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1))) : null;
    }

    /// <summary>Erases the tickets that have expired, and those of turns that have ended with every reply settled.</summary>
    public static bool Erase(Session db)
    {
        db.Execute(Void, db.Now);
        db.MayHaveTickets = db.Scalar<long>("SELECT EXISTS (SELECT 1 FROM tickets)") == 1;
        return true;
    }
}
