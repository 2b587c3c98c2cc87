using System.Buffers;
using System.Text.RegularExpressions;

namespace PluginGateway.Plugins.Irc;

/// <summary>Styles of text that IRC clients show.</summary>
[Flags]
internal enum TextStyles : byte
{
    None = 0,
    Bold = 1,
    Italic = 2,
    Strikethrough = 4,
    Monospace = 8,
}

/// <summary>Formatting codes of IRC clients: mIRC's colours, by name (U+0003) or by RGB (U+0004), and the toggles
/// (modern.ircdocs.horse/formatting).</summary>
internal static partial class FormattingCodes
{
    private static readonly (TextStyles Style, char Code)[] Toggles =
    [
        (TextStyles.Bold, '\u0002'), (TextStyles.Italic, '\u001d'), (TextStyles.Strikethrough, '\u001e'), (TextStyles.Monospace, '\u0011'),
    ];

    /// <summary>Control characters that no text is sent with: all but the tab and line ends.</summary>
    private static readonly SearchValues<char> Forbidden =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static code => (char)code).Except(['\t', '\r', '\n']), '\u007f']);

    /// <summary>Largest number of codes that change one style into another.</summary>
    public static int Most => Toggles.Length;

    /// <summary>Returns a received text without codes.</summary>
    public static string RemoveFrom(string text) => Received().Replace(text, "");

    /// <summary>Returns true if a text to send holds control characters.</summary>
    public static bool AreIn(string text) => text.AsSpan().ContainsAny(Forbidden);

    /// <summary>Returns the places of control characters in a text to send, with the numbers of colours behind them.</summary>
    public static IEnumerable<(int Start, int Length)> PlacesIn(string text) => Sent().Matches(text).Select(static one => (one.Index, one.Length));

    /// <summary>Returns the codes that change one style into another.</summary>
    public static string Between(TextStyles from, TextStyles to) =>
        from == to ? "" : string.Concat(Toggles.Where(toggle => ((from ^ to) & toggle.Style) != 0).Select(static toggle => toggle.Code));

    /// <summary>Returns the style that a code toggles; none for any other character.</summary>
    public static TextStyles StyleOf(char code) => code >= ' ' ? TextStyles.None : Array.Find(Toggles, toggle => toggle.Code == code).Style;

    [GeneratedRegex(@"\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]")]
    private static partial Regex Received();

    [GeneratedRegex(@"\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")]
    private static partial Regex Sent();
}
