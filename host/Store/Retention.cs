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

    /// <summary>The clock was ahead when these were written, and has been set back: they would not get old for as long as it was ahead.</summary>
    private static readonly (string Sql, int[] States)[] FromTheFuture =
    [
        ("UPDATE seen SET seen_utc = ?1 WHERE seen_utc > ?2 AND ?3 = 0", [0]),
        ("UPDATE inbox SET ended_utc = ?1 WHERE state >= 2 AND ended_utc > ?2 AND state = ?3", [2, 3]),
        ("UPDATE outbox SET ended_utc = ?1 WHERE state >= 2 AND ended_utc > ?2 AND state = ?3", [2, 3, 4]),
    ];

    /// <summary>Deletes one portion.</summary>
    public static Swept Sweep(Session db, StoreOptions options)
    {
        long Before(TimeSpan age) => db.Now - (long)age.TotalMilliseconds;
        var (settled, parked, rows) = (Before(options.KeepSettled), Before(options.KeepParked), options.SweepRows);
        foreach (var (sql, states) in FromTheFuture)
        {
            foreach (var state in states) db.Execute(sql, db.Now, Before(-TimeSpan.FromDays(1)), state);
        }

        var most = db.Execute(Seen, Before(options.KeepSeen), rows);
        most = Math.Max(most, db.Execute(Inbox, 2, settled, rows));
        most = Math.Max(most, db.Execute(Outbox, 2, settled, rows));
        int[] letters = [db.Execute(Inbox, 3, parked, rows), db.Execute(Outbox, 3, parked, rows), db.Execute(Outbox, 4, parked, rows)];
        return new(Math.Max(most, letters.Max()) >= rows, letters.Sum());
    }

    /// <summary>Deletes the oldest handled and delivered messages, whatever their age. Returns how many.</summary>
    public static int MakeRoom(Session db, int rows) => db.Execute(Inbox, 2, long.MaxValue, rows) + db.Execute(Outbox, 2, long.MaxValue, rows);

    /// <summary>The bytes that are in use; pages that were freed are used again before the file grows.</summary>
    public static long Used(Session db) =>
        (db.Scalar<long>("PRAGMA page_count") - db.Scalar<long>("PRAGMA freelist_count")) * db.Scalar<long>("PRAGMA page_size");
}

/// <summary>What one portion was. <paramref name="More"/>: there may be more; <paramref name="Letters"/>: parked and rejected messages that are forgotten.</summary>
internal readonly record struct Swept(bool More, int Letters);
