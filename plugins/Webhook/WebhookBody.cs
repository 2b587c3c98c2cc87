using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PluginGateway.Plugins.Webhook;

/// <summary>A turn as JSON.</summary>
internal static class WebhookBody
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(Turn turn)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var message = turn.Message;
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("turn", turn.Id);
            json.WriteNumber("attempt", turn.Attempt);
            json.WriteString("token", turn.ReplyToken);
            json.WriteString("adapter", turn.AdapterId);
            json.WriteString("conversation", turn.Conversation);
            json.WriteStartObject("chat");
            json.WriteString("id", message.Chat.Id);
            json.WriteString("kind", message.Chat.Kind.ToString().ToLowerInvariant());
            Write(json, "thread", message.Chat.Thread);
            Write(json, "title", message.Chat.Title);
            json.WriteEndObject();
            Write(json, "sender", message.Sender);
            json.WriteString("text", message.Text);
            Write(json, "messageId", message.MessageId);
            Write(json, "eventId", message.EventId);
            Write(json, "replyTo", message.Quote?.MessageId);
            MessageFactsBody.Write(json, message);
            if (message.PlatformTime is { } time) json.WriteString("platformTime", time);
            json.WriteBoolean("isEdit", message.IsEdit);
            json.WriteBoolean("mentionsBot", message.MentionsBot);
            json.WriteStartArray("attachments");
            for (var i = 0; i < message.Attachments.Count; i++) Write(json, message.Attachments[i], turn, i);
            json.WriteEndArray();
            json.WriteStartArray("capabilities");
            foreach (var one in Enum.GetValues<MessageCapabilities>().Where(one => one != 0 && turn.Capabilities.HasFlag(one)))
                json.WriteStringValue(one.ToString().ToLowerInvariant());
            json.WriteEndArray();
            json.WriteStartObject("extras");
            foreach (var (key, value) in message.Extras) json.WriteString(key, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
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
        json.WriteStartObject(name);
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
