namespace PluginGateway.Plugins.WebChat;

/// <summary>Message that a page posts.</summary>
/// <param name="Conversation">Id of the conversation.</param>
/// <param name="Id">The page's id of the message.</param>
/// <param name="Text">Text; empty only with attachments.</param>
/// <param name="ReplyTo">Id of the message of the conversation that this one answers, or null.</param>
/// <param name="Attachments">Ids of uploaded files.</param>
internal sealed record PostedMessage(string Conversation, string Id, string Text, string? ReplyTo, IReadOnlyList<string> Attachments)
{
    /// <summary>Reads a posted message.</summary>
    public static PostedMessage Read(PostedFields fields, int maxTextLength)
    {
        var (conversation, id, attachments) = (fields.Id("conversation"), fields.Id("id"), fields.Ids("attachments", WebChatAdapter.MostFiles));
        return new PostedMessage(
            conversation, id, fields.Text("text", maxTextLength, mayBeEmpty: attachments.Count > 0), fields.OptionalId("replyTo"), attachments);
    }
}
