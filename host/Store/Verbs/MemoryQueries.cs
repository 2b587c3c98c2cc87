using System.Text;
using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The operator's questions about the memory of sessions, and its deletion.</summary>
internal static class MemoryQueries
{
    private const string Matching = """
        FROM memory_sessions m
        WHERE handler_id = ?1 AND touched_utc < ?2 AND (?3 IS NULL OR adapter_id = ?3) AND (?4 IS NULL OR session = ?4)
        """;

    private const string Rows = $"""
        SELECT session, adapter_id, (SELECT count(*) FROM memory k WHERE k.handler_id = m.handler_id AND k.session = m.session), bytes, touched_utc
        {Matching} ORDER BY touched_utc DESC LIMIT ?5
        """;

    private const string Names = $"SELECT session {Matching} ORDER BY touched_utc LIMIT ?5";

    private const string Values = """
        SELECT key, octet_length(key) + octet_length(value), CASE WHEN ?3 THEN value END FROM memory WHERE handler_id = ?1 AND session = ?2
        """;

    /// <summary>Returns sessions with memory, those of each handler together, the last used first.</summary>
    public static IReadOnlyList<MemoryRow> List(Session db, MemoryQuery query)
    {
        var found = new List<MemoryRow>();
        foreach (var handlerId in Handlers(db, query))
        {
            using var rows = db.Query(Rows, handlerId, Before(query), query.AdapterId, query.Session, query.Limit - found.Count);
            while (rows.Read())
                found.Add(new(handlerId, rows.GetString(0), rows.GetString(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetTime(4)!.Value));
        }

        return found;
    }

    /// <summary>Returns the keys of a session with their sizes, and with their values where these are wanted.</summary>
    public static IReadOnlyList<MemoryValue> Show(Session db, MemoryQuery query, bool withValues)
    {
        var found = new List<MemoryValue>();
        foreach (var handlerId in Handlers(db, query))
        {
            using var rows = db.Query(Values, handlerId, query.Session, withValues ? 1 : 0);
            while (rows.Read())
            {
                found.Add(new(
                    handlerId, rows.GetString(0), rows.GetInt64(1), withValues ? Encoding.UTF8.GetString(rows.GetBytes(2)) : null));
            }
        }

        return found;
    }

    /// <summary>Deletes the memory of some sessions. Returns their number; there may be more when it equals the limit.</summary>
    public static int Drop(Session db, MemoryQuery query)
    {
        var sessions = new List<(string HandlerId, string Session)>();
        foreach (var handlerId in Handlers(db, query))
        {
            using var rows = db.Query(Names, handlerId, Before(query), query.AdapterId, query.Session, query.Limit - sessions.Count);
            while (rows.Read()) sessions.Add((handlerId, rows.GetString(0)));
        }

        foreach (var (handlerId, session) in sessions) MemoryVerbs.Forget(db, handlerId, session);
        return sessions.Count;
    }

    private static IReadOnlyList<string> Handlers(Session db, MemoryQuery query) =>
        query.HandlerId is { } one ? [one]
            : [.. db.Usage.All().Where(static usage => usage.Memory.Sessions > 0).Select(static usage => usage.AdapterId)];

    private static long Before(MemoryQuery query) => query.IdleSince?.ToUnixTimeMilliseconds() ?? long.MaxValue;
}
