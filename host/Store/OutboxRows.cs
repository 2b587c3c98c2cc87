using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <summary>A new row of the outbox: a turn's reply, a program's message, or an edit, a deletion or a reaction.</summary>
/// <param name="Key">Unique, and the platform's idempotency key: begins with the database's name.</param>
/// <param name="AdapterId">The adapter that delivers it.</param>
/// <param name="Chat">The key of the chat.</param>
/// <param name="Payload">The message as stored JSON.</param>
internal sealed record OutboxEntry(string Key, string AdapterId, string Chat, byte[] Payload)
{
    /// <summary>The turn of the row, which must be open; 0: none.</summary>
    public long InboxId { get; init; }

    /// <summary>The session of the turn; null: it has none.</summary>
    public string? Session { get; init; }

    public OwedKind Kind { get; init; }

    /// <summary>The outbox id of the message to which this row refers, in the same chat; null: the row is a message, or its payload has the
    /// platform's id.</summary>
    public long? Target { get; init; }

    /// <summary>The names of the row's files in the media folder.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The buttons of the message; null: it has none.</summary>
    public ButtonRows? Buttons { get; init; }
}

/// <summary>Outcome of an <see cref="OutboxEntry"/>.</summary>
internal enum EnqueueOutcome
{
    /// <summary>The row is owed.</summary>
    Owed,

    /// <summary>The row was owed before, with this key.</summary>
    Known,

    /// <summary>The key belongs to a different row.</summary>
    Conflict,

    /// <summary>The turn is over.</summary>
    TurnOver,

    /// <summary>The target does not exist in this chat.</summary>
    NoTarget,
}

/// <summary>Result of an <see cref="OutboxEntry"/>. <paramref name="Id"/>: its row, 0: none; <paramref name="Row"/>: set when it is new.</summary>
internal readonly record struct EnqueueResult(EnqueueOutcome Outcome, long Id = 0, OutboxRow? Row = null);

/// <summary>A row of the outbox, all but its payload.</summary>
internal sealed record OutboxRow(
    long Id, string Key, string AdapterId, string Chat, int Attempt, OutboxState State, DateTimeOffset Owed, DateTimeOffset Due)
{
    /// <summary>The turn of the row; 0: none.</summary>
    public long InboxId { get; init; }

    /// <summary>The session of the turn; null: the row has no turn, or it has been deleted since.</summary>
    public string? Session { get; init; }

    public OwedKind Kind { get; init; }

    /// <summary>The outbox id of the message to which this row refers; null when its payload has the platform's id.</summary>
    public long? Target { get; init; }

    /// <summary>Error of the last attempt.</summary>
    public string? Error { get; init; }

    /// <summary>Begin of the first attempt whose outcome is unknown.</summary>
    public DateTimeOffset? DoubtfulSince { get; init; }

    /// <summary>The platform's ids of the delivered part; see <see cref="Verbs.MessageIds"/>.</summary>
    public string? MessageIds { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>True while the message is being sent, or was when the last process ended.</summary>
    public bool IsLeased => State == OutboxState.Sending;

    /// <summary>The columns that <see cref="Read"/> expects.</summary>
    public const string Columns = $"{Front}, due_utc, {Back}";

    /// <summary>The same columns, for delivery: a message never waits longer than was decided when its due time was written, even if the clock has
    /// been set back since. ?3: now.</summary>
    public const string ColumnsToDeliver = $"{Front}, min(due_utc, ?3 + max(0, due_utc - coalesce(leased_utc, owed_utc))), {Back}";

    private const string Front = "id, key, adapter_id, chat, attempt, state, owed_utc";

    private const string Back = $"""
        inbox_id, kind, target, error, CASE state WHEN {OutboxSql.Sending} THEN coalesce(doubtful_utc, leased_utc) ELSE doubtful_utc END,
        message_id, ended_utc, (SELECT coalesce(session, conversation) FROM inbox i WHERE i.id = inbox_id)
        """;

    public static OutboxRow Read(Cursor r) => new(
        r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt32(4), (OutboxState)r.GetInt32(5),
        r.GetTime(6)!.Value, r.GetTime(7)!.Value)
    {
        InboxId = r.GetInt64(8),
        Kind = (OwedKind)r.GetInt32(9),
        Target = r.IsDBNull(10) ? null : r.GetInt64(10),
        Error = r.GetText(11),
        DoubtfulSince = r.GetTime(12),
        MessageIds = r.GetText(13),
        Ended = r.GetTime(14),
        Session = r.GetText(15),
    };
}

/// <summary>A row of the outbox with its payload. <paramref name="DeliveredLength"/>: the length of the part that has arrived;
/// <paramref name="Payload"/>: the stored JSON.</summary>
internal sealed record OutboxRowContent(OutboxRow Row, int DeliveredLength, byte[] Payload);

/// <summary>The message that an edit, a deletion or a reaction is about. <paramref name="Buttons"/>: those that can still be pressed;
/// <paramref name="Edits"/>: the number of its edits that the platform has taken, where that was asked for.</summary>
internal sealed record ActionTarget(OutboxRow Row, IReadOnlyList<ButtonPayload> Buttons, int Edits);

/// <summary>A message about to be sent, durably marked so.</summary>
internal sealed record Lease(string Key, byte[] Payload, int DeliveredLength)
{
    /// <summary>Ticket of the event that the message answers; null: there is none, or it has expired.</summary>
    public Ticket? Ticket { get; init; }
}
