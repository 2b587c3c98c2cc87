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
        ReactionChanged reaction => $"({NameOf(reaction.Sender) ?? "somebody"} reacted to {reaction.MessageId}: {string.Join(' ', [
            .. reaction.Added.Select(static one => $"+{NameOf(one)}"), .. reaction.Removed.Select(static one => $"-{NameOf(one)}")])})",
        ButtonPressed press => $"({NameOf(press.Sender)} pressed {press.Button?.Label}{string.Concat(
            press.Values.Select(static (field, place) => $"{(place == 0 ? ": " : ", ")}{field.Key} = {field.Value}"))})",
        MembersChanged { Members.Count: > 0 } members =>
            $"({members.Change.ToString().ToLowerInvariant()}: {string.Join(", ", members.Members.Select(static member => member.Name ?? member.Id))})",
        MembersChanged members => $"({members.Change})",
        _ => $"({happened.GetType().Name})",
    };

    /// <summary>Returns a text with the facts of its message behind it, in the format of the message: in Markdown each is a paragraph.</summary>
    public static string Behind(string text, InboundMessage message)
    {
        var lines = Of(message).Select(fact => InFormat(fact, message.Format)).Prepend(text).Where(static line => line.Length > 0);
        return string.Join(message.Format == TextFormat.Markdown ? "\n\n" : "\n", lines);
    }

    /// <summary>Returns a plain text in a format: Markdown shows escaped ASCII punctuation as it is (CommonMark 0.31, 2.4).</summary>
    public static string InFormat(string plain, TextFormat format) => format == TextFormat.Plain ? plain : string.Concat(
        plain.Select(static c => char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c)) ? $"\\{c}" : $"{c}"));

    private static IEnumerable<string> Of(InboundMessage message)
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

    private static string NameOf(ReactionEmoji one) => one.CustomId is { } id && id != one.Emoji ? $"{one.Emoji} ({id})" : one.Emoji;

    private static string? NameOf(Sender? sender) => sender is null ? null : sender.IsSelf ? "me" : sender.Name ?? sender.Id;

    private static string Quoted(string? text) => text is null ? "" : $": {(text.Length <= MostQuoted ? text : text[..MostQuoted] + "...")}";
}
