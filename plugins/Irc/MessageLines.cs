using System.Globalization;
using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>Place of a line in a text.</summary>
/// <param name="Start">The position of its first character.</param>
/// <param name="Cut">The position behind its last character.</param>
/// <param name="End">The position at which the search for the next line begins: the same, or the end of the text.</param>
internal readonly record struct LineSpan(int Start, int Cut, int End);

/// <summary>Cuts a text into lines that IRC can carry: at its own line ends, else after a space, else between characters, and never inside one. The
/// lines joined give the text again, but for line ends.</summary>
internal static class MessageLines
{
    public static IReadOnlyList<LineSpan> Cut(string text, int byteBudget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(byteBudget, 4);
        var lines = new List<LineSpan>();
        for (var position = 0; position < text.Length;)
        {
            var end = text.AsSpan(position).IndexOfAny('\r', '\n') is >= 0 and var length ? position + length : text.Length;
            if (end == position)
            {
                position++;
            }
            else
            {
                var cut = position + Fit(text.AsSpan(position, end - position), byteBudget);
                lines.Add(new LineSpan(position, cut, cut));
                position = cut;
            }
        }

        // Line ends after the last line belong to it: they are not sent.
        if (lines.Count > 0) lines[^1] = lines[^1] with { End = text.Length };
        return lines;
    }

    /// <summary>Characters of the first line: whole graphemes where one fits, else whole code points.</summary>
    private static int Fit(ReadOnlySpan<char> line, int budget)
    {
        if (Encoding.UTF8.GetByteCount(line) <= budget) return line.Length;
        var (used, length, space) = (0, 0, 0);
        while (length < line.Length)
        {
            var grapheme = StringInfo.GetNextTextElementLength(line[length..]);
            used += Encoding.UTF8.GetByteCount(line.Slice(length, grapheme));
            if (used > budget) break;
            length += grapheme;
            if (line[length - 1] == ' ') space = length;
        }

        if (length == 0) return FitCodePoints(line, budget);
        return space > length / 2 ? space : length;
    }

    private static int FitCodePoints(ReadOnlySpan<char> line, int budget)
    {
        var (used, length) = (0, 0);
        foreach (var rune in line.EnumerateRunes())
        {
            used += rune.Utf8SequenceLength;
            if (used > budget) break;
            length += rune.Utf16SequenceLength;
        }

        return length;
    }
}
