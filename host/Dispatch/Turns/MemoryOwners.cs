using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Sessions of memories.</summary>
internal static class MemoryOwners
{
    /// <summary>Returns the session whose memory a turn uses. In a group without sessions of its own for each sender it is nobody's in
    /// particular.</summary>
    public static MemoryOwner Of(InboxRow row, InboundEvent received, string handlerId)
    {
        var isOfOne = received.Chat.Kind == ChatKind.Direct || row.SessionKey != row.Conversation;
        var person = row.IsUnproven && isOfOne ? received.Sender : null;
        return new(handlerId, row.SessionKey, row.AdapterId, person?.Id, IsProven: person?.Account is not null);
    }
}
