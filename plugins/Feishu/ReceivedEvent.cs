using System.Globalization;
using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Reads an event of schema 2.0.</summary>
internal static class ReceivedEvent
{
    public const string Received = "im.message.receive_v1";
    public const string Updated = "im.message.updated_v1";

    public const string BotAdded = "im.chat.member.bot.added_v1";
    public const string BotRemoved = "im.chat.member.bot.deleted_v1";
    public const string Recalled = "im.message.recalled_v1";

    /// <summary>Types of events about people who joined or left a group; the last one takes an invitation back.</summary>
    public const string UsersAdded = "im.chat.member.user.added_v1", UsersRemoved = "im.chat.member.user.deleted_v1",
        UsersWithdrawn = "im.chat.member.user.withdrawn_v1";

    /// <summary>True: the event is about a message that was said or edited.</summary>
    public static bool IsMessage(JsonElement json) => json.Get("header").String("event_type") is Received or Updated;

    /// <summary>Returns true if the event reports the edit of a message. Its text, author and mentions are not reliable, only the message's
    /// id.</summary>
    public static bool IsEdit(JsonElement json) => json.Get("header").String("event_type") == Updated;

    /// <summary>Returns the event with the message that the platform returned for its id (<c>GET /im/v1/messages/:id</c>), in the shape of a received
    /// one.</summary>
    /// <param name="json">The event.</param>
    /// <param name="item">The message that was fetched.</param>
    public static JsonElement WithMessage(JsonElement json, JsonElement item)
    {
        var told = json.Get("event").Get("message");
        return Json.Parse(Json.Bytes(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("header");
            json.Get("header").WriteTo(writer);
            writer.WriteStartObject("event");
            writer.WriteStartObject("sender");
            writer.WriteString("sender_type", item.Get("sender").String("sender_type"));
            writer.WriteString("tenant_key", item.Get("sender").String("tenant_key"));
            writer.WriteStartObject("sender_id");
            writer.WriteString(item.Get("sender").String("id_type") ?? "open_id", item.Get("sender").String("id"));
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteStartObject("message");
            foreach (var name in (string[])["message_id", "root_id", "parent_id", "thread_id", "chat_id", "create_time", "update_time"])
            {
                if ((item.String(name) ?? told.String(name)) is { } value) writer.WriteString(name, value);
            }

            writer.WriteString("chat_type", told.String("chat_type"));
            writer.WriteString("message_type", item.String("msg_type"));
            writer.WriteString("content", item.Get("body").String("content"));
            writer.WriteStartArray("mentions");
            foreach (var mention in item.Get("mentions").Items())
            {
                writer.WriteStartObject();
                writer.WriteString("key", mention.String("key"));
                writer.WriteString("name", mention.String("name"));
                writer.WriteStartObject("id");
                writer.WriteString(mention.String("id_type") ?? "open_id", mention.String("id"));
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
        })) ?? json;
    }

    /// <summary>Reads the message of an event; null for an event without one, or that cannot be read.</summary>
    /// <param name="json">The event.</param>
    /// <param name="about">Facts that the event does not contain.</param>
    /// <param name="problem">The reason why a message cannot be read, or null.</param>
    public static InboundEvent? Read(JsonElement json, Surroundings about, out string? problem)
    {
        problem = null;
        var (header, content) = (json.Get("header"), json.Get("event"));
        var type = header.String("event_type");
        if (type is Recalled or BotAdded or BotRemoved or UsersAdded or UsersRemoved or UsersWithdrawn)
            return OfChat(type, header, content, about, out problem);
        if (type is not (Received or Updated)) return null;
        var (message, sender) = (content.Get("message"), content.Get("sender"));
        var isEdit = type == Updated;
        var id = message.String("message_id");
        // The platform's page says: of a received message the message id tells duplicates, of everything else the event id.
        var eventId = isEdit ? header.String("event_id") : id;
        var senderId = SenderOf(json);
        if (id is null || eventId is null || message.String("chat_id") is not { } chat || senderId is null)
        {
            problem = $"{type} '{header.String("event_id")}' has no message_id, chat_id or sender_id";
            return null;
        }

        try
        {
            return Build(header, message, sender, chat, senderId, id, eventId, isEdit, about);
        }
        catch (ArgumentException refused)
        {
            problem = $"{type} '{header.String("event_id")}' cannot be taken: {refused.Message}";
            return null;
        }
    }

    /// <summary>Reads an event about a chat rather than a message in it: a recall, or a change of members.</summary>
    private static InboundEvent? OfChat(string type, JsonElement header, JsonElement content, Surroundings about, out string? problem)
    {
        problem = null;
        if (header.String("event_id") is not { } id || content.String("chat_id") is not { } chatId
            || (type == Recalled ? content.String("message_id") is null : IdOf(content.Get("operator_id")) is null))
        {
            problem = $"{type} '{header.String("event_id")}' has no chat_id, and message_id or operator_id";
            return null;
        }

        try
        {
            var chat = new Chat(chatId, about.IsDirect ? ChatKind.Direct : ChatKind.Group);
            var by = IdOf(content.Get("operator_id")) is { } who ? new Sender(who) : null;
            InboundEvent read = type switch
            {
                // Who has recalled it is not said.
                Recalled => new MessageDeleted(id, chat, null, [content.String("message_id")!]),
                BotAdded => new MembersChanged(id, chat, by, MemberChange.BotAdded),
                BotRemoved => new MembersChanged(id, chat, by, MemberChange.BotRemoved),
                _ => new MembersChanged(id, chat, by, type == UsersAdded ? MemberChange.Joined : MemberChange.Left)
                {
                    Members = [.. content.Get("users").Items().Select(MemberOf).OfType<Sender>()],
                },
            };
            return read with { PlatformTime = TimeOf(header.Number("create_time")) };
        }
        catch (ArgumentException refused)
        {
            problem = $"{type} '{id}' cannot be taken: {refused.Message}";
            return null;
        }
    }

    private static Sender? MemberOf(JsonElement user) => IdOf(user.Get("user_id")) is { } id ? new Sender(id, user.String("name")) : null;

    /// <summary>Returns the id of a message's author; null where the event has none.</summary>
    public static string? SenderOf(JsonElement json) => IdOf(json.Get("event").Get("sender").Get("sender_id"));

    private static ContentEvent Build(
        JsonElement header, JsonElement message, JsonElement sender, string chat, string senderId, string id, string eventId, bool isEdit,
        Surroundings about)
    {
        var type = message.String("message_type") ?? "unknown";
        var content = about.Forwarded is { } forwarded
            ? new ReceivedContent(forwarded.Text, [])
            : ReceivedContent.Read(type, message.String("content"), id);
        var mentions = message.Get("mentions").Items().ToArray();
        var parent = message.String("parent_id");
        var kind = message.String("chat_type") == "p2p" ? ChatKind.Direct : ChatKind.Group;
        var isBot = sender.String("sender_type") is "app" or "bot";
        var text = Named(content.Text, mentions);
        var place = new Chat(chat, kind, about.Thread);
        var author = new Sender(senderId, about.SenderName, isBot) { IsSelf = senderId == about.BotId };
        ContentEvent read = isEdit ? new MessageEdited(eventId, place, author, id, text)
            : new InboundMessage(eventId, place, author, text)
            {
                Quote = about.Quote ?? (parent is null ? null : new Quote(parent)),
                ForwardedFrom = about.Forwarded?.Origin ?? (type == MergedForwards.Type ? new ForwardOrigin(null) : null),
            };
        return read with
        {
            MessageId = id,
            MentionsBot = kind != ChatKind.Direct && ((about.BotId is not null && mentions.Any(mention => IdOf(mention.Get("id")) == about.BotId))
                || (parent is not null && about.IsOurs(parent))),
            Attachments = content.Attachments,
            Mentions = [.. MentionsIn(text, mentions)],
            Location = content.Location,
            PlatformTime = TimeOf(isEdit ? message.Number("update_time") : message.Number("create_time")),
            Extras = Extras(header, message, sender, type),
        };
    }

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

    /// <summary>Returns the text with names in place of the platform's placeholders.</summary>
    public static string Named(string text, JsonElement[] mentions)
    {
        // The longest first: @_user_1 is also the start of @_user_10.
        foreach (var mention in mentions.OrderByDescending(static mention => mention.String("key")?.Length ?? 0))
        {
            if (mention.String("key") is { } key && mention.String("name") is { } name)
                text = text.Replace(key, $"@{name}", StringComparison.Ordinal);
        }

        return text.Replace("@_all", "@all", StringComparison.Ordinal);
    }

    /// <summary>Returns the people in a text whose placeholders have been replaced. One who is named twice is found twice.</summary>
    private static IEnumerable<Mention> MentionsIn(string text, JsonElement[] mentions)
    {
        List<Mention> found = [];
        foreach (var mention in mentions.DistinctBy(static mention => mention.String("name")))
        {
            if (mention.String("name") is not { Length: > 0 } name) continue;
            var sign = $"@{name}";
            for (var at = text.IndexOf(sign, StringComparison.Ordinal); at >= 0; at = text.IndexOf(sign, at + sign.Length, StringComparison.Ordinal))
                found.Add(new Mention(name, at, sign.Length) { Id = IdOf(mention.Get("id")) });
        }

        return found.OrderBy(static mention => mention.Offset);
    }

    /// <summary>Returns the id of a person: the app's own for that person, before those of the tenant and of the vendor.</summary>
    public static string? IdOf(JsonElement id) => id.String("open_id") ?? id.String("user_id") ?? id.String("union_id");

    /// <summary>Returns a time of the platform in milliseconds since 1970; null where it makes no sense.</summary>
    public static DateTimeOffset? TimeOf(long? milliseconds) =>
        milliseconds is > 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds.Value) : null;
}

/// <summary>Facts around a message that its event does not bear.</summary>
/// <param name="BotId">The bot's own open_id, to know when it is meant; null: unknown.</param>
/// <param name="IsOurs">Test whether a message, by its id, is the bot's: a reply to it is addressed to the bot.</param>
/// <param name="Thread">The thread of the message; null for none.</param>
/// <param name="SenderName">The name of its author; null: unknown.</param>
/// <param name="Quote">The message that it answers, looked up; null: it answers none, or was not looked up.</param>
/// <param name="Forwarded">The messages that it holds, looked up; null: it is of another type.</param>
/// <param name="IsDirect">True: the chat of an event that does not tell its kind is a direct one.</param>
internal sealed record Surroundings(
    string? BotId, Func<string, bool> IsOurs, string? Thread = null, string? SenderName = null, Quote? Quote = null,
    ForwardedMessages? Forwarded = null, bool IsDirect = false);
