using System.Globalization;
using System.Text.Json;

namespace PluginGateway.Plugins.Telegram;

/// <summary>The text of messages that have none of their own: a place, a contact, a poll, a die.</summary>
internal static class OtherContent
{
    public static string? Describe(JsonElement message)
    {
        if (message.Object("venue") is { } venue) return Joined(" ", venue.Text("title"), venue.Text("address"), Place(venue.Object("location")));
        if (message.Object("location") is { } location) return Place(location);
        if (message.Object("contact") is { } contact) return Joined(" ", contact.Text("first_name"), contact.Text("last_name"), contact.Text("phone_number"));
        if (message.Object("poll") is { } poll) return Joined("\n", [poll.Text("question"), .. poll.List("options").Select(static option => option.Text("text") is { } text ? $"- {text}" : null)]);
        if (message.Object("dice") is { } dice) return Joined(" ", dice.Text("emoji"), dice.Number("value")?.ToString(CultureInfo.InvariantCulture));
        return null;
    }

    private static string? Place(JsonElement? location) => location?.Decimal("latitude") is { } latitude && location?.Decimal("longitude") is { } longitude
        ? string.Create(CultureInfo.InvariantCulture, $"geo:{latitude},{longitude}")
        : null;

    private static string Joined(string separator, params IEnumerable<string?> parts) => string.Join(separator, parts.Where(static part => !string.IsNullOrEmpty(part)));
}
