using System.Text.Json.Nodes;

namespace PluginGateway.FakeFeishu;

/// <summary>Button of a card of JSON 2.0, as a person sees it.</summary>
/// <param name="Label">Shown text.</param>
/// <param name="Style">Type of the button.</param>
/// <param name="Value">What a press brings back.</param>
internal sealed record FakeButton(string Label, string Style, JsonObject Value)
{
    /// <summary>Attributes of a button of 2.0 (vendor's page of the component); an attribute that it does not support is an error.</summary>
    private static readonly HashSet<string> Attributes =
    [
        "tag", "element_id", "margin", "type", "size", "width", "text", "icon", "hover_tips", "disabled", "disabled_tips", "confirm", "behaviors",
        "name", "required", "form_action_type",
    ];

    private static readonly HashSet<string> Styles =
    [
        "default", "primary", "danger", "text", "primary_text", "danger_text", "primary_filled", "danger_filled", "laser",
    ];

    /// <summary>Returns the button of an element that <see cref="Fault"/> has nothing against.</summary>
    public static FakeButton Of(JsonObject element) =>
        new((string)element["text"]!["content"]!, (string?)element["type"] ?? "default", (JsonObject)element["behaviors"]![0]!["value"]!);

    /// <summary>Why the platform does not take a button; null: it does.</summary>
    public static string? Fault(JsonObject element)
    {
        if (element.FirstOrDefault(static member => !Attributes.Contains(member.Key)) is { Key: { } unknown })
            return $"unsupported property {unknown}";
        if (element["type"] is { } style && !Styles.Contains((string?)style ?? "")) return "type is invalid";
        if ((string?)element["text"]?["tag"] != "plain_text" || string.IsNullOrEmpty((string?)element["text"]?["content"])) return "text is invalid";
        if (element["behaviors"] is not JsonArray { Count: > 0 } behaviors) return "behaviors is empty";
        return behaviors.All(static one => (string?)one?["type"] == "callback" && one["value"] is JsonObject { Count: > 0 })
            ? null
            : "the value of a callback is no object";
    }

    /// <summary>Why the platform does not take the answer to a press; null: it does.</summary>
    public static string? AnswerFault(JsonNode? answer)
    {
        if (answer is not JsonObject body) return "the answer is no object";
        if (body.FirstOrDefault(static member => member.Key is not ("toast" or "card")) is { Key: { } unknown }) return $"the answer has '{unknown}'";
        if (!body.ContainsKey("toast")) return null;
        return body["toast"] is JsonObject toast && (string?)toast["type"] is "info" or "success" or "warning" or "error"
            && !string.IsNullOrEmpty((string?)toast["content"]) ? null : "the toast has no type or no content";
    }
}

/// <summary>Press of a button: a callback, which the platform makes once.</summary>
internal sealed class FakePress
{
    private volatile string? _outcome;

    /// <summary>What the person who pressed sees: the type and the content of the toast (<c>info: ...</c>), nothing, or <c>fault: ...</c>. Null:
    /// it is not answered yet.</summary>
    public string? Outcome => _outcome;

    /// <summary>The client has answered.</summary>
    /// <param name="isGood">True: with 200.</param>
    /// <param name="answer">The answer.</param>
    public void Answer(bool isGood, JsonNode? answer) => _outcome ??=
        !isGood ? "fault: not taken"
        : FakeButton.AnswerFault(answer) is { } fault ? $"fault: {fault}"
        : answer!["toast"] is { } toast ? $"{toast["type"]}: {toast["content"]}"
        : "";

    /// <summary>Nobody has answered in time.</summary>
    public void GiveUp() => _outcome ??= "fault: no answer";
}
