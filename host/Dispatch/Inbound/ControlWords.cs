using System.Text.RegularExpressions;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Recognises control words among received messages. Pure.</summary>
internal static partial class ControlWords
{
    /// <summary>A text longer than this is no control word with the name of the bot before it.</summary>
    private const int LongestText = 256;

    /// <summary>Returns the control word that an event is; null: none. A word is the whole message, behind mentions of the bot; what follows
    /// <see cref="ControlWord.Stop"/> does not count.</summary>
    public static ControlWord? Of(InboundEvent e, ControlWordOptions options)
    {
        if (e is not InboundMessage { ForwardedFrom: null, Button: null, Attachments.Count: 0, Location: null } message) return null;
        var (name, behind) = message.Command is { } command ? (command.Name, command.Arguments) : Parse(message);
        if (name.Length == 0 || options.Find(name) is not { } word) return null;
        return word == ControlWord.Stop || string.IsNullOrWhiteSpace(behind) ? word : null;
    }

    /// <summary>Returns the name of a command that a person has written as text, and what follows it; an empty name: there is none.</summary>
    private static (string Name, string Behind) Parse(InboundMessage message)
    {
        var text = message.Text;
        if (text.Length is 0 or > LongestText) return ("", "");
        var match = Word().Match(text, BehindMentions(message));
        return match.Success ? (match.Groups["name"].Value, match.Groups["behind"].Value) : ("", "");
    }

    /// <summary>Returns the place behind the mentions of the bot with which a message begins.</summary>
    private static int BehindMentions(InboundMessage message)
    {
        if (!message.MentionsBot) return 0;
        var (text, place) = (message.Text, 0);
        foreach (var mention in message.Mentions.OrderBy(static mention => mention.Offset))
        {
            if (mention.Offset < place || mention.Offset + mention.Length > text.Length || !text.AsSpan(place, mention.Offset - place).IsWhiteSpace()) break;
            place = mention.Offset + mention.Length;
        }

        // Platforms without mentions of their own: the name, as people write it.
        return place > 0 ? Address().Match(text, place) is { Success: true, Length: var separator } ? place + separator : place
            : Name().Match(text) is { Success: true, Length: var name } ? name : 0;
    }

    [GeneratedRegex(@"\G\s*[/!](?<name>[\p{L}\p{Nd}_-]{1,32})(?:\s+(?<behind>[\s\S]*))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    /// <summary>The sign between a mention and the text.</summary>
    [GeneratedRegex(@"\G\s*[:,]?\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    /// <summary>The name of the bot before the text, which begins no word itself.</summary>
    [GeneratedRegex(@"^\s*(?:@\S{1,64}|[^\s/!]\S{0,63}[:,])\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
