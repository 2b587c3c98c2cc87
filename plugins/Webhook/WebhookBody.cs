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
            if (message.Chat.Thread is { } thread) json.WriteString("thread", thread);
            json.WriteEndObject();
            json.WriteStartObject("sender");
            json.WriteString("id", message.Sender.Id);
            if (message.Sender.Name is { } name) json.WriteString("name", name);
            json.WriteBoolean("isBot", message.Sender.IsBot);
            json.WriteEndObject();
            json.WriteString("text", message.Text);
            if (message.MessageId is { } messageId) json.WriteString("messageId", messageId);
            if (message.EventId is { } id) json.WriteString("eventId", id);
            if (message.ReplyTo is { } replyTo) json.WriteString("replyTo", replyTo);
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
        if (attachment.Name is { } name) json.WriteString("name", name);
        if (attachment.ContentType is { } type) json.WriteString("contentType", type);
        if (attachment.Size is { } size) json.WriteNumber("size", size);
        json.WriteEndObject();
    }
}
