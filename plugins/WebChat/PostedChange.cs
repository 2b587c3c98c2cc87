using System.Globalization;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Change of a message that a page posts.</summary>
/// <param name="Conversation">Id of the conversation.</param>
/// <param name="Id">The page's id of the event: posted twice, it is one event.</param>
/// <param name="Message">Id of the message.</param>
internal abstract record PostedChange(string Conversation, string Id, string Message)
{
    /// <summary>Chat of the event.</summary>
    protected Chat Chat => new(Conversation, ChatKind.Direct);

    /// <summary>Visitor.</summary>
    protected Sender Visitor => new(Conversation, "Visitor");

    /// <summary>Returns the message that is to be changed, deleted or not, or null.</summary>
    public virtual ChatEntry? Find(ChatHistory history) => history.Find(new EntryKey(Conversation, FromUser: true, Message));

    /// <summary>Returns the changed message; the same instance if the change is made already, null if it cannot be made.</summary>
    public abstract ChatEntry? Apply(ChatEntry entry, DateTimeOffset now);

    /// <summary>Returns the event for the gateway.</summary>
    /// <param name="entry">The message as it is after the change.</param>
    /// <param name="now">The time of the change.</param>
    public abstract InboundEvent EventOf(ChatEntry entry, DateTimeOffset now);

    /// <summary>Returns the id of an event. The length makes it one-to-one: an id is the visitor's own and unique in its conversation only.</summary>
    public static string EventId(string kind, string conversation, string id) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}{conversation.Length}:{conversation}:{id}");
}

/// <summary>New text of an own message.</summary>
internal sealed record PostedEdit(string Conversation, string Id, string Message, string Text) : PostedChange(Conversation, Id, Message)
{
    public override ChatEntry? Apply(ChatEntry entry, DateTimeOffset now) =>
        entry.WasApplied(Id) ? entry : entry.WithText(Text, now.ToUnixTimeMilliseconds())?.WithApplied(Id, unless: entry);

    public override InboundEvent EventOf(ChatEntry entry, DateTimeOffset now) =>
        new MessageEdited(EventId("edit:", Conversation, Id), Chat, Visitor, Message, Text)
        {
            Attachments = [.. (entry.Files ?? []).Select(static file => file.Attachment)],
            PlatformTime = now,
        };
}

/// <summary>Deletion of an own message.</summary>
internal sealed record PostedDeletion(string Conversation, string Id, string Message) : PostedChange(Conversation, Id, Message)
{
    public override ChatEntry? Apply(ChatEntry entry, DateTimeOffset now) => entry.Deleted();

    public override InboundEvent EventOf(ChatEntry entry, DateTimeOffset now) =>
        new MessageDeleted(EventId("deletion:", Conversation, Id), Chat, Visitor, [Message]) { PlatformTime = now };
}

/// <summary>Reaction to a message of either side.</summary>
internal sealed record PostedReaction(string Conversation, string Id, string Message, string Emoji, bool Removes)
    : PostedChange(Conversation, Id, Message)
{
    public override ChatEntry? Find(ChatHistory history) =>
        history.Find(new EntryKey(Conversation, FromUser: false, Message)) ?? base.Find(history);

    public override ChatEntry? Apply(ChatEntry entry, DateTimeOffset now) =>
        entry.WasApplied(Id) ? entry : entry.WithUserReaction(Emoji, Removes)?.WithApplied(Id, unless: entry);

    public override InboundEvent EventOf(ChatEntry entry, DateTimeOffset now) =>
        new ReactionChanged(EventId("reaction:", Conversation, Id), Chat, Visitor, Message)
        {
            Added = Removes ? [] : [new(Emoji)],
            Removed = Removes ? [new(Emoji)] : [],
            PlatformTime = now,
        };
}
