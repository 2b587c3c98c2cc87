using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Buttons of a card, and the chat to which it is sent.</summary>
/// <remarks>Sources: the vendor's pages of the button component of JSON 2.0 (<c>behaviors</c> with the type <c>callback</c>; its value is an object;
/// the types default, primary and danger) and of the structure of JSON 2.0 (at most 200 components, and each button is two).</remarks>
internal sealed record CardButtons(Chat Chat, IReadOnlyList<OutboundButton> Buttons)
{
    /// <summary>Number of buttons in a card: with the longest labels they take 26 KB of the 30 KB of a request.</summary>
    public const int Most = 40;

    /// <summary>Member of a button's value: the host's token.</summary>
    public const string Token = "token";

    /// <summary>Member of a button's value: the id of the person to whom the card was sent. Absent: it was sent to a chat by its id.</summary>
    public const string Person = "to";

    /// <summary>Member of a button's value: the thread to which the card was sent. Absent: none.</summary>
    public const string Thread = "thread";

    /// <summary>Writes the button components into an open array.</summary>
    public void Write(Utf8JsonWriter json)
    {
        foreach (var button in Buttons)
        {
            json.WriteStartObject();
            json.WriteString("tag", "button");
            json.WriteString("type", TypeOf(button.Style));
            json.WriteStartObject("text");
            json.WriteString("tag", "plain_text");
            json.WriteString("content", button.Label);
            json.WriteEndObject();
            json.WriteStartArray("behaviors");
            json.WriteStartObject();
            json.WriteString("type", "callback");
            json.WriteStartObject("value");
            json.WriteString(Token, button.Token);
            if (Target.ChatIdOf(Chat.Id) is null) json.WriteString(Person, Chat.Id);
            if (Chat.Thread is { } thread) json.WriteString(Thread, thread);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private static string TypeOf(ButtonStyle style) => style switch
    {
        ButtonStyle.Primary => "primary",
        ButtonStyle.Danger => "danger",
        _ => "default",
    };
}
