using System.Globalization;

namespace PluginGateway.Plugins.Echo;

/// <summary>Facts of a message beside its text, a line each, so that a person sees what a handler is given.</summary>
internal static class Facts
{
    private const int MostQuoted = 200;

    public static IEnumerable<string> Of(InboundMessage message)
    {
        if (message.Quote is { } quote) yield return $"(answers {NameOf(quote.Sender) ?? quote.MessageId ?? "a message"}{Quoted(quote.Text)})";
        if (message.ForwardedFrom is { } origin)
            yield return $"(forwarded from {origin.Name ?? origin.SenderId ?? origin.ChatId ?? "somebody"})";
        if (message.GroupId is { } album) yield return $"(part of album {album})";
        if (message.Command is { } command) yield return $"(command {command.Name}{(command.Arguments.Length > 0 ? $": {command.Arguments}" : "")})";
        // The one by which somebody speaks to the bot is no news.
        if (message.Mentions.Count > (message.MentionsBot ? 1 : 0))
            yield return $"(mentions {string.Join(", ", message.Mentions.Select(static mention => mention.Name))})";
        if (message.Location is { } place)
            yield return string.Create(
                CultureInfo.InvariantCulture, $"(at {place.Latitude}, {place.Longitude}{(place.Name is { } name ? $": {name}" : "")})");
    }

    private static string? NameOf(Sender? sender) => sender is null ? null : sender.IsSelf ? "me" : sender.Name ?? sender.Id;

    private static string Quoted(string? text) => text is null ? "" : $": {(text.Length <= MostQuoted ? text : text[..MostQuoted] + "...")}";
}
