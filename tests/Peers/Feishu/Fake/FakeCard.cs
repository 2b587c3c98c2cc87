using System.Text.Json;
using System.Text.Json.Nodes;

namespace PluginGateway.FakeFeishu;

/// <summary>What the platform takes as a card. A card of JSON 2.0 says so and is held to its rules; one of 1.0 is taken, and shows most Markdown
/// as it was written.</summary>
internal static class FakeCard
{
    private const int MostElements = 200;
    private const int MostTables = 5;

    /// <summary>Components of 1.0 that a card of 2.0 may not have (vendor's page of the changes that break).</summary>
    private static readonly HashSet<string> OnlyInFirst = ["action", "note"];

    /// <summary>Components that may stand in a card of 2.0.</summary>
    private static readonly HashSet<string> InSecond =
    [
        "markdown", "div", "img", "img_combination", "hr", "person", "person_list", "chart", "table", "audio", "button", "input", "overflow",
        "select_static", "multi_select_static", "select_person", "multi_select_person", "date_picker", "picker_time", "picker_datetime", "select_img",
        "checker", "column_set", "form", "interactive_container", "collapsible_panel",
    ];

    /// <summary>Fields of a configuration that only 1.0 knows.</summary>
    private static readonly string[] FirstConfiguration = ["wide_screen_mode"];

    /// <summary>The sub-code and the words with which the platform refuses a card as a whole; null: it takes it.</summary>
    public static string? Fault(string content)
    {
        if (Parse(content) is not { } card) return "200621; ErrMsg: parse card json err";
        var isSecond = IsSecond(card);
        if (isSecond && card["body"] is not JsonObject) return "200610; ErrMsg: body is nil";
        var holder = isSecond ? card["body"]! : card;
        if (holder["elements"] is not JsonArray { Count: > 0 } top) return "200621; ErrMsg: parse card json err";
        if (isSecond && card["config"] is JsonObject config)
        {
            if (Array.Exists(FirstConfiguration, config.ContainsKey)) return "200621; ErrMsg: parse card json err";
            if ((bool?)config["update_multi"] == false) return "200621; ErrMsg: parse card json err; ErrorValue: update_multi";
        }

        JsonObject[] elements = [.. ElementsIn(top)];
        if (isSecond && Array.Find(elements, static element => OnlyInFirst.Contains(Tag(element))) is { } old)
            return $"200861; ErrMsg: cards of schema V2 no longer support this capability; ErrorValue: unsupported tag {Tag(old)}";
        if (isSecond && Array.Find(elements, static element => !InSecond.Contains(Tag(element))) is { } unknown)
            return $"200621; ErrMsg: not support tag: {Tag(unknown)}";
        JsonObject[] buttons = isSecond ? [.. elements.Where(static element => Tag(element) == "button")] : [];
        if (buttons.Select(FakeButton.Fault).FirstOrDefault(static fault => fault is not null) is { } wrong)
            return $"200621; ErrMsg: parse card json err; ErrorValue: button: {wrong}";
        // The text of a button is an element too.
        if (elements.Length + buttons.Length > MostElements) return "11310; ErrMsg: card element number over limit";
        string[] texts = [.. elements.Where(static element => Tag(element) == "markdown").Select(TextOf)];
        if (Array.Exists(texts, static text => text.Contains("![", StringComparison.Ordinal) && text.Contains("](http", StringComparison.Ordinal)))
            return "200570; ErrMsg: card contains invalid image keys";
        var tables = elements.Count(static element => Tag(element) == "table") + texts.Sum(Tables);
        return tables > MostTables ? "11310; ErrMsg: card table number over limit" : null;
    }

    /// <summary>Buttons of a card of JSON 2.0, in their order.</summary>
    public static IReadOnlyList<FakeButton> Buttons(string content) => Parse(content) is { } card && IsSecond(card)
        ? [.. ElementsIn((JsonArray)card["body"]!["elements"]!).Where(static element => Tag(element) == "button").Select(FakeButton.Of)]
        : [];

    /// <summary>Text of a card: of its first element, unless that is a button.</summary>
    public static string Text(string content)
    {
        var card = Parse(content)!;
        var first = (JsonObject)(card["body"]?["elements"] ?? card["elements"])![0]!;
        return Tag(first) == "button" ? "" : (string?)first["content"] ?? (string)first["text"]!["content"]!;
    }

    /// <summary>Why the platform does not put one card in the place of another; null: it does.</summary>
    public static string? FaultAfter(string before, string content)
    {
        if (Parse(before) is { } was && Parse(content) is { } card && IsSecond(was) && !IsSecond(card))
            return "200830; ErrMsg: schemaV2 card can not change schemaV1";
        // Without it a card is not shared, and stays as it is.
        if ((bool?)Parse(content)?["config"]?["update_multi"] != true) return "200621; ErrMsg: parse card json err";
        return Fault(content);
    }

    /// <summary>True: headings, quotes, tables or inline code of it stand there as they were written, which happens in cards of 1.0.</summary>
    public static bool ShowsMarkup(string content) => Parse(content) is { } card && !IsSecond(card) && card["elements"] is JsonArray top
        && ElementsIn(top).Any(static element => Tag(element) == "markdown" && IsBeyondFirst(TextOf(element)));

    private static bool IsBeyondFirst(string text) =>
        Tables(text) > 0 || text.Contains('`', StringComparison.Ordinal)
        || text.Split('\n').Any(static line => line.StartsWith('#') || line.StartsWith('>'));

    private static int Tables(string text) => text.Split('\n')
        .Count(static line => line.StartsWith("|-", StringComparison.Ordinal) || line.StartsWith("| -", StringComparison.Ordinal));

    private static string TextOf(JsonObject element) => (string?)element["content"] ?? "";

    private static bool IsSecond(JsonObject card) => (string?)card["schema"] == "2.0";

    private static string Tag(JsonObject element) => (string?)element["tag"] ?? "";

    /// <summary>Those in columns, forms and panels too.</summary>
    private static IEnumerable<JsonObject> ElementsIn(JsonArray elements)
    {
        foreach (var element in elements.OfType<JsonObject>())
        {
            yield return element;
            var columns = element["columns"] is JsonArray list && Tag(element) == "column_set" ? list.OfType<JsonObject>() : [];
            foreach (var holder in columns.Append(element))
            {
                if (holder["elements"] is not JsonArray inner) continue;
                foreach (var deeper in ElementsIn(inner)) yield return deeper;
            }
        }
    }

    private static JsonObject? Parse(string content)
    {
        try
        {
            return JsonNode.Parse(content) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
