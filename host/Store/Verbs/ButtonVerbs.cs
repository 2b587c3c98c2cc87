using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs of buttons and presses, each in the writer's open transaction.</summary>
internal static class ButtonVerbs
{
    private const string ByToken = $"SELECT {Columns} {From} WHERE token = ?1";

    /// <summary>The button with this number in the set that a message quotes, or else in the last set of the conversation, if no other message of
    /// ours came after it.</summary>
    private const string ByNumber = $"""
        SELECT {Columns} {From}
        WHERE outbox_id = coalesce(?4, (SELECT max(outbox_id) FROM buttons WHERE conversation = ?1)) AND position = ?5 AND conversation = ?1
          AND (SELECT count(*) FROM buttons s WHERE s.outbox_id = b.outbox_id) > ?6
          AND (?4 IS NOT NULL
            OR NOT EXISTS (SELECT 1 FROM sent WHERE adapter_id = ?2 AND chat = ?3 AND sent.outbox_id > b.outbox_id
              UNION ALL SELECT 1 FROM outbox WHERE adapter_id = ?2 AND chat = ?3 AND {SentVerbs.IsInParts} AND id > b.outbox_id AND {OutboxSql.IsMessage}))
        """;

    private const string From = "FROM buttons b JOIN outbox o ON o.id = b.outbox_id";

    private const string Columns = """
        token, outbox_id, conversation, button_id, label, o.adapter_id, o.chat, handler_id, for_sender, once, expires_utc,
        EXISTS (SELECT 1 FROM buttons s WHERE s.outbox_id = b.outbox_id AND s.pressed_inbox IS NOT NULL), nullif(session, conversation)
        """;

    /// <summary>Buttons of a message that can still be pressed, in their order.</summary>
    private const string OpenOfMessage = """
        SELECT token, label, style FROM buttons b WHERE outbox_id = ?1 AND expires_utc > ?2
          AND (once = 0 OR NOT EXISTS (SELECT 1 FROM buttons s WHERE s.outbox_id = b.outbox_id AND s.pressed_inbox IS NOT NULL))
        ORDER BY position
        """;

    /// <summary>Stores the buttons of a message that is owed now. A program's key that has been forgotten may be used again: then the button with this
    /// token is the new message's.</summary>
    public static void Add(Session db, long outboxId, OutboxEntry entry)
    {
        if (entry.Buttons is not { } rows) return;
        var expires = db.Now + (long)rows.ExpiresAfter.TotalMilliseconds;
        foreach (var (index, (id, shown)) in rows.Buttons.Index())
        {
            db.Execute("INSERT OR REPLACE INTO buttons VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NULL, ?12)",
                shown.Token, outboxId, index + 1, rows.Conversation, rows.HandlerId, id, shown.Label,
                shown.Style ?? nameof(ButtonStyle.Default), rows.ForSender, rows.Once ? 1 : 0, expires, rows.Session);
        }
    }

    /// <summary>Judges a press. The button is set if the verdict is <see cref="InteractionVerdict.Taken"/>.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="entry">The event.</param>
    /// <param name="press">The press.</param>
    /// <param name="quoted">The message of ours that the event quotes; null: none.</param>
    public static (InteractionVerdict Verdict, PressedRow? Button) Judge(Session db, InboundEntry entry, PressEntry press, long? quoted)
    {
        // A message that answers another one than ours is no choice.
        if (press.Token is null && entry.About?.MessageId is not null && quoted is null) return (InteractionVerdict.Expired, null);
        if (press.Token is null) SentVerbs.Update(db);
        using var reader = press.Token is { } token
            ? db.Query(ByToken, token)
            : db.Query(ByNumber, entry.Conversation, entry.AdapterId, press.Chat, quoted, press.Choice, press.NativeButtons);
        if (!reader.Read()) return (InteractionVerdict.Expired, null);
        var button = new PressedRow(reader.GetString(0), reader.GetInt64(1), reader.GetString(2), reader.GetString(3), reader.GetString(4))
        {
            Session = reader.GetText(12),
        };
        // A message that was forwarded takes its buttons along: they work only where they were sent.
        if (reader.GetString(5) != entry.AdapterId || reader.GetString(6) != press.Chat || reader.GetString(7) != press.HandlerId
            || reader.GetInt64(10) <= db.Now)
            return (InteractionVerdict.Expired, null);
        if (reader.GetText(8) is { } only && only != press.SenderId) return (InteractionVerdict.NotForYou, null);
        var once = reader.GetInt32(9) == 1;
        return once && reader.GetInt32(11) == 1
            ? (InteractionVerdict.AlreadyTaken, null)
            : (InteractionVerdict.Taken, button with { EndsSet = once });
    }

    /// <summary>Records the row of the press of a button.</summary>
    public static void Press(Session db, PressedRow button, long inboxId) =>
        db.Execute("UPDATE buttons SET pressed_inbox = ?2 WHERE token = ?1", button.Token, inboxId);

    /// <summary>Owes an edit that shows a press in the message of the button; null: the set goes on, the message has several parts, or the adapter
    /// edits nothing.</summary>
    public static OutboxRow? ShowPress(Session db, InboundEntry entry, PressEntry press, PressedRow button, long inboxId)
    {
        if (!button.EndsSet || press.Show is not { } show || OutboxVerbs.OpenMessage(db, button.OutboxId) is not { } message
            || message.Row.MessageIds?.Contains('\n', StringComparison.Ordinal) == true || show(message.Payload, button) is not { } payload)
            return null;
        return OutboxVerbs.Enqueue(db, new OutboxEntry($"{db.DatabaseId}.{inboxId}.pressed", entry.AdapterId, press.Chat, payload)
        {
            Kind = OwedKind.Edit,
            Target = button.OutboxId,
        }).Row;
    }

    public static IReadOnlyList<ButtonPayload> Open(Session db, long outboxId)
    {
        var buttons = new List<ButtonPayload>();
        using var reader = db.Query(OpenOfMessage, outboxId, db.Now);
        while (reader.Read()) buttons.Add(new ButtonPayload(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return buttons;
    }
}
