using System.Net;
using System.Text;

namespace PluginGateway.PeerTests.Servers.Telegram;

/// <summary>The text that is left of one with markup, or why it cannot be parsed.</summary>
internal sealed record ParsedText(string Text, string? Problem)
{
    private const string Escapable = "_*[]()~`>#+-=|{}.!";
    private static readonly string[] Tags = [
        "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler", "span"];

    public static ParsedText Of(string text, string? parseMode) => parseMode?.ToUpperInvariant() switch
    {
        null or "" or "NONE" => new(text, null),
        "HTML" => OfHtml(text),
        "MARKDOWNV2" => OfMarkdown(text),
        _ => new(text, text.Count(static c => c is '_') % 2 != 0 ? "Can't find end of the entity starting at byte offset 0" : null),
    };

    private static ParsedText OfHtml(string text)
    {
        var plain = new StringBuilder();
        var open = new Stack<string>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '<')
            {
                plain.Append(text[i]);
                continue;
            }

            var end = text.IndexOf('>', i);
            if (end < 0) return new("", "Unclosed start tag");
            var tag = text[(i + 1)..end];
            i = end;
            var name = tag.TrimStart('/').Split(' ')[0].ToLowerInvariant();
            if (!Tags.Contains(name)) return new("", $"Unsupported start tag \"{name}\" at byte offset {i}");
            if (tag[0] != '/')
            {
                if (name == "blockquote" && open.Contains(name)) return new("", "blockquote entity can't be nested");
                open.Push(name);
            }
            else if (open.Count == 0 || open.Pop() != name)
            {
                return new("", $"Unmatched end tag at byte offset {i}");
            }
        }

        return open.Count > 0
            ? new("", $"Can't find end tag corresponding to start tag \"{open.Peek()}\"")
            : new(WebUtility.HtmlDecode(plain.ToString()), null);
    }

    /// <summary>Enough of it to refuse what was not escaped.</summary>
    private static ParsedText OfMarkdown(string text)
    {
        var plain = new StringBuilder();
        var open = new Stack<char>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length) plain.Append(text[++i]);
            else if (text[i] is '*' or '_' or '~' or '`') { if (open.Count > 0 && open.Peek() == text[i]) open.Pop(); else open.Push(text[i]); }
            else if (Escapable.Contains(text[i], StringComparison.Ordinal) && open.All(static c => c != '`'))
                return new("", $"Character '{text[i]}' is reserved and must be escaped with the preceding '\\'");
            else plain.Append(text[i]);
        }

        return open.Count > 0 ? new("", "Can't find end of entity") : new(plain.ToString(), null);
    }
}
