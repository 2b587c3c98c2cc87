using System.Text.Json;

namespace PluginGateway.Web.Api;

/// <summary>Buttons in the JSON of a request: <c>"buttons":[{"id":"yes","label":"Yes","style":"primary"}]</c>, with <c>once</c>, <c>audience</c> and
/// <c>expiresSeconds</c> beside it.</summary>
internal static class ButtonsJson
{
    public const string List = "buttons";
    public const string Once = "once";
    public const string Audience = "audience";
    public const string Expires = "expiresSeconds";

    private const string Rule =
        "'buttons' must be a list of objects with 'label', 'id' and 'style' (\"default\", \"primary\" or \"danger\"), all text.";
    private static readonly string[] Known = ["id", "label", "style"];
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Reads a set that may be left out: absent, null or empty. False with the problem in one sentence.</summary>
    /// <param name="body">The request.</param>
    /// <param name="once">The value of <see cref="Once"/>.</param>
    /// <param name="set">The set, or null.</param>
    /// <param name="problem">The problem, or an empty text.</param>
    /// <exception cref="ArgumentException">The contract's records refuse a button or the set.</exception>
    public static bool TryRead(JsonElement body, bool once, out ButtonSet? set, out string problem)
    {
        (set, problem) = (null, "");
        if (!body.TryGetProperty(List, out var list) || list.ValueKind == JsonValueKind.Null) return true;
        problem = Rule;
        if (list.ValueKind != JsonValueKind.Array) return false;
        var buttons = list.EnumerateArray().Select(Read).ToArray();
        if (buttons.Contains(null)) return false;
        problem = "'audience' must be \"sender\" or \"everyone\".";
        if (!TryAudience(Text(body, Audience), out var audience)) return false;
        problem = "'expiresSeconds' must be a number of more than 0 and at most 604800.";
        if (!TryLifetime(body, out var lifetime)) return false;
        problem = "";
        if (buttons.Length > 0) set = new ButtonSet(buttons!) { Once = once, Audience = audience, ExpiresAfter = lifetime };
        return true;
    }

    /// <summary>Reads a button, whose id is its label where it has none; null when it is none.</summary>
    private static Button? Read(JsonElement button)
    {
        if (button.ValueKind != JsonValueKind.Object || button.EnumerateObject()
            .Any(static member => !Known.Contains(member.Name) || member.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)))
            return null;
        ButtonStyle? style = Text(button, "style") switch
        {
            null or "default" => ButtonStyle.Default,
            "primary" => ButtonStyle.Primary,
            "danger" => ButtonStyle.Danger,
            _ => null,
        };
        return Text(button, "label") is { } label && style is { } known ? new Button(Text(button, "id") ?? label, label) { Style = known } : null;
    }

    private static bool TryAudience(string? text, out ButtonAudience? audience)
    {
        audience = text switch { "sender" => ButtonAudience.Sender, "everyone" => ButtonAudience.Everyone, _ => null };
        return text is null || audience is not null;
    }

    private static bool TryLifetime(JsonElement body, out TimeSpan lifetime)
    {
        lifetime = Longest;
        if (!body.TryGetProperty(Expires, out var given) || given.ValueKind == JsonValueKind.Null) return true;
        if (given.ValueKind != JsonValueKind.Number || !given.TryGetDouble(out var seconds) || seconds > Longest.TotalSeconds) return false;
        lifetime = TimeSpan.FromSeconds(Math.Max(0, seconds));
        return lifetime > TimeSpan.Zero;
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
