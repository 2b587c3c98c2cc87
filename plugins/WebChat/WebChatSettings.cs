namespace PluginGateway.Plugins.WebChat;

/// <summary>The adapter's settings.</summary>
/// <param name="MaxTextLength">The longest message a visitor may send, in UTF-16 units.</param>
/// <param name="MessagesPerConversation">Messages of a conversation that a page can read again.</param>
/// <param name="MaxConversations">Conversations kept; beyond that the one quiet for longest is forgotten.</param>
/// <param name="FileMegabytesPerConversation">Megabytes of the files of one conversation; beyond that its oldest are removed.</param>
/// <param name="FileMegabytes">Megabytes of the files of all conversations.</param>
internal sealed record WebChatSettings(
    int MaxTextLength, int MessagesPerConversation, int MaxConversations, int FileMegabytesPerConversation, int FileMegabytes)
{
    /// <summary>Reads the settings and reports everything that is wrong with them.</summary>
    public static WebChatSettings Read(SettingsReader reader)
    {
        // The host decides whether the pages require the gateway's token.
        reader.Switch("public", false);
        return new WebChatSettings(
            reader.WholeNumber("maxTextLength", 1, 262_144, 16_384),
            reader.WholeNumber("messagesPerConversation", 1, 10_000, 200),
            reader.WholeNumber("maxConversations", 1, 1_000_000, 10_000),
            reader.WholeNumber("fileMegabytesPerConversation", 1, 1_000_000, 200),
            reader.WholeNumber("fileMegabytes", 1, 1_000_000, 2_000));
    }
}
