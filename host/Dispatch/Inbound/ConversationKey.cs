namespace PluginGateway.Dispatch.Inbound;

/// <summary>Keys of conversations and chats, by which messages are kept in order: one string each, stable for ever because the database has them, and
/// different for different places.</summary>
internal static class ConversationKey
{
    /// <summary>Returns the key of adapter id, chat and thread: messages with the same key are answered one after another.</summary>
    public static string Of(string adapterId, Chat chat) =>
        chat.Thread is { } thread ? $"{OfChat(adapterId, chat)}/{Escape(thread)}" : OfChat(adapterId, chat);

    /// <summary>Returns the key of adapter id and chat: one message at a time is delivered to a chat.</summary>
    public static string OfChat(string adapterId, Chat chat) => $"{Escape(adapterId)}/{Escape(chat.Id)}";

    /// <summary>Returns the chat's id from the key of a chat or of a conversation in it.</summary>
    public static string ChatIdIn(string key) =>
        key.Split('/') is [_, var chat, ..] ? chat.Replace("%2F", "/", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal) : key;

    /// <summary>Escapes a part of a key.</summary>
    public static string Escape(string part) =>
        part.AsSpan().ContainsAny('%', '/') ? part.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal) : part;
}
