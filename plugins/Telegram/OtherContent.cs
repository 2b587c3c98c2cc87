using System.Globalization;
using System.Text.Json;

namespace PluginGateway.Plugins.Telegram;

/// <summary>The text of messages that have none of their own: a place, a contact, a poll, a die.</summary>
internal static class OtherContent
{
    private const int MostDepth = 32;

    /// <summary>Fields of blocks that hold a RichText.</summary>
    private static readonly string[] RichTexts = ["text", "summary", "caption", "credit", "expression"];

    public static string? Describe(JsonElement message)
    {
        if (message.Object("venue") is { } venue) return Joined(" ", venue.Text("title"), venue.Text("address"), Place(venue.Object("location")));
        if (message.Object("location") is { } location) return Place(location);
        if (message.Object("contact") is { } contact)
            return Joined(" ", contact.Text("first_name"), contact.Text("last_name"), contact.Text("phone_number"));
        if (message.Object("poll") is { } poll)
            return Joined(
                "\n", [poll.Text("question"), .. poll.List("options").Select(static option => option.Text("text") is { } text ? $"- {text}" : null)]);
        if (message.Object("dice") is { } dice) return Joined(" ", dice.Text("emoji"), dice.Number("value")?.ToString(CultureInfo.InvariantCulture));
        if (message.Object("checklist") is { } list) return Joined("\n",
            [$"[checklist] {list.Text("title")}", .. list.List("tasks").Select(static task => task.Text("text") is { } text ? $"- {text}" : null)]);
        if (message.Object("rich_message") is { } rich) return Joined("\n", ["[rich_message]", .. TextsIn(rich, 0)]);
        if (message.Object("web_app_data") is { } data) return Joined(" ", "[web_app_data]", data.Text("button_text"), data.Text("data"));
        if (message.Object("game") is { } game) return Joined(" ", "[game]", game.Text("title"), game.Text("description"));
        if (message.Object("invoice") is { } invoice)
            return Joined(" ", "[invoice]", invoice.Text("title"), invoice.Number("total_amount")?.ToString(CultureInfo.InvariantCulture),
                invoice.Text("currency"));
        if (message.Object("giveaway") is { } giveaway) return Joined(" ", "[giveaway]", giveaway.Text("prize_description"));
        if (message.Object("users_shared") is { } users) return Joined(
            " ", ["[users_shared]", .. users.List("users").Select(static user => user.Number("user_id")?.ToString(CultureInfo.InvariantCulture))]);
        if (message.Object("chat_shared") is { } chat)
            return Joined(" ", "[chat_shared]", chat.Number("chat_id")?.ToString(CultureInfo.InvariantCulture), chat.Text("title"));
        if (message.Object("paid_media") is { } paid)
            return Joined(" ", "[paid_media]", paid.Number("star_count")?.ToString(CultureInfo.InvariantCulture));
        return message.Object("story") is null ? null : "[story]";
    }

    /// <summary>Every text in the blocks of a rich message, in its order.</summary>
    private static IEnumerable<string?> TextsIn(JsonElement element, int depth)
    {
        if (depth > MostDepth) yield break;
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var text in element.EnumerateArray().SelectMany(item => TextsIn(item, depth + 1))) yield return text;
        }

        if (element.ValueKind != JsonValueKind.Object) yield break;
        foreach (var field in element.EnumerateObject())
        {
            // The caption of a picture is an object with a text and its source, that of a table a text.
            if (RichTexts.Contains(field.Name) && (field.Name != "caption" || field.Value.ValueKind != JsonValueKind.Object))
                yield return Inline(field.Value, depth + 1);
            else
            {
                foreach (var text in TextsIn(field.Value, depth + 1)) yield return text;
            }
        }
    }

    /// <summary>The text of a RichText: a string, an array of RichText, or an object with a format and a RichText in it.</summary>
    private static string Inline(JsonElement rich, int depth)
    {
        if (depth > MostDepth) return "";
        if (rich.ValueKind == JsonValueKind.Array) return string.Concat(rich.EnumerateArray().Select(part => Inline(part, depth + 1)));
        if (rich.ValueKind != JsonValueKind.Object) return rich.AsText() ?? "";
        return rich.TryGetProperty("text", out var inner) ? Inline(inner, depth + 1) : rich.Text("alternative_text") ?? rich.Text("expression") ?? "";
    }

    private static string? Place(JsonElement? location) =>
        location?.Decimal("latitude") is { } latitude && location?.Decimal("longitude") is { } longitude
        ? string.Create(CultureInfo.InvariantCulture, $"geo:{latitude},{longitude}")
        : null;

    private static string Joined(string separator, params IEnumerable<string?> parts) =>
        string.Join(separator, parts.Where(static part => !string.IsNullOrEmpty(part)));
}
