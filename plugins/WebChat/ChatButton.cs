using System.Text.Json.Serialization;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Button of a reply.</summary>
/// <param name="Token">The gateway's token, which a press brings back.</param>
/// <param name="Label">The shown text.</param>
/// <param name="Style">The style: <c>default</c>, <c>primary</c> or <c>danger</c>.</param>
internal sealed record ChatButton(
    [property: JsonPropertyName("t"), JsonRequired] string Token,
    [property: JsonPropertyName("l"), JsonRequired] string Label,
    [property: JsonPropertyName("s"), JsonRequired] string Style)
{
    /// <summary>Number of buttons that the host allows in one set.</summary>
    public const int MostButtons = 64;

    /// <summary>Returns the buttons of a reply, or null for none.</summary>
    public static IReadOnlyList<ChatButton>? Of(IReadOnlyList<OutboundButton> buttons) =>
        buttons.Count == 0 ? null : [.. buttons.Select(static button => new ChatButton(button.Token, button.Label, NameOf(button.Style)))];

    private static string NameOf(ButtonStyle style) => style switch
    {
        ButtonStyle.Primary => "primary",
        ButtonStyle.Danger => "danger",
        _ => "default",
    };
}
