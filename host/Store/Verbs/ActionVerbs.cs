using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>What a row of the outbox is; the numbers are the database's.</summary>
internal enum OwedKind
{
    Message = 0,
    Edit = 1,
    Deletion = 2,
    Reaction = 3,
}

/// <summary>An edit, a deletion or a reaction to owe. <paramref name="Key"/> is unique in the database; <paramref name="InboxId"/>: the turn it belongs to, 0: none;
/// <paramref name="Target"/>: the message of ours that it is about, in the same chat; null: the payload has the platform's id.</summary>
internal sealed record OwedAction(string Key, long InboxId, string AdapterId, string Chat, OwedKind Kind, long? Target, byte[] Payload);

/// <summary>What became of an <see cref="OwedAction"/>.</summary>
internal enum ActionEnqueueOutcome
{
    /// <summary>It is owed.</summary>
    Owed,

    /// <summary>It was owed before, with this key.</summary>
    Known,

    /// <summary>The key belongs to something else.</summary>
    Conflict,

    /// <summary>The turn is over.</summary>
    TurnOver,

    /// <summary>There is no such message in this chat.</summary>
    NoTarget,
}

/// <summary>What became of an <see cref="OwedAction"/>. <paramref name="Id"/>: its row, 0: none; <paramref name="Row"/>: when it is new.</summary>
internal readonly record struct ActionEnqueueResult(ActionEnqueueOutcome Fate, long Id = 0, OutboxRow? Row = null);

/// <summary>A message that an action is about. <paramref name="MessageIds"/>: the platform's, of all parts.</summary>
internal sealed record ActionTarget(long Id, string AdapterId, string Chat, OutboxState State, IReadOnlyList<string> MessageIds, byte[] Payload);

/// <summary>The verbs of what is done with messages that exist: owed, leased and settled as messages are.</summary>
internal static class ActionVerbs
{
    public static ActionEnqueueResult Owe(Session db, OwedAction action)
    {
        if (action.InboxId != 0 && !InboxVerbs.IsOpen(db, action.InboxId)) return new(ActionEnqueueOutcome.TurnOver);
        var key = $"{db.DatabaseId}.{action.Key}";
        if (db.Scalar<long>("SELECT id FROM outbox WHERE key = ?1", key) is > 0 and var known) return new(action.InboxId != 0 || IsSame(db, known, action) ? ActionEnqueueOutcome.Known : ActionEnqueueOutcome.Conflict, known);
        if (action.Target is { } target && db.Scalar<long>("SELECT count(*) FROM outbox WHERE id = ?1 AND kind = 0 AND adapter_id = ?2 AND chat = ?3", target, action.AdapterId, action.Chat) == 0)
            return new(ActionEnqueueOutcome.NoTarget);
        var id = db.Insert(
            "INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, owed_utc, due_utc, kind, target) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8)",
            key, action.InboxId, action.AdapterId, action.Chat, action.Payload, db.Now, (int)action.Kind, action.Target);
        db.Add(Total.Owed);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(db.Now);
        return new(ActionEnqueueOutcome.Owed, id, new(id, action.AdapterId, action.Chat, 0, false, now, now, null) { Kind = action.Kind, Target = action.Target });
    }

    public static ActionTarget? Target(Session db, long id) => Read(db.Query("SELECT id, adapter_id, chat, state, message_id, payload FROM outbox WHERE id = ?1 AND kind = 0", id));

    public static ActionTarget? Target(Session db, string key) =>
        Read(db.Query("SELECT id, adapter_id, chat, state, message_id, payload FROM outbox WHERE key = ?1 AND kind = 0", $"{db.DatabaseId}.{key}"));

    private static bool IsSame(Session db, long id, OwedAction action)
    {
        using var reader = db.Query("SELECT adapter_id, chat, kind, target, payload FROM outbox WHERE id = ?1", id);
        return reader.Read() && reader.GetString(0) == action.AdapterId && reader.GetString(1) == action.Chat && reader.GetInt32(2) == (int)action.Kind
            && (reader.IsDBNull(3) ? null : reader.GetInt64(3)) == action.Target && reader.GetBytes(4).AsSpan().SequenceEqual(action.Payload);
    }

    private static ActionTarget? Read(Cursor reader)
    {
        using (reader)
        {
            return !reader.Read() ? null : new(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), (OutboxState)reader.GetInt32(3), MessageIds.Of(reader.IsDBNull(4) ? null : reader.GetString(4)),
                reader.GetBytes(5));
        }
    }
}

/// <summary>The platform's ids of one message, as its row keeps them: a line each. No id has a line feed.</summary>
internal static class MessageIds
{
    public static string Of(Receipt receipt) => receipt.EarlierParts.Count == 0 ? receipt.MessageId : string.Join('\n', receipt.EarlierParts.Append(receipt.MessageId));

    public static IReadOnlyList<string> Of(string? stored) => string.IsNullOrEmpty(stored) ? [] : stored.Split('\n');

    /// <summary>The id of the last part; null: none is known.</summary>
    public static string? Last(string? stored) => Of(stored) is [.., var last] ? last : null;
}
