using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>Verbs of edits and deletions of messages whose turns have not begun, each in the writer's open transaction.</summary>
internal static class ChangeVerbs
{
    /// <summary>Reason of a message that was dropped because it was deleted.</summary>
    public const string Deleted = "deleted";

    private const string Waits = $"{RowSql.Open} AND state = {InboxSql.Pending} AND turn IS NULL";

    private const string WaitingRows = $"SELECT id, conversation, payload FROM inbox WHERE {Waits} ORDER BY id";

    private const string WaitingRow = $"SELECT {InboxSql.Session}, payload FROM inbox WHERE id = ?1 AND {Waits}";

    private const string Replace = "UPDATE inbox SET payload = ?2 WHERE id = ?1";

    private const string Drop = $"UPDATE inbox SET state = {InboxSql.Dropped}, reason = '{Deleted}', ended_utc = ?2 WHERE id = ?1";

    /// <summary>Returns the messages that an edit or a deletion changes, because their turns have not begun.</summary>
    public static IReadOnlyList<ChangedMessage> Find(Session db, InboundEntry entry)
    {
        if (entry.Change is not { } change) return [];
        if (!db.Waiting.IsLoaded) db.Waiting.Load(Waiting(db));
        List<ChangedMessage>? found = null;
        foreach (var messageId in change.MessageIds)
        {
            if (db.Waiting.Find(new(change.Chat, messageId)) is { } id && Read(db, entry, messageId, id) is { } changed) (found ??= []).Add(changed);
        }

        return found ?? [];
    }

    public static void Apply(Session db, IReadOnlyList<ChangedMessage> changes)
    {
        foreach (var changed in changes)
        {
            if (changed.Payload is { } payload)
            {
                db.Execute(Replace, changed.Id, payload);
                continue;
            }

            db.Execute(Drop, changed.Id, db.Now);
            db.Add(Total.Dropped);
            db.Waiting.Remove(changed.Id);
        }
    }

    private static ChangedMessage? Read(Session db, InboundEntry entry, string messageId, long id)
    {
        string session;
        byte[] payload;
        using (var rows = db.Query(WaitingRow, id))
        {
            if (!rows.Read()) return null;
            (session, payload) = (rows.GetString(0), rows.GetBytes(1));
        }

        var facts = InboundFacts.Read(payload);
        if (facts.MessageId != messageId) return null;
        if (entry.Change!.IsDeletion) return new(id, session, null);
        if (facts.Sender is null || InboundFacts.Read(entry.Payload).Sender != facts.Sender) return null;
        return Payloads.TryRead(payload, Payloads.ReadInboundPayload) is { } message && Payloads.TryRead(entry.Payload, Payloads.ReadInboundPayload) is { } edit
            ? new(id, session, Payloads.Write(EditedPayload.Of(message, edit)))
            : null;
    }

    private static List<(long Id, PlatformMessage Message)> Waiting(Session db)
    {
        var found = new List<(long, PlatformMessage)>();
        using var rows = db.Query(WaitingRows);
        while (rows.Read())
        {
            if (InboundFacts.Read(rows.GetBytes(2)).MessageId is { } messageId)
                found.Add((rows.GetInt64(0), new(ChatOf(rows.GetString(1)), messageId)));
        }

        return found;
    }

    /// <summary>Returns the key of the chat of a conversation: the part before the thread.</summary>
    private static string ChatOf(string conversation) =>
        conversation.IndexOf('/', conversation.IndexOf('/', StringComparison.Ordinal) + 1) is > 0 and var thread ? conversation[..thread] : conversation;
}
