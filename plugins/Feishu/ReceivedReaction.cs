using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Reader of an event of schema 2.0 about a reaction.</summary>
/// <remarks>Source: the vendor's pages of <c>im.message.reaction.created_v1</c> and <c>deleted_v1</c>: the event has the message, the reaction and
/// its author, and no chat.</remarks>
internal static class ReceivedReaction
{
    public const string Created = "im.message.reaction.created_v1";
    public const string Deleted = "im.message.reaction.deleted_v1";

    /// <summary>True: the event is about a reaction.</summary>
    public static bool Is(JsonElement json) => json.Get("header").String("event_type") is Created or Deleted;

    /// <summary>True: this app itself made the change, for example to show that it is typing.</summary>
    public static bool IsOwn(JsonElement json) =>
        json.Get("event").String("operator_type") == "app" && json.Get("event").String("app_id") == json.Get("header").String("app_id");

    /// <summary>Returns the id of the message; null: the event has none.</summary>
    public static string? MessageOf(JsonElement json) => json.Get("event").Id("message_id");

    /// <summary>Returns the open_id of the person who made the change; null: an app made it, or the event does not tell.</summary>
    public static string? PersonOf(JsonElement json) => json.Get("event").Get("user_id").String("open_id");

    /// <summary>Reads a reaction; null where that is not possible.</summary>
    /// <param name="json">The event.</param>
    /// <param name="chat">The chat of the message.</param>
    /// <param name="name">The name of the person, or null.</param>
    /// <param name="problem">The reason why the event cannot be read, or null.</param>
    public static ReactionChanged? Read(JsonElement json, Chat chat, string? name, out string? problem)
    {
        var (header, content) = (json.Get("header"), json.Get("event"));
        var isCreated = header.String("event_type") == Created;
        problem = null;
        if (header.Id("event_id") is not { } id || MessageOf(json) is not { } message
            || content.Get("reaction_type").Id("emoji_type") is not { } emoji || SenderOf(content, name) is not { } sender)
        {
            problem = $"{header.String("event_type")} '{header.String("event_id")}' has no message_id, emoji_type, or user_id or app_id";
            return null;
        }

        ReactionEmoji[] reaction = [new(Emoji.OfName(emoji))];
        return new ReactionChanged(id, chat, sender, message)
        {
            Added = isCreated ? reaction : [],
            Removed = isCreated ? [] : reaction,
            PlatformTime = ReceivedEvent.TimeOf(content.Number("action_time") ?? header.Number("create_time")),
        };
    }

    private static Sender? SenderOf(JsonElement content, string? name) => content.String("operator_type") == "app"
        ? content.Id("app_id") is { } app ? new Sender(app, null, isBot: true) : null
        : ReceivedEvent.IdOf(content.Get("user_id")) is { } person ? new Sender(person, name) : null;
}
