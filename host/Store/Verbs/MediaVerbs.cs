using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs about the files of messages in the media folder.</summary>
internal static class MediaVerbs
{
    private const string Files = "SELECT m.name, o.adapter_id FROM outbox o CROSS JOIN media m ON m.outbox_id = o.id";

    /// <summary>Records the files of a message, in the transaction in which the message is owed.</summary>
    public static void Keep(Session db, long outboxId, IReadOnlyList<string> names)
    {
        foreach (var name in names) db.Execute("INSERT INTO media VALUES (?1, ?2) ON CONFLICT DO NOTHING", outboxId, name);
    }

    /// <summary>Returns the files of messages that are owed, parked, rejected or withdrawn, each with its adapter's id: they are, or may still be,
    /// sent.</summary>
    public static IReadOnlyDictionary<string, string> InUse(Session db)
    {
        db.Execute("DELETE FROM media WHERE outbox_id < (SELECT min(id) FROM outbox)");
        var adapterOf = new Dictionary<string, string>(StringComparer.Ordinal);
        using (var owed = db.Query($"{Files} WHERE o.{RowSql.Open}"))
        {
            while (owed.Read()) adapterOf[owed.GetString(0)] = owed.GetString(1);
        }

        foreach (var state in (OutboxState[])[OutboxState.Rejected, OutboxState.Parked, OutboxState.Withdrawn])
        {
            using var kept = db.Query($"{Files} WHERE o.{RowSql.Ended} AND o.state = ?1", (int)state);
            while (kept.Read()) adapterOf[kept.GetString(0)] = kept.GetString(1);
        }

        return adapterOf;
    }
}
