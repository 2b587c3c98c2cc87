using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>A message that somebody outside owes to a chat, without a turn. <paramref name="Key"/> is unique in the database; the same key with the same content is the same message.</summary>
internal sealed record ExternalMessage(string Key, string AdapterId, string Chat, byte[] Payload)
{
    /// <summary>The names of its files in the media folder.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}

/// <summary>What became of an <see cref="ExternalMessage"/>: a new row; the row that is there already (<paramref name="Row"/> is null); or a conflict, when its content is another.</summary>
internal readonly record struct ExternalEnqueueResult(long Id, bool IsConflict, OutboxRow? Row);

/// <summary>How far the delivery of a message is.</summary>
internal enum DeliveryState
{
    Pending,
    Delivered,
    Rejected,
    Parked,
}

/// <summary>A message to a platform, and what became of it. <paramref name="Key"/> is without the database's name.</summary>
internal sealed record Delivery(
    long Id, string Key, string AdapterId, string Chat, DeliveryState State, int Attempts, string? Reason, string? MessageId, DateTimeOffset Owed, DateTimeOffset? Ended)
{
    public OwedKind Kind { get; init; }

    /// <summary>The message of ours that it is about.</summary>
    public long? Target { get; init; }
}

/// <summary>The verbs about messages that belong to no turn: their turn is 0, which no turn is.</summary>
internal static class ExternalVerbs
{
    private const string Columns = "id, key, adapter_id, chat, state, attempt, error, message_id, owed_utc, ended_utc, kind, target";

    public static ExternalEnqueueResult Owe(Session db, ExternalMessage message)
    {
        var key = $"{db.DatabaseId}.{message.Key}";
        var id = db.Insert(
            "INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, owed_utc, due_utc) VALUES (?1, 0, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO NOTHING",
            key, message.AdapterId, message.Chat, message.Payload, db.Now);
        if (id == 0) return Known(db, key, message);
        db.Add(Total.Owed);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(db.Now);
        return new(id, false, new(id, message.AdapterId, message.Chat, 0, false, now, now, null));
    }

    public static Delivery? FindByKey(Session db, string key)
    {
        using var reader = db.Query($"SELECT {Columns} FROM outbox WHERE key = ?1", $"{db.DatabaseId}.{key}");
        return Read(db, reader);
    }

    public static Delivery? FindById(Session db, long id)
    {
        using var reader = db.Query($"SELECT {Columns} FROM outbox WHERE id = ?1", id);
        return Read(db, reader);
    }

    private static ExternalEnqueueResult Known(Session db, string key, ExternalMessage message)
    {
        using var reader = db.Query("SELECT id, adapter_id, chat, payload FROM outbox WHERE key = ?1", key);
        if (!reader.Read()) return default;
        var isSame = reader.GetString(1) == message.AdapterId && reader.GetString(2) == message.Chat && reader.GetBytes(3).AsSpan().SequenceEqual(message.Payload);
        return new(reader.GetInt64(0), !isSame, null);
    }

    private static string KeyOf(Session db, string key) => key.Length > db.DatabaseId.Length ? key[(db.DatabaseId.Length + 1)..] : key;

    private static Delivery? Read(Session db, Cursor r) => !r.Read() ? null : new(
        r.GetInt64(0), KeyOf(db, r.GetString(1)), r.GetString(2), r.GetString(3), (DeliveryState)Math.Max(0, r.GetInt32(4) - 1), r.GetInt32(5),
        r.IsDBNull(6) ? null : r.GetString(6), r.IsDBNull(7) ? null : r.GetString(7), DateTimeOffset.FromUnixTimeMilliseconds(r.GetInt64(8)),
        r.IsDBNull(9) ? null : DateTimeOffset.FromUnixTimeMilliseconds(r.GetInt64(9)))
    {
        Kind = (OwedKind)r.GetInt32(10),
        Target = r.IsDBNull(11) ? null : r.GetInt64(11),
    };
}
