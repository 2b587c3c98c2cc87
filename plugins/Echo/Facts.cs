using System.Globalization;

namespace PluginGateway.Plugins.Echo;

/// <summary>Facts of a message beside its text, a line each, so that a person sees what a handler is given.</summary>
internal static class Facts
{
    private const int MostQuoted = 200;

    /// <summary>Returns an event that is no message, in one line.</summary>
    public static string Of(InboundEvent happened) => happened switch
    {
        MessageEdited edited => $"(edited {edited.MessageId ?? "a message"}) {edited.Text}",
        MessageDeleted deleted => $"(deleted {string.Join(", ", deleted.MessageIds)})",
        ReactionChanged reaction => $"({NameOf(reaction.Sender) ?? "somebody"} reacted to {reaction.MessageId}: "
            + $"{string.Join(' ', [.. reaction.Added.Select(static emoji => $"+{emoji}"), .. reaction.Removed.Select(static emoji => $"-{emoji}")])})",
        MembersChanged { Members.Count: > 0 } members =>
            $"({members.Change.ToString().ToLowerInvariant()}: {string.Join(", ", members.Members.Select(static member => member.Name ?? member.Id))})",
        MembersChanged members => $"({members.Change})",
        _ => $"({happened.GetType().Name})",
    };

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
