using System.Text.Json;

namespace PluginGateway.Plugins.Webhook;

/// <summary>Facts of a message beside its text, as JSON: quote, origin, album, command, mentions, place. What is absent has no key.</summary>
internal static class MessageFactsBody
{
    public static void Write(Utf8JsonWriter json, ContentEvent content)
    {
        if (content is InboundMessage message) Write(json, message);
        if (content.Location is { } location) Write(json, location);
        if (content.Mentions.Count == 0) return;
        json.WriteStartArray("mentions");
        foreach (var mention in content.Mentions) Write(json, mention);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, InboundMessage message)
    {
        WebhookBody.Write(json, "replyTo", message.Quote?.MessageId);
        if (message.Quote is { } quote) Write(json, quote);
        if (message.ForwardedFrom is { } origin) Write(json, origin);
        WebhookBody.Write(json, "groupId", message.GroupId);
        if (message.Command is { } command) Write(json, command);
    }

    private static void Write(Utf8JsonWriter json, Quote quote)
    {
        json.WriteStartObject("quote");
        WebhookBody.Write(json, "messageId", quote.MessageId);
        WebhookBody.Write(json, "text", quote.Text);
        if (quote.Sender is { } sender) WebhookBody.Write(json, "sender", sender);
        WebhookBody.Write(json, "target", quote.Target?.Id);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ForwardOrigin origin)
    {
        json.WriteStartObject("forwardedFrom");
        WebhookBody.Write(json, "name", origin.Name);
        WebhookBody.Write(json, "senderId", origin.SenderId);
        WebhookBody.Write(json, "chatId", origin.ChatId);
        WebhookBody.Write(json, "messageId", origin.MessageId);
        if (origin.PlatformTime is { } time) json.WriteString("platformTime", time);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, InvokedCommand command)
    {
        json.WriteStartObject("command");
        json.WriteString("name", command.Name);
        json.WriteString("arguments", command.Arguments);
        if (command.Options.Count > 0)
        {
            json.WriteStartObject("options");
            foreach (var (name, value) in command.Options) json.WriteString(name, value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Location location)
    {
        json.WriteStartObject("location");
        json.WriteNumber("latitude", location.Latitude);
        json.WriteNumber("longitude", location.Longitude);
        WebhookBody.Write(json, "name", location.Name);
        WebhookBody.Write(json, "address", location.Address);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Mention mention)
    {
        json.WriteStartObject();
        json.WriteString("name", mention.Name);
        WebhookBody.Write(json, "id", mention.Id);
        json.WriteNumber("offset", mention.Offset);
        json.WriteNumber("length", mention.Length);
        json.WriteEndObject();
    }
}
