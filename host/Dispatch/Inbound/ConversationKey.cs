namespace PluginGateway.Dispatch.Inbound;

/// <summary>The keys under which things are kept in order: one string each, stable for ever because the database has them, and never the same for two different places.</summary>
internal static class ConversationKey
{
    /// <summary>Adapter id, chat and thread: its messages are answered one after another.</summary>
    public static string Of(string adapterId, Chat chat) => chat.Thread is { } thread ? $"{OfChat(adapterId, chat)}/{Escape(thread)}" : OfChat(adapterId, chat);

    /// <summary>Adapter id and chat: one message at a time is delivered to it.</summary>
    public static string OfChat(string adapterId, Chat chat) => $"{Escape(adapterId)}/{Escape(chat.Id)}";

    /// <summary>The chat's id in the key of a chat or of a conversation in it.</summary>
    public static string ChatIdIn(string key) => key.Split('/') is [_, var chat, ..] ? chat.Replace("%2F", "/", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal) : key;

    /// <summary>A part of a key.</summary>
    public static string Escape(string part) =>
        part.AsSpan().ContainsAny('%', '/') ? part.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal) : part;
}
