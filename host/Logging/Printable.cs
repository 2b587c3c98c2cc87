using System.Buffers;
using System.Globalization;
using System.Text;

namespace PluginGateway.Logging;

/// <summary>Text from outside, made safe to show: it cannot end the line, forge another, control the terminal, or reorder the text around it. Control
/// characters (Cc), format characters such as bidirectional overrides and zero-width ones (Cf), line and paragraph separators (Zl, Zp) and lone
/// surrogates are spelled out.</summary>
internal static class Printable
{
    private const int Longest = 16_000;

    public static string Text(string text) =>
        text.Length <= Longest && IsPlain(text) ? text : Append(new StringBuilder(text.Length + 16), text).ToString();

    /// <summary>Appends at most 16,000 characters of it.</summary>
    public static StringBuilder Append(StringBuilder line, string text)
    {
        var rest = text.AsSpan(0, Math.Min(text.Length, Longest));
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var used) == OperationStatus.Done && !IsHidden(rune))
            {
                line.Append(rest[..used]);
            }
            else
            {
                foreach (var unit in rest[..used]) Spell(line, unit);
            }

            rest = rest[used..];
        }

        return text.Length <= Longest ? line : line.Append(CultureInfo.InvariantCulture, $"... ({text.Length - Longest} characters more)");
    }

    private static bool IsPlain(string text)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var used) != OperationStatus.Done || IsHidden(rune)) return false;
            rest = rest[used..];
        }

        return true;
    }

    private static bool IsHidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator;

    private static void Spell(StringBuilder line, char unit)
    {
        if (unit == '\n') line.Append("\\n");
        else if (unit == '\r') line.Append("\\r");
        else if (unit == '\t') line.Append(' ');
        else line.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
    }
}
