using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Reader of the callback about a pressed button of a card, schema 2.0.</summary>
/// <remarks>Source: the vendor's page of <c>card.action.trigger</c>: <c>operator</c> (who pressed), <c>action.value</c> (the value of the button) and
/// <c>context</c> (<c>open_message_id</c>, <c>open_chat_id</c>); <c>create_time</c> in microseconds.</remarks>
internal static class ReceivedPress
{
    public const string Type = "card.action.trigger";

    /// <summary>Least number that is a time in microseconds; in milliseconds it would be the year 5138.</summary>
    private const long LeastMicroseconds = 100_000_000_000_000;

    /// <summary>True: the event is about the press of a button.</summary>
    public static bool Is(JsonElement json) => json.Get("header").String("event_type") == Type;

    /// <summary>Returns the chat of the message, by the platform's id; null: the event has none.</summary>
    public static string? ChatIdOf(JsonElement json) => json.Get("event").Get("context").Id("open_chat_id");

    /// <summary>Returns the open_id of the person who pressed; null: the event has none.</summary>
    public static string? PersonOf(JsonElement json) => json.Get("event").Get("operator").Id("open_id");

    /// <summary>Reads a press; null where that is not possible, as with a button that the gateway has not made.</summary>
    /// <param name="json">The event.</param>
    /// <param name="kind">The kind of the chat.</param>
    /// <param name="name">The name of the person, or null.</param>
    /// <param name="problem">The reason why the event cannot be read, or null.</param>
    public static ButtonPressed? Read(JsonElement json, ChatKind kind, string? name, out string? problem)
    {
        var (header, content) = (json.Get("header"), json.Get("event"));
        var value = content.Get("action").Get("value");
        problem = null;
        if (header.Id("event_id") is not { } id || ChatIdOf(json) is not { } chat || PersonOf(json) is not { } person
            || value.Id(CardButtons.Token) is not { } token)
        {
            problem = $"{Type} '{header.String("event_id")}' has no open_chat_id, open_id or token of this gateway";
            return null;
        }

        var time = header.Number("create_time");
        // The chat as the message was addressed: the host compares it.
        return new ButtonPressed(
            id, new Chat(value.Id(CardButtons.Person) ?? chat, kind, value.Id(CardButtons.Thread)), new Sender(person, name), token)
        {
            MessageId = content.Get("context").Id("open_message_id"),
            PlatformTime = ReceivedEvent.TimeOf(time >= LeastMicroseconds ? time / 1000 : time),
        };
    }
}
