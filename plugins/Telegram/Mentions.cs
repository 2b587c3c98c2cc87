using System.Text.Json;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Detection of messages addressed to the bot: by its name, by a command, or as a reply to one of its messages.</summary>
internal static class Mentions
{
    public static bool Includes(JsonElement message, string text, BotIdentity self) =>
        (!IsImplicitReply(message) && message.Object("reply_to_message")?.Object("from")?.Number("id") == self.Id)
        || Entities(message).Any(entity => IsOurs(entity, text, self));

    /// <summary>Entities of the text or the caption.</summary>
    public static IEnumerable<JsonElement> Entities(JsonElement message) =>
        message.List(message.Text("text") is null ? "caption_entities" : "entities");

    /// <summary>Returns true for the implicit reference in a topic, where every message answers the one that opened it: that is no reply.</summary>
    public static bool IsImplicitReply(JsonElement message) =>
        message.Flag("is_topic_message") && message.Object("reply_to_message")?.Number("message_id") is { } id
        && id == message.Number("message_thread_id");

    private static bool IsOurs(JsonElement entity, string text, BotIdentity self) => entity.Text("type") switch
    {
        "mention" => Part(entity, text).Equals($"@{self.Username}", StringComparison.OrdinalIgnoreCase),
        "bot_command" => Part(entity, text) is var command
            && (!command.Contains('@', StringComparison.Ordinal) || command.EndsWith($"@{self.Username}", StringComparison.OrdinalIgnoreCase)),
        "text_mention" => entity.Object("user")?.Number("id") == self.Id,
        _ => false,
    };

    /// <summary>Cuts out an entity. Offsets count UTF-16 units, as .NET does; they are checked, because they come from outside.</summary>
    public static string Part(JsonElement entity, string text) =>
        entity.Number("offset") is >= 0 and var offset && entity.Number("length") is > 0 and var length && length <= text.Length
        && offset <= text.Length - length ? text.Substring((int)offset, (int)length) : "";
}
