using System.Globalization;
using System.Text;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Buttons as a numbered list in the text, for an adapter that cannot show so many. A message that is only the number of a choice is a
/// press.</summary>
internal static class NumberedChoices
{
    /// <summary>Returns the payload in the form that an adapter with so many buttons shows.</summary>
    public static OutboundPayload For(OutboundPayload payload, int maxButtons)
    {
        if (payload.Buttons is not { Length: > 0 } buttons || buttons.Length <= maxButtons) return payload;
        var isMarkdown = payload.TextFormat == TextFormat.Markdown;
        var text = new StringBuilder(payload.FullText);
        foreach (var (index, button) in buttons.Index())
        {
            text.Append(index == 0 && text.Length > 0 ? "\n\n" : index == 0 ? "" : "\n");
            text.Append(CultureInfo.InvariantCulture, $"{index + 1}. ").Append(isMarkdown ? Escape(button.Label) : button.Label);
        }

        return payload with { Text = text.ToString(), Buttons = null };
    }

    /// <summary>Returns a text that Markdown shows as it is: ASCII punctuation may be escaped by a backslash (CommonMark 0.31, 2.4).</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsAscii(c) && char.IsPunctuation(c) || c is '`' or '~' or '<' or '>' or '|' or '^' or '+' or '=' or '$') escaped.Append('\\');
            escaped.Append(c);
        }

        return escaped.ToString();
    }
}
