using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PluginGateway.Plugins.Webhook;

/// <summary>A turn as JSON.</summary>
internal static class WebhookBody
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="turn">The turn.</param>
    /// <param name="received">The message or event.</param>
    /// <param name="state">Memory of the session; null: none.</param>
    public static byte[] Write(Turn turn, InboundEvent received, IReadOnlyDictionary<string, string>? state = null)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("event", WebhookSettings.NameOf(received));
            json.WriteString("turn", turn.Id);
            json.WriteNumber("attempt", turn.Attempt);
            json.WriteString("token", turn.ReplyToken);
            json.WriteString("adapter", turn.AdapterId);
            json.WriteString("conversation", turn.Conversation);
            json.WriteString("session", turn.Session);
            json.WriteStartObject("chat");
            json.WriteString("id", received.Chat.Id);
            json.WriteString("kind", received.Chat.Kind.ToString().ToLowerInvariant());
            Write(json, "thread", received.Chat.Thread);
            Write(json, "title", received.Chat.Title);
            json.WriteEndObject();
            if (received.Sender is { } sender) Write(json, "sender", sender);
            Write(json, "eventId", received.EventId);
            if (received.PlatformTime is { } time) json.WriteString("platformTime", time);
            WriteBody(json, turn, received);
            if (received is InboundMessage) WriteMessages(json, turn);
            WriteEarlier(json, turn.Earlier);
            if (state is { Count: > 0 }) Write(json, "state", state);
            json.WriteStartArray("capabilities");
            foreach (var one in Enum.GetValues<MessageCapabilities>().Where(one => one != 0 && turn.Capabilities.HasFlag(one)))
                json.WriteStringValue(one.ToString().ToLowerInvariant());
            json.WriteEndArray();
            Write(json, "extras", received.Extras);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Writes each message of the turn with its own text and attachments.</summary>
    private static void WriteMessages(Utf8JsonWriter json, Turn turn)
    {
        json.WriteStartArray("messages");
        var files = 0;
        foreach (var message in turn.Messages)
        {
            json.WriteStartObject();
            if (message.Sender is { } sender) Write(json, "sender", sender);
            Write(json, "eventId", message.EventId);
            if (message.PlatformTime is { } time) json.WriteString("platformTime", time);
            WriteContent(json, turn, message, message.Text, message.Attachments, files);
            Write(json, "extras", message.Extras);
            json.WriteEndObject();
            files += message.Attachments.Count;
        }

        json.WriteEndArray();
    }

    /// <summary>Writes what former attempts of the turn have owed, if they have.</summary>
    private static void WriteEarlier(Utf8JsonWriter json, IReadOnlyList<EarlierReply> earlier)
    {
        if (earlier.Count == 0) return;
        json.WriteStartArray("earlier");
        foreach (var reply in earlier)
        {
            json.WriteStartObject();
            json.WriteNumber("ordinal", reply.Ordinal);
            json.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(reply.Kind.ToString()));
            Write(json, "id", reply.Message.Id);
            json.WriteString("text", reply.Text);
            json.WriteBoolean("delivered", reply.IsDelivered);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> texts)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in texts) json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteBody(Utf8JsonWriter json, Turn turn, InboundEvent received)
    {
        switch (received)
        {
            // Text and attachments are those of all messages of the turn, the rest is that of the last one.
            case InboundMessage message:
                WriteContent(json, turn, message, turn.Text, [.. turn.Messages.SelectMany(static one => one.Attachments)], 0);
                break;
            case ContentEvent content:
                WriteContent(json, turn, content, content.Text, content.Attachments, 0);
                break;
            case MessageDeleted deleted:
                Write(json, "messageIds", deleted.MessageIds);
                break;
            case ReactionChanged reaction:
                json.WriteString("messageId", reaction.MessageId);
                Write(json, "target", reaction.Target?.Id);
                Write(json, "added", reaction.Added);
                Write(json, "removed", reaction.Removed);
                break;
            case ButtonPressed press:
                Write(json, "messageId", press.MessageId);
                Write(json, "button", press.Button);
                if (press.Values.Count > 0) Write(json, "values", press.Values);
                break;
            case MembersChanged members:
                json.WriteString("change", JsonNamingPolicy.CamelCase.ConvertName(members.Change.ToString()));
                json.WriteStartArray("members");
                foreach (var member in members.Members) WriteValue(json, member);
                json.WriteEndArray();
                break;
        }
    }

    /// <param name="json">The request.</param>
    /// <param name="turn">The turn.</param>
    /// <param name="content">The message or edit.</param>
    /// <param name="text">The text.</param>
    /// <param name="attachments">The attachments.</param>
    /// <param name="first">Number of the first attachment in the turn, from 0.</param>
    private static void WriteContent(
        Utf8JsonWriter json, Turn turn, ContentEvent content, string text, IReadOnlyList<Attachment> attachments, int first)
    {
        json.WriteString("text", text);
        json.WriteString("format", JsonNamingPolicy.CamelCase.ConvertName(content.Format.ToString()));
        Write(json, "messageId", content.MessageId);
        Write(json, "button", (content as InboundMessage)?.Button);
        MessageFactsBody.Write(json, content);
        json.WriteBoolean("isEdit", content is MessageEdited);
        json.WriteBoolean("mentionsBot", content.MentionsBot);
        json.WriteStartArray("attachments");
        for (var i = 0; i < attachments.Count; i++) Write(json, attachments[i], turn, first + i);
        json.WriteEndArray();
    }

    /// <summary>Writes a pressed button that is there: the backend's id of it, its text and its message.</summary>
    private static void Write(Utf8JsonWriter json, string name, PressedButton? button)
    {
        if (button is null) return;
        json.WriteStartObject(name);
        json.WriteString("id", button.Id);
        json.WriteString("label", button.Label);
        Write(json, "target", button.Target.Id);
        json.WriteEndObject();
    }

    /// <summary>Writes emoji; beside them, at the same places, the platform's ids of its own ones, where there is one.</summary>
    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<ReactionEmoji> emoji)
    {
        Write(json, name, [.. emoji.Select(static one => one.Emoji)]);
        if (emoji.Any(static one => one.CustomId is not null)) Write(json, $"{name}Ids", [.. emoji.Select(static one => one.CustomId)]);
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string?> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>Writes an attachment, whose bytes are fetched from the platform when the backend requests them.</summary>
    private static void Write(Utf8JsonWriter json, Attachment attachment, Turn turn, int index)
    {
        json.WriteStartObject();
        if (turn.Capabilities.HasFlag(MessageCapabilities.Fetch))
            json.WriteString("url", string.Create(CultureInfo.InvariantCulture, $"/api/attachments/{turn.Id}/{index}"));
        json.WriteString("kind", attachment.Kind.ToString().ToLowerInvariant());
        Write(json, "name", attachment.Name);
        Write(json, "contentType", attachment.ContentType);
        if (attachment.Size is { } size) json.WriteNumber("size", size);
        if (attachment.Duration is { } duration) json.WriteNumber("durationSeconds", duration.TotalSeconds);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, string name, Sender sender)
    {
        json.WritePropertyName(name);
        WriteValue(json, sender);
    }

    private static void WriteValue(Utf8JsonWriter json, Sender sender)
    {
        json.WriteStartObject();
        json.WriteString("id", sender.Id);
        Write(json, "name", sender.Name);
        Write(json, "username", sender.Username);
        Write(json, "language", sender.Language);
        Write(json, "account", sender.Account);
        json.WriteBoolean("isBot", sender.IsBot);
        if (sender.IsSelf) json.WriteBoolean("isSelf", true);
        json.WriteEndObject();
    }

    /// <summary>Writes a text that is there.</summary>
    public static void Write(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null) json.WriteString(name, text);
    }
}
