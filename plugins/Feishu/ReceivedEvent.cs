using System.Globalization;
using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Reads an event of schema 2.0.</summary>
internal static class ReceivedEvent
{
    public const string Received = "im.message.receive_v1";
    public const string Updated = "im.message.updated_v1";

    /// <summary>The message of an event; null for an event that is none, or that cannot be read.</summary>
    /// <param name="json">The event.</param>
    /// <param name="botId">The bot's own open_id, to know when it is meant.</param>
    /// <param name="isOurs">Whether a message, by its id, is one of the bot's: who answers it means the bot too.</param>
    /// <param name="problem">Why a message cannot be read; null when nothing is wrong.</param>
    public static InboundMessage? Read(JsonElement json, string? botId, Func<string, bool> isOurs, out string? problem)
    {
        problem = null;
        var (header, content) = (json.Get("header"), json.Get("event"));
        var type = header.String("event_type");
        if (type is not (Received or Updated)) return null;
        var (message, sender) = (content.Get("message"), content.Get("sender"));
        var isEdit = type == Updated;
        var id = message.String("message_id");
        // The platform's page says: of a received message the message id tells duplicates, of everything else the event id.
        var eventId = isEdit ? header.String("event_id") : id;
        var senderId = IdOf(sender.Get("sender_id"));
        if (id is null || eventId is null || message.String("chat_id") is not { } chat || senderId is null)
        {
            problem = $"{type} '{header.String("event_id")}' has no message_id, chat_id or sender_id";
            return null;
        }

        try
        {
            return Build(header, message, sender, chat, senderId, id, eventId, isEdit, botId, isOurs);
        }
        catch (ArgumentException refused)
        {
            problem = $"{type} '{header.String("event_id")}' cannot be taken: {refused.Message}";
            return null;
        }
    }

    private static InboundMessage Build(JsonElement header, JsonElement message, JsonElement sender, string chat, string senderId, string id, string eventId, bool isEdit, string? botId, Func<string, bool> isOurs)
    {
        var type = message.String("message_type") ?? "unknown";
        var content = ReceivedContent.Read(type, message.String("content"), id);
        var mentions = message.Get("mentions").Items().ToArray();
        var parent = message.String("parent_id");
        var kind = message.String("chat_type") == "p2p" ? ChatKind.Direct : ChatKind.Group;
        return new InboundMessage(eventId, new Chat(chat, kind, ThreadOf(message, id)), new Sender(senderId, isBot: sender.String("sender_type") is "app" or "bot") { IsSelf = senderId == botId }, Named(content.Text, mentions))
        {
            MessageId = id,
            MentionsBot = kind != ChatKind.Direct && ((botId is not null && mentions.Any(mention => IdOf(mention.Get("id")) == botId)) || (parent is not null && isOurs(parent))),
            Attachments = content.Attachments,
            ReplyTo = parent,
            PlatformTime = TimeOf(isEdit ? message.Number("update_time") : message.Number("create_time")),
            IsEdit = isEdit,
            Extras = Extras(header, message, sender, type),
        };
    }

    /// <summary>A thread is known by its first message: that is what an answer has to be put to.</summary>
    private static string? ThreadOf(JsonElement message, string id) => message.String("thread_id") is null ? null : message.String("root_id") ?? id;

    private static Dictionary<string, string> Extras(JsonElement header, JsonElement message, JsonElement sender, string type)
    {
        var extras = new Dictionary<string, string> { ["feishu.messageType"] = type };
        Add("feishu.eventId", header.String("event_id"));
        Add("feishu.threadId", message.String("thread_id"));
        Add("feishu.rootId", message.String("root_id"));
        Add("feishu.userId", sender.Get("sender_id").String("user_id"));
        Add("feishu.unionId", sender.Get("sender_id").String("union_id"));
        Add("feishu.tenantKey", sender.String("tenant_key"));
        return extras;

        void Add(string key, string? value)
        {
            if (value is not null) extras[key] = value;
        }
    }

    /// <summary>The text with names where the platform put placeholders.</summary>
    private static string Named(string text, JsonElement[] mentions)
    {
        // The longest first: @_user_1 is also the start of @_user_10.
        foreach (var mention in mentions.OrderByDescending(static mention => mention.String("key")?.Length ?? 0))
        {
            if (mention.String("key") is { } key && mention.String("name") is { } name) text = text.Replace(key, $"@{name}", StringComparison.Ordinal);
        }

        return text.Replace("@_all", "@all", StringComparison.Ordinal);
    }

    private static string? IdOf(JsonElement id) => id.String("open_id") ?? id.String("user_id") ?? id.String("union_id");

    private static DateTimeOffset? TimeOf(long? milliseconds) =>
        milliseconds is > 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds.Value) : null;
}
