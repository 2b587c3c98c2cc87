using System.Globalization;
using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Quota;

/// <summary>Use of the store by one adapter id. <paramref name="Messages"/>: rows of inbox and outbox in any state.</summary>
internal sealed record StoreUse(string AdapterId, long Messages, long MessageBytes, long StateBytes, long Seen)
{
    /// <summary>Bytes of a remembered event id, with its index.</summary>
    private const int SeenBytes = 100;

    public long Bytes => MessageBytes + StateBytes + (Seen * SeenBytes);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"'{AdapterId}' {Mega(Bytes)} MB ({Messages} messages {Mega(MessageBytes)} MB, state {Mega(StateBytes)} MB, {Seen} event ids)");

    private static string Mega(long bytes) => (bytes / 1048576.0).ToString("0.#", CultureInfo.InvariantCulture);
}

/// <summary>Use of the store by adapter. Reads every row: for a reader's thread, and when the store has reached its limit.</summary>
internal static class StoreCensus
{
    /// <summary>Returns the use of every adapter, the largest first.</summary>
    public static IReadOnlyList<StoreUse> Read(Session db)
    {
        var uses = new List<StoreUse>();
        using var rows = db.Query("""
            SELECT adapter_id, sum(messages), sum(bytes), sum(state), sum(seen) FROM (
              SELECT adapter_id, count(*) AS messages, sum(length(payload)) AS bytes, 0 AS state, 0 AS seen FROM inbox GROUP BY adapter_id
              UNION ALL SELECT adapter_id, count(*), sum(length(payload) + coalesce(length(CAST(message_id AS BLOB)), 0)), 0, 0 FROM outbox GROUP BY adapter_id
              UNION ALL SELECT i.adapter_id, 0, sum(length(CAST(ticket AS BLOB))), 0, 0 FROM tickets JOIN inbox i ON i.id = inbox_id GROUP BY i.adapter_id
              UNION ALL SELECT adapter_id, 0, 0, state_bytes + memory_bytes, seen FROM usage
            ) GROUP BY adapter_id
            """);
        while (rows.Read()) uses.Add(new(rows.GetString(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4)));
        return [.. uses.OrderByDescending(static use => use.Bytes)];
    }
}
