using PluginGateway.Store;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>A message that arrived from an adapter; <see cref="Row"/> is null when it was a duplicate, or is a
/// report.</summary>
internal readonly record struct Arrival(string AdapterId, InboxRow? Row)
{
    /// <summary>Edit that is owed with it, and for which no room was reserved; null: none.</summary>
    public OutboxRow? Owed { get; init; }

    /// <summary>Messages that it has changed before their turns began; null: none.</summary>
    public IReadOnlyList<ChangedMessage>? Changed { get; init; }

    /// <summary>Result of a control word; null: the event is none.</summary>
    public ControlResult? Control { get; init; }

    /// <summary>Report about a message that was sent; null: the event is none.</summary>
    public (InboundEntry Entry, Accepted Result)? Report { get; init; }
}
