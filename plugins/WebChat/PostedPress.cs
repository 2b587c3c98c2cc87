namespace PluginGateway.Plugins.WebChat;

/// <summary>Press of a button that a page posts.</summary>
/// <param name="Conversation">Id of the conversation.</param>
/// <param name="Id">The page's id of the event: posted twice, it is one event.</param>
/// <param name="Token">Token of the button.</param>
/// <param name="MessageId">Id of the message with the button, or null.</param>
internal sealed record PostedPress(string Conversation, string Id, string Token, string? MessageId)
{
    /// <summary>Reads a posted press.</summary>
    public static PostedPress Read(PostedFields fields) =>
        new(fields.Id("conversation"), fields.Id("id"), fields.Id("token"), fields.OptionalId("messageId"));

    /// <summary>Returns the event for the gateway.</summary>
    /// <param name="now">The time of the press.</param>
    public ButtonPressed EventOf(DateTimeOffset now) => new(PostedChange.EventId("press:", Conversation, Id),
        new Chat(Conversation, ChatKind.Direct), new Sender(Conversation, "Visitor"), Token)
    {
        MessageId = MessageId,
        PlatformTime = now,
    };
}
