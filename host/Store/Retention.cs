namespace PluginGateway.Store;

/// <summary>Forgets what is over and old, a bounded number of rows at a time. What is pending or owed is never touched; the totals keep counting it.</summary>
internal static class Retention
{
    private const string Seen =
        "DELETE FROM seen WHERE (adapter_id, event_id) IN (SELECT adapter_id, event_id FROM seen WHERE seen_utc < ?1 ORDER BY seen_utc LIMIT ?2)";

    private const string Inbox =
        "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE state = ?1 AND state >= 2 AND ended_utc < ?2 ORDER BY ended_utc LIMIT ?3)";

    /// <summary>The replies of a turn that is open or parked stay: their keys keep another run from sending them again.</summary>
    private const string Outbox = """
        DELETE FROM outbox WHERE id IN (SELECT id FROM outbox o WHERE state = ?1 AND state >= 2 AND ended_utc < ?2
          AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.id = o.inbox_id AND i.state <> 2) ORDER BY ended_utc LIMIT ?3)
        """;

    /// <summary>Deletes one portion. True: there may be more.</summary>
    public static bool Sweep(Session db, StoreOptions options)
    {
        long Before(TimeSpan age) => db.Now - (long)age.TotalMilliseconds;
        var (settled, parked, rows) = (Before(options.KeepSettled), Before(options.KeepParked), options.SweepRows);
        var most = db.Execute(Seen, Before(options.KeepSeen), rows);
        most = Math.Max(most, db.Execute(Inbox, 2, settled, rows));
        most = Math.Max(most, db.Execute(Inbox, 3, parked, rows));
        most = Math.Max(most, db.Execute(Outbox, 2, settled, rows));
        most = Math.Max(most, db.Execute(Outbox, 3, parked, rows));
        most = Math.Max(most, db.Execute(Outbox, 4, parked, rows));
        return most >= rows;
    }
}
