using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <summary>A message to store.</summary>
internal sealed record InboundEntry(
    string AdapterId, int Generation, string? EventId, string Conversation, byte[] Payload, IReadOnlyDictionary<string, string> State)
{
    /// <summary>What is kept of the event id. Made where the entry is, not on the writer's thread.</summary>
    public byte[]? EventKey { get; } = EventId is null ? null : Store.EventKey.Of(EventId);
}

/// <summary>What became of an <see cref="InboundEntry"/>: a new row, or a duplicate.</summary>
internal readonly record struct Accepted(bool IsDuplicate, long InboxId)
{
    /// <summary>What became of the state that came with it, at worst.</summary>
    public StateWriteOutcome State { get; init; }
}

/// <summary>A message to answer.</summary>
internal sealed record InboxRow(long Id, string AdapterId, string Conversation, int Attempt, byte[] Payload);

/// <summary>A reply to owe.</summary>
internal sealed record OwedReply(long InboxId, int Ordinal, string AdapterId, string Chat, byte[] Payload)
{
    /// <summary>The names of its files in the media folder.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}

/// <summary>What became of an <see cref="OwedReply"/>: a new row; none when this ordinal is owed already; refused when the turn is over.</summary>
internal readonly record struct EnqueueResult(bool IsTurnOver, OutboxRow? Row)
{
    /// <summary>The row, new or not; 0: refused.</summary>
    public long Id { get; init; } = Row?.Id ?? 0;
}

/// <summary>A message that is owed, without its payload: the lease brings it.</summary>
internal sealed record OutboxRow(
    long Id, string AdapterId, string Chat, int Attempt, bool IsLeased, DateTimeOffset Owed, DateTimeOffset Due, string? Error)
{
    public OwedKind Kind { get; init; }

    /// <summary>The message of ours that it is about; null when its payload has the platform's id.</summary>
    public long? Target { get; init; }

    /// <summary>When the first attempt began of which nobody knows whether it arrived.</summary>
    public DateTimeOffset? DoubtfulSince { get; init; }
}

/// <summary>A message about to be sent, durably marked so.</summary>
internal sealed record Lease(string Key, byte[] Payload, int DeliveredLength);

/// <summary>The replies of one turn. A reply that could not be stored keeps the turn from being marked handled, even if the handler did not look.</summary>
internal sealed class ReplyLedger
{
    private volatile bool _lost;

    public bool HasLost => _lost;

    public void Lose() => _lost = true;
}
