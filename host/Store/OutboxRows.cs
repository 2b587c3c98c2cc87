using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <summary>What a row of the outbox is made of: a turn's reply, a program's message, or what is done with a message.</summary>
/// <param name="Key">Unique, and the platform's idempotency key: it begins with the database's name.</param>
/// <param name="AdapterId">The adapter that delivers it.</param>
/// <param name="Chat">The key of its chat.</param>
/// <param name="Payload">What is said.</param>
internal sealed record OutboxEntry(string Key, string AdapterId, string Chat, byte[] Payload)
{
    /// <summary>The turn it belongs to, which must be open; 0: none.</summary>
    public long InboxId { get; init; }

    public OwedKind Kind { get; init; }

    /// <summary>The message of ours that it is about, in the same chat; null: it is a message, or its payload has the platform's id.</summary>
    public long? Target { get; init; }

    /// <summary>The names of its files in the media folder.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}

/// <summary>What became of an <see cref="OutboxEntry"/>.</summary>
internal enum EnqueueOutcome
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

/// <summary>What became of an <see cref="OutboxEntry"/>. <paramref name="Id"/>: its row, 0: none; <paramref name="Row"/>: when it is new.</summary>
internal readonly record struct EnqueueResult(EnqueueOutcome Outcome, long Id = 0, OutboxRow? Row = null);

/// <summary>A row of the outbox, all but its payload.</summary>
internal sealed record OutboxRow(
    long Id, string Key, string AdapterId, string Chat, int Attempt, OutboxState State, DateTimeOffset Owed, DateTimeOffset Due)
{
    /// <summary>The turn it belongs to; 0: none.</summary>
    public long InboxId { get; init; }

    public OwedKind Kind { get; init; }

    /// <summary>The message of ours that it is about; null when its payload has the platform's id.</summary>
    public long? Target { get; init; }

    /// <summary>Why its last attempt failed.</summary>
    public string? Error { get; init; }

    /// <summary>When the first attempt began of which nobody knows whether it arrived.</summary>
    public DateTimeOffset? DoubtfulSince { get; init; }

    /// <summary>The platform's ids of what has arrived; see <see cref="Verbs.MessageIds"/>.</summary>
    public string? MessageIds { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>It is being sent, or was when the last process ended.</summary>
    public bool IsLeased => State == OutboxState.Sending;

    /// <summary>The columns that <see cref="Read"/> wants.</summary>
    public const string Columns = $"{Front}, due_utc, {Back}";

    /// <summary>The same, to deliver by: a message never waits longer than it was told to when its due time was written, even if the clock has been set
    /// back since. ?3: now.</summary>
    public const string ColumnsToDeliver = $"{Front}, min(due_utc, ?3 + max(0, due_utc - coalesce(leased_utc, owed_utc))), {Back}";

    private const string Front = "id, key, adapter_id, chat, attempt, state, owed_utc";

    private const string Back = $"""
        inbox_id, kind, target, error, CASE state WHEN {OutboxSql.Sending} THEN coalesce(doubtful_utc, leased_utc) ELSE doubtful_utc END,
        message_id, ended_utc
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
    };
}

/// <summary>A row of the outbox with what it says. <paramref name="DeliveredLength"/>: how much of it has arrived; <paramref name="Payload"/>: the
/// stored JSON.</summary>
internal sealed record OutboxRowContent(OutboxRow Row, int DeliveredLength, byte[] Payload);

/// <summary>A message about to be sent, durably marked so.</summary>
internal sealed record Lease(string Key, byte[] Payload, int DeliveredLength);
