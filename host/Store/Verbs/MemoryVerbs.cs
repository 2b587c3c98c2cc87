using System.Text;
using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs of the memory of sessions, each in the writer's open transaction.</summary>
internal static class MemoryVerbs
{
    /// <summary>Time after the last message for which memory is kept where ids prove nothing.</summary>
    public static readonly TimeSpan KeepUnproven = TimeSpan.FromHours(1);

    /// <summary>Largest number of sessions that the begin and the end of a turn each forget for want of room.</summary>
    private const int ForgottenAtOnce = 32;

    /// <summary>Age from which the time of the last message is written anew: not at every turn.</summary>
    private const long TouchEvery = 60_000;

    private const string OfSession = "handler_id = ?1 AND session = ?2";

    private const string ListSizes = $"SELECT key, octet_length(key) + octet_length(value) FROM memory WHERE {OfSession}";

    private const string Put = "INSERT INTO memory VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET value = excluded.value";

    private const string PutSession = """
        INSERT INTO memory_sessions (handler_id, session, adapter_id, sender_id, proven, bytes, touched_utc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes, touched_utc = max(touched_utc, excluded.touched_utc)
        """;

    /// <summary>The sessions of a handler that are idle longest, without an open turn.</summary>
    private static readonly string Idle = $"""
        SELECT session FROM memory_sessions
        WHERE handler_id = ?1 AND touched_utc < ?2 AND session NOT IN (SELECT {InboxSql.Session} FROM inbox WHERE {RowSql.Open})
        ORDER BY touched_utc LIMIT ?3
        """;

    /// <summary>Returns the sizes of a session's memory at the begin of a turn. Memory that may not be kept any longer is forgotten.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="owner">The session.</param>
    /// <param name="turn">The first message of the turn.</param>
    public static MemoryIndex Begin(Session db, MemoryOwner owner, long turn)
    {
        MakeRoom(db, owner.HandlerId, ForgottenAtOnce);
        var room = db.IsFull ? 0 : Math.Max(0, db.MemoryQuota - db.Usage.Of(owner.HandlerId).Memory.Bytes);
        if (db.Usage.Of(owner.HandlerId).Memory.Sessions == 0 || Find(db, owner) is not var (touched, person, isProven))
            return new(MemoryIndex.NoSizes, room);
        var accepted = Accepted(db, turn);
        var isOfAnother = owner.Sender is not null && person is not null && (person, isProven) != (owner.Sender, owner.IsProven);
        if (isOfAnother || (owner.IsFleeting && accepted - touched > KeepUnproven.TotalMilliseconds))
        {
            Forget(db, owner.HandlerId, owner.Session);
            return new(MemoryIndex.NoSizes, room);
        }

        if (accepted - touched > TouchEvery)
            db.Execute($"UPDATE memory_sessions SET touched_utc = ?3 WHERE {OfSession}", owner.HandlerId, owner.Session, accepted);
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        using var rows = db.Query(ListSizes, owner.HandlerId, owner.Session);
        while (rows.Read()) sizes.Add(rows.GetString(0), rows.GetInt32(1));
        return new(sizes, room);
    }

    public static string? Get(Session db, string handlerId, string session, string key)
    {
        using var rows = db.Query($"SELECT value FROM memory WHERE {OfSession} AND key = ?3", handlerId, session, key);
        return rows.Read() ? Encoding.UTF8.GetString(rows.GetBytes(0)) : null;
    }

    /// <summary>Makes the changes of a turn that ends. Those of a turn whose sender has left meanwhile are dropped.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="turn">The first message of the turn.</param>
    /// <param name="changes">The session and its changes.</param>
    public static void Apply(Session db, long turn, MemoryChanges changes)
    {
        var (owner, handlerId, session) = (changes.Owner, changes.Owner.HandlerId, changes.Owner.Session);
        if (changes.Values.Count == 0 || HasLeft(db, owner, turn)) return;
        var growth = 0L;
        foreach (var (key, value) in changes.Values) growth += Write(db, handlerId, session, key, value);
        if (db.Scalar<object>($"SELECT 1 FROM memory WHERE {OfSession} LIMIT 1", handlerId, session) is null)
        {
            Forget(db, handlerId, session);
            return;
        }

        var isNew = db.Scalar<object>($"SELECT 1 FROM memory_sessions WHERE {OfSession}", handlerId, session) is null;
        db.Execute(PutSession, handlerId, session, owner.AdapterId, owner.Sender, owner.IsProven ? 1 : 0, growth, Accepted(db, turn));
        db.Usage.AddMemory(handlerId, isNew ? 1 : 0, growth);
        MakeRoom(db, handlerId, ForgottenAtOnce);
    }

    /// <summary>Returns the time at which a message was accepted, in milliseconds since 1970.</summary>
    private static long Accepted(Session db, long id) => db.Scalar<long>("SELECT accepted_utc FROM inbox WHERE id = ?1", id);

    /// <summary>Deletes the memory of a session.</summary>
    /// <returns>True: there was some.</returns>
    public static bool Forget(Session db, string handlerId, string session)
    {
        if (db.Scalar<object>($"SELECT bytes FROM memory_sessions WHERE {OfSession}", handlerId, session) is not long bytes) return false;
        db.Execute($"DELETE FROM memory WHERE {OfSession}", handlerId, session);
        db.Execute($"DELETE FROM memory_sessions WHERE {OfSession}", handlerId, session);
        db.Usage.AddMemory(handlerId, -1, -bytes);
        return true;
    }

    /// <summary>Deletes the memory of a sender who has left, where ids prove nothing: another person may use the id from now on. Turns of earlier messages leave
    /// none either.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="adapterId">The adapter.</param>
    /// <param name="sender">The sender's id; empty: every sender of the adapter.</param>
    public static void ForgetSender(Session db, string adapterId, string sender)
    {
        var sessions = new List<(string HandlerId, string Session)>();
        using (var rows = sender.Length == 0
            ? db.Query("SELECT handler_id, session FROM memory_sessions WHERE adapter_id = ?1 AND sender_id IS NOT NULL AND proven = 0", adapterId)
            : db.Query("SELECT handler_id, session FROM memory_sessions WHERE adapter_id = ?1 AND sender_id = ?2 AND proven = 0", adapterId, sender))
        {
            while (rows.Read()) sessions.Add((rows.GetString(0), rows.GetString(1)));
        }

        foreach (var (handlerId, session) in sessions) Forget(db, handlerId, session);
        // Without an open message no turn can leave any.
        db.Execute($"""
            INSERT INTO memory_resets SELECT ?1, ?2, 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'inbox'), 0)
            WHERE EXISTS (SELECT 1 FROM inbox WHERE {RowSql.Open})
            ON CONFLICT DO UPDATE SET before_id = excluded.before_id
            """, adapterId, sender);
    }

    /// <summary>Deletes memory that has not been used for long, and marks of senders who left before the oldest open message was accepted.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="options">The retention times.</param>
    /// <param name="ahead">Times after this one were written while the clock was ahead.</param>
    /// <returns>The largest number of rows that one statement has deleted.</returns>
    public static int Sweep(Session db, StoreOptions options, long ahead)
    {
        var most = 0;
        foreach (var usage in db.Usage.All().Where(static usage => usage.Memory.Sessions > 0))
        {
            db.Execute("UPDATE memory_sessions SET touched_utc = ?2 WHERE handler_id = ?1 AND touched_utc > ?3", usage.AdapterId, db.Now, ahead);
            most = Math.Max(most, ForgetIdle(db, usage.AdapterId, db.Now - (long)options.KeepMemory.TotalMilliseconds, options.SweepRows));
            most = Math.Max(most, MakeRoom(db, usage.AdapterId, options.SweepRows));
        }

        most = Math.Max(most, ForgetUnproven(db, options.SweepRows));
        const string Resets = """
            DELETE FROM memory_resets WHERE (adapter_id, sender_id) IN (SELECT adapter_id, sender_id FROM memory_resets WHERE before_id <= ?1 LIMIT ?2)
            """;
        var oldest = db.Scalar<long?>($"SELECT id FROM inbox WHERE {RowSql.Open} ORDER BY id LIMIT 1") ?? long.MaxValue;
        return Math.Max(most, db.Execute(Resets, oldest, options.SweepRows));
    }

    private static long Write(Session db, string handlerId, string session, string key, string? value)
    {
        var before = db.Scalar<long>(
            $"SELECT octet_length(key) + octet_length(value) FROM memory WHERE {OfSession} AND key = ?3", handlerId, session, key);
        if (value is null)
        {
            db.Execute($"DELETE FROM memory WHERE {OfSession} AND key = ?3", handlerId, session, key);
            return -before;
        }

        var bytes = Encoding.UTF8.GetBytes(value);
        db.Execute(Put, handlerId, session, key, bytes);
        return Encoding.UTF8.GetByteCount(key) + bytes.Length - before;
    }

    private static bool HasLeft(Session db, MemoryOwner owner, long turn) => owner.IsFleeting && db.Scalar<object>(
        "SELECT 1 FROM memory_resets WHERE adapter_id = ?1 AND sender_id IN (?2, '') AND before_id > ?3", owner.AdapterId, owner.Sender, turn) is not null;

    private static (long Touched, string? Person, bool IsProven)? Find(Session db, MemoryOwner owner)
    {
        using var rows = db.Query($"SELECT touched_utc, sender_id, proven FROM memory_sessions WHERE {OfSession}", owner.HandlerId, owner.Session);
        return rows.Read() ? (rows.GetInt64(0), rows.GetText(1), rows.GetInt64(2) == 1) : null;
    }

    /// <summary>Forgets the sessions that are idle longest while the memory of the handler is over nine tenths of its quota.</summary>
    private static int MakeRoom(Session db, string handlerId, int most)
    {
        var limit = db.MemoryQuota / 10 * 9;
        if (db.Usage.Of(handlerId).Memory.Bytes <= limit) return 0;
        var forgotten = 0;
        foreach (var session in IdleSessions(db, handlerId, long.MaxValue, most))
        {
            if (db.Usage.Of(handlerId).Memory.Bytes <= limit) break;
            Forget(db, handlerId, session);
            forgotten++;
        }

        if (forgotten > 0) db.Usage.AddMemory(handlerId, forgotten: forgotten);
        return forgotten;
    }

    private static int ForgetIdle(Session db, string handlerId, long before, int most)
    {
        var sessions = IdleSessions(db, handlerId, before, most);
        foreach (var session in sessions) Forget(db, handlerId, session);
        return sessions.Count;
    }

    private static List<string> IdleSessions(Session db, string handlerId, long before, int most)
    {
        var sessions = new List<string>();
        using var rows = db.Query(Idle, handlerId, before, most);
        while (rows.Read()) sessions.Add(rows.GetString(0));
        return sessions;
    }

    private static int ForgetUnproven(Session db, int most)
    {
        var sessions = new List<(string HandlerId, string Session)>();
        using (var rows = db.Query(
            "SELECT handler_id, session FROM memory_sessions WHERE sender_id IS NOT NULL AND proven = 0 AND touched_utc < ?1 LIMIT ?2",
            db.Now - (long)KeepUnproven.TotalMilliseconds, most))
        {
            while (rows.Read()) sessions.Add((rows.GetString(0), rows.GetString(1)));
        }

        foreach (var (handlerId, session) in sessions) Forget(db, handlerId, session);
        return sessions.Count;
    }
}
