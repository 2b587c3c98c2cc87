using System.Text.Json.Serialization;

namespace PluginGateway.Control.Verbs;

/// <summary>Row of <c>outbox list --json</c>. States: pending, sending, delivered, rejected, parked, withdrawn, bounced.</summary>
internal sealed record OutboxLine(
    long Id, string Adapter, string Chat, string State, int Attempts, DateTimeOffset OwedUtc, DateTimeOffset DueUtc, DateTimeOffset? EndedUtc,
        string? Error, long InboxId);

/// <summary>Row of <c>inbox list --json</c>. States: pending, running, handled, parked, dropped.</summary>
internal sealed record InboxLine(
    long Id, string Adapter, string Conversation, string State, int Attempts, DateTimeOffset AcceptedUtc, DateTimeOffset? EndedUtc, string? Reason,
        string? EventId);

/// <summary><c>outbox show --json</c>. <paramref name="Text"/> is null when the stored message cannot be read. The first
/// <paramref name="DeliveredLength"/> characters have arrived.</summary>
internal sealed record OutboxContent(OutboxLine Message, string Key, int DeliveredLength, string? MessageId, string? Text,
    IReadOnlyList<string> Attachments)
{
    /// <summary>message, edit, deletion or reaction.</summary>
    public string Kind { get; init; } = "message";

    /// <summary>Row of the message to which an edit, deletion or reaction applies; null for a message, or if it applies to a message of the
    /// platform.</summary>
    public long? About { get; init; }
}

/// <summary><c>inbox show --json</c>. <paramref name="Text"/> is null when the stored message cannot be read; <paramref name="Replies"/>: the
/// message's rows of the outbox.</summary>
internal sealed record InboxContent(InboxLine Message, string? Sender, string? Text, IReadOnlyList<string> Attachments, IReadOnlyList<long> Replies)
{
    /// <summary>Kind of an event that is no message: edited, deleted, reaction, members.</summary>
    public string? Kind { get; init; }
}

/// <summary>A row that was left as it is, and why.</summary>
internal sealed record MessageRefusal(long Id, string Why);

/// <summary>Changes of a verb. <paramref name="More"/>: further messages match; ask again with <paramref name="AsOfUtc"/>.</summary>
internal sealed record MessageChanges(IReadOnlyList<long> Done, IReadOnlyList<MessageRefusal> Refused, bool More, DateTimeOffset AsOfUtc)
{
    /// <summary>Start of the next portion: the argument "after" of the next request; null: from the beginning.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? After { get; init; }

    /// <summary>Number of a change that the store has not answered yet: <c>"action":"result"</c> asks for its outcome; null: answered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Pending { get; init; }
}

/// <summary>Number of parked messages that match. <paramref name="AsOfUtc"/>: only messages parked by then are counted.</summary>
internal sealed record MessageCount(long Count, DateTimeOffset AsOfUtc);

/// <summary>Actions of an operator on rows of the outbox.</summary>
internal enum OutboxAction
{
    List,
    Show,
    Resend,

    MarkSent,
    Drop,
    Count,

    /// <summary>Of a change that was not made in time.</summary>
    Result,
}

/// <summary>Actions of an operator on rows of the inbox.</summary>
internal enum InboxAction
{
    List,
    Show,
    Rerun,
    Drop,
    Count,

    /// <summary>Of a change that was not made in time.</summary>
    Result,
}
