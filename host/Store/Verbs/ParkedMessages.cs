using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>Filter of parked messages, for an operator who names no ids.</summary>
/// <param name="Adapter">Only this adapter's; null: every adapter's.</param>
/// <param name="Until">Only messages that were parked no later: one that is parked again meanwhile is not taken twice.</param>
internal sealed record ParkedFilter(string? Adapter, DateTimeOffset Until)
{
    /// <summary>Only this chat's, threads included: the platform's id as keys of chats have it, or a whole key. Null: every chat's.</summary>
    public (string Id, string Key)? Chat { get; init; }

    /// <summary>Only messages after this one, in the order in which they were parked; null: from the first.</summary>
    public ParkedMark? After { get; init; }
}

/// <summary>A place in the order in which messages were parked.</summary>
internal sealed record ParkedMark(long EndedUtc, long Id);

/// <summary>A portion of the parked messages. <paramref name="Last"/>: the mark after which the next portion begins; null when there is
/// none.</summary>
internal sealed record ParkedPortion(IReadOnlyList<long> Ids, ParkedMark? Last);

/// <summary>Parked messages by filter, oldest first, from the index of settled rows.</summary>
internal static class ParkedMessages
{
    private const string Outbox = $"FROM outbox WHERE {RowSql.Ended} AND state = {OutboxSql.Parked}";
    private const string Inbox = $"FROM inbox WHERE {RowSql.Ended} AND state = {InboxSql.Parked}";

    public static ParkedPortion OfOutbox(Session db, ParkedFilter filter, int limit) => Read(db, $"{Outbox} AND {Terms("chat")}", filter, limit);

    public static ParkedPortion OfInbox(Session db, ParkedFilter filter, int limit) =>
        Read(db, $"{Inbox} AND {Terms("conversation")}", filter, limit);

    public static long CountOutbox(Session db, ParkedFilter filter) => Count(db, $"{Outbox} AND {Terms("chat")}", filter);

    public static long CountInbox(Session db, ParkedFilter filter) => Count(db, $"{Inbox} AND {Terms("conversation")}", filter);

    /// <summary>Returns the condition of a filter. A key is adapter/chat, or adapter/chat/thread.</summary>
    private static string Terms(string key) => $"""
        ended_utc <= ?1 AND (ended_utc, id) > (?2, ?3) AND (?4 IS NULL OR adapter_id = ?4)
          AND (?5 IS NULL OR {key} = ?6 OR instr(substr({key}, instr({key}, '/') + 1) || '/', ?5 || '/') = 1)
        """;

    private static ParkedPortion Read(Session db, string from, ParkedFilter filter, int limit)
    {
        var ids = new List<long>();
        ParkedMark? last = null;
        using var rows = db.Query(
            $"SELECT id, ended_utc {from} ORDER BY ended_utc, id LIMIT ?7",
            filter.Until.ToUnixTimeMilliseconds(), filter.After?.EndedUtc ?? long.MinValue, filter.After?.Id ?? 0, filter.Adapter, filter.Chat?.Id,
            filter.Chat?.Key, limit);
        while (rows.Read())
        {
            ids.Add(rows.GetInt64(0));
            last = new(rows.GetInt64(1), rows.GetInt64(0));
        }

        return new(ids, ids.Count == limit ? last : null);
    }

    private static long Count(Session db, string from, ParkedFilter filter) => db.Scalar<long>(
        $"SELECT count(*) {from}",
        filter.Until.ToUnixTimeMilliseconds(), filter.After?.EndedUtc ?? long.MinValue, filter.After?.Id ?? 0, filter.Adapter,
        filter.Chat?.Id, filter.Chat?.Key);
}
