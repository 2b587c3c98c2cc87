using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <summary>A message to store.</summary>
internal sealed record InboundEntry(
    string AdapterId, int Generation, string? EventId, string Conversation, byte[] Payload, IReadOnlyDictionary<string, string> State)
{
    /// <summary>Stored form of the event id. Computed where the entry is created, not on the writer's thread.</summary>
    public byte[]? EventKey { get; } = EventId is null ? null : Store.EventKey.Of(EventId);
}

/// <summary>Result of an <see cref="InboundEntry"/>: a new row, or a duplicate.</summary>
internal readonly record struct Accepted(bool IsDuplicate, long InboxId)
{
    /// <summary>Worst outcome among the keys of state that came with the message.</summary>
    public StateWriteOutcome State { get; init; }
}

/// <summary>A message to answer.</summary>
internal sealed record InboxRow(long Id, string AdapterId, string Conversation, int Attempt, byte[] Payload);

/// <summary>The replies of one turn. A reply that could not be stored keeps the turn from being marked handled, even if the handler did not
/// look.</summary>
internal sealed class ReplyLedger
{
    private volatile bool _lost;

    public bool HasLost => _lost;

    public void Lose() => _lost = true;
}
