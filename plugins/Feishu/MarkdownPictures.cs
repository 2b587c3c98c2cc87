using System.Text;
using System.Text.RegularExpressions;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Pictures in Markdown: a card or post with one that is no picture of the platform (<c>img_...</c>) is refused as a whole (230099, sub-code
/// 200570).</summary>
internal static partial class MarkdownPictures
{
    /// <summary>Replaces pictures by links to them; code, and pictures of the platform, stay as they are.</summary>
    public static string AsLinks(string markdown)
    {
        if (!markdown.Contains("![", StringComparison.Ordinal)) return markdown;
        var text = new StringBuilder(markdown.Length);
        var isCode = false;
        foreach (var line in LinesOf(markdown))
        {
            var isFence = line.TrimStart(' ').StartsWith("```", StringComparison.Ordinal);
            isCode ^= isFence;
            text.Append(isCode || isFence ? line : Picture().Replace(line, static match => match.Groups["alt"].Success ? Link(match) : match.Value));
        }

        return text.ToString();
    }

    private static IEnumerable<string> LinesOf(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) is >= 0 and var found ? found + 1 : text.Length;
            yield return text[start..end];
            start = end;
        }
    }

    private static string Link(Match match)
    {
        var address = match.Groups["address"].Value;
        if (address.StartsWith("img_", StringComparison.Ordinal)) return match.Value;
        var alt = match.Groups["alt"].Value;
        return $"[{(string.IsNullOrWhiteSpace(alt) ? address : alt)}]({address})";
    }

    /// <summary>Pattern with inline code first, so that a picture's syntax in code is skipped.</summary>
    [GeneratedRegex(
        """(?<code>`+)(?:(?!\k<code>).)+\k<code>|!\[(?<alt>[^\]\n]*)\]\(\s*<?(?<address>[^()<>\s]*(?:\([^()\s]*\)[^()<>\s]*)*)>?(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)""",
        RegexOptions.None, 1000)]
    private static partial Regex Picture();
}
