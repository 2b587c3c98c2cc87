using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store.Quota;

/// <summary>Deletes old settled rows, a bounded number at a time. Pending and owed messages are never touched; the totals keep counting deleted
/// ones.</summary>
internal static class Retention
{
    /// <summary>Number of the newest event ids of each adapter that are kept while ids of the last hour are deleted: a platform mostly repeats an
    /// event at once.</summary>
    public const int FreshKept = 1000;

    private const string Seen =
        "DELETE FROM seen WHERE adapter_id = ?1 AND event_key IN (SELECT event_key FROM seen WHERE adapter_id = ?1 AND seen_utc < ?2 ORDER BY seen_utc LIMIT ?3)";

    private const string Inbox =
        $"DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE state = ?1 AND {RowSql.Ended} AND ended_utc < ?2 ORDER BY ended_utc LIMIT ?3)";

    /// <summary>Statement that keeps the replies of a turn that is open or parked: their keys keep another run from sending them again.</summary>
    private const string Outbox = $"""
        DELETE FROM outbox WHERE id IN (SELECT id FROM outbox o WHERE state = ?1 AND {RowSql.Ended} AND ended_utc < ?2
          AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.id = o.inbox_id AND i.state <> {InboxSql.Handled}) ORDER BY ended_utc LIMIT ?3)
        """;

    private const string Buttons =
        "DELETE FROM buttons WHERE token IN (SELECT token FROM buttons WHERE expires_utc <= ?1 ORDER BY expires_utc LIMIT ?2)";

    /// <summary>Statements for rows that were written while the clock was ahead, before it was set back: they would not get old for as long as it was
    /// ahead.</summary>
    private static readonly (string Sql, int[] States)[] FromTheFuture =
    [
        ($"UPDATE inbox SET ended_utc = ?1 WHERE {RowSql.Ended} AND ended_utc > ?2 AND state = ?3",
            [(int)InboxState.Handled, (int)InboxState.Parked, (int)InboxState.Dropped]),
        ($"UPDATE outbox SET ended_utc = ?1 WHERE {RowSql.Ended} AND ended_utc > ?2 AND state = ?3",
            [.. Enum.GetValues<OutboxState>().Where(static state => state >= OutboxState.Delivered).Select(static state => (int)state)]),
    ];

    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    /// <summary>Deletes one portion.</summary>
    public static SweepResult Sweep(Session db, StoreOptions options)
    {
        long Before(TimeSpan age) => db.Now - (long)age.TotalMilliseconds;
        var (settled, parked, rows, ahead) = (
            Before(options.KeepSettled), Before(options.KeepParked), options.SweepRows, Before(-TimeSpan.FromDays(1)));
        foreach (var (sql, states) in FromTheFuture)
        {
            foreach (var state in states) db.Execute(sql, db.Now, ahead, state);
        }

        var most = 0;
        foreach (var usage in db.Usage.All())
        {
            db.Execute("UPDATE seen SET seen_utc = ?2 WHERE adapter_id = ?1 AND seen_utc > ?3", usage.AdapterId, db.Now, ahead);
            most = Math.Max(most, ForgetSeen(db, usage.AdapterId, Before(options.KeepSeen), rows));
        }

        most = Math.Max(most, Forget(db, InboxState.Handled, settled, rows));
        most = Math.Max(most, Forget(db, OutboxState.Delivered, settled, rows));
        most = Math.Max(most, db.Execute(Buttons, db.Now, rows));
        most = Math.Max(most, MemoryVerbs.Sweep(db, options, ahead));
        int[] forgotten =
        [
            Forget(db, InboxState.Parked, parked, rows), Forget(db, InboxState.Dropped, parked, rows),
            Forget(db, OutboxState.Rejected, parked, rows), Forget(db, OutboxState.Parked, parked, rows),
            Forget(db, OutboxState.Withdrawn, parked, rows), Forget(db, OutboxState.Bounced, parked, rows),
        ];
        return new(Math.Max(most, forgotten.Max()) >= rows, forgotten.Sum());
    }

    /// <summary>Deletes the oldest handled and delivered messages, whatever their age, and event ids that are older than an hour; when there are none
    /// of both, younger ids too.</summary>
    public static Forgotten MakeRoom(Session db, int rows)
    {
        var messages = Forget(db, InboxState.Handled, long.MaxValue, rows) + Forget(db, OutboxState.Delivered, long.MaxValue, rows);
        var old = ForgetSeen(db, rows, db.Now - (long)Fresh.TotalMilliseconds, 0);
        if (messages + old > 0) return new(messages + old, false);
        var fresh = ForgetSeen(db, rows, long.MaxValue, FreshKept);
        return new(fresh, fresh > 0);
    }

    /// <summary>Returns the bytes in use; freed pages are used again before the file grows.</summary>
    public static long Used(Session db) =>
        (db.Scalar<long>("PRAGMA page_count") - db.Scalar<long>("PRAGMA freelist_count")) * db.Scalar<long>("PRAGMA page_size");

    private static int Forget(Session db, InboxState state, long before, int rows) => db.Execute(Inbox, (int)state, before, rows);

    private static int Forget(Session db, OutboxState state, long before, int rows) => db.Execute(Outbox, (int)state, before, rows);

    /// <summary>Deletes the oldest event ids of each adapter, in proportion to its number of ids: a flood of one costs the others next to
    /// nothing.</summary>
    private static int ForgetSeen(Session db, int rows, long before, int kept)
    {
        var usages = db.Usage.All().Where(usage => usage.Seen > kept).ToList();
        var all = usages.Sum(static usage => usage.Seen);
        return usages.Sum(usage => ForgetSeen(db, usage.AdapterId, before, Math.Min(usage.Seen - kept, 1 + (rows * usage.Seen / all))));
    }

    private static int ForgetSeen(Session db, string adapterId, long before, long rows)
    {
        var forgotten = db.Execute(Seen, adapterId, before, rows);
        if (forgotten > 0) db.Usage.Add(adapterId, seen: -forgotten);
        return forgotten;
    }
}

/// <summary>Result of one portion. <paramref name="More"/>: there may be more to delete; <paramref name="Forgotten"/>: number of messages deleted that were
/// neither handled nor delivered.</summary>
internal readonly record struct SweepResult(bool More, int Forgotten);

/// <summary>Result of an early deletion. <paramref name="IsFresh"/>: event ids of the last hour were deleted.</summary>
internal readonly record struct Forgotten(int Rows, bool IsFresh);
