using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs of the platforms' ids of our messages, each in the writer's open transaction.</summary>
internal static class SentVerbs
{
    /// <summary>Number of deliveries after which the table of ids is brought up to date, if nothing has asked for an id before.</summary>
    public const int Portion = 4096;

    /// <summary>Messages with ids that are not in the table, with the condition of the index outbox_parts.</summary>
    public const string IsInParts = $"message_id IS NOT NULL AND (state <> {OutboxSql.Delivered} OR instr(message_id, char(10)) > 0)";

    /// <summary>In the order of the keys: the ids of one chat have their pages together.</summary>
    private const string Copy = $"""
        INSERT INTO sent SELECT adapter_id, chat, message_id, id FROM outbox
        WHERE state IN ({OutboxSql.Delivered}, {OutboxSql.Bounced}) AND {RowSql.Ended}
          AND ended_utc BETWEEN (SELECT ended_utc FROM sent_until WHERE id = 1) AND ?1 AND message_id IS NOT NULL AND instr(message_id, char(10)) = 0
          AND {OutboxSql.IsMessage}
        ORDER BY 1, 2, 3, 4
        ON CONFLICT DO NOTHING
        """;

    private const string One = $"""
        SELECT coalesce(
          (SELECT max(outbox_id) FROM sent WHERE adapter_id = ?1 AND chat = ?2 AND message_id = ?3),
          (SELECT max(id) FROM outbox WHERE adapter_id = ?1 AND chat = ?2 AND {IsInParts} AND instr(char(10) || message_id || char(10), char(10) || ?3 || char(10)) > 0
            AND {OutboxSql.IsMessage}))
        """;

    private const string Any = $"""
        SELECT coalesce(
          (SELECT outbox_id FROM sent WHERE adapter_id = ?1 AND chat = ?2 LIMIT 1),
          (SELECT id FROM outbox WHERE adapter_id = ?1 AND chat = ?2 AND {IsInParts} LIMIT 1))
        """;

    /// <summary>Finds a message that an adapter has delivered; null: there is none whose row is kept.</summary>
    public static long? Find(Session db, string adapterId, SentMessage sent)
    {
        Update(db);
        return sent.MessageId is { } id ? db.Scalar<long?>(One, adapterId, sent.Chat, id) : db.Scalar<long?>(Any, adapterId, sent.Chat);
    }

    /// <summary>Brings the table of ids up to date.</summary>
    public static void Update(Session db)
    {
        if (db.DeliveredSinceIndexed > 0) Update(db, db.Now);
    }

    /// <summary>Brings the table of ids up to date when the store is opened. Rows may have ended later than now: the clock may have been set back.</summary>
    public static void Begin(Session db) => Update(db, long.MaxValue);

    private static void Update(Session db, long until)
    {
        db.Execute(Copy, until);
        db.Execute("UPDATE sent_until SET ended_utc = ?1 WHERE id = 1", db.Now);
        db.DeliveredSinceIndexed = 0;
    }
}
