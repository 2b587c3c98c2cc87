namespace PluginGateway.Plugins.WebChat;

/// <summary>Report of a page that the visitor has seen a reply.</summary>
/// <param name="Conversation">Id of the conversation.</param>
/// <param name="Message">Id of the reply.</param>
internal sealed record PostedRead(string Conversation, string Message)
{
    /// <summary>Reads a posted report.</summary>
    public static PostedRead Read(PostedFields fields) => new(fields.Id("conversation"), fields.Id("message"));

    /// <summary>Returns the event for the gateway: one for each reply, however many pages have shown it.</summary>
    /// <param name="now">The time of the report.</param>
    public DeliveryChanged EventOf(DateTimeOffset now) => new(PostedChange.EventId("read:", Conversation, Message),
        new Chat(Conversation, ChatKind.Direct), new Sender(Conversation, "Visitor"), Message, DeliveryChange.Read)
    {
        PlatformTime = now,
    };
}
