using System.Text;

namespace PluginGateway.Dispatch;

/// <summary>One piece of a text.</summary>
/// <param name="Text">What to send.</param>
/// <param name="End">Where in the whole text the next piece starts.</param>
/// <param name="Added">How many characters at the start of <paramref name="Text"/> are not in the whole text: a code fence that was opened again.</param>
internal readonly record struct TextPiece(string Text, int End, int Added);

/// <summary>Cuts long text where the platform's limit asks for it: at a line, else at a space, else between characters; a code block that is cut is closed and opened again.
/// The same text and limit always give the same pieces, so a piece that was delivered is never repeated.</summary>
internal sealed class TextSplitter(int maxLength, TextUnit unit, TextFormat format)
{
    private const string Fence = "```";
    private const string Closing = "\n" + Fence;
    private const int LongestOpening = 40;

    /// <summary>The piece that starts at <paramref name="start"/>.</summary>
    public TextPiece Next(string text, int start)
    {
        var rest = text.AsSpan(start);
        var opening = OpenFence(text.AsSpan(0, start));
        if (maxLength <= 0 || Measure(opening) + Measure(rest) <= maxLength) return new(opening + rest.ToString(), text.Length, opening.Length);
        var room = maxLength - Measure(opening) - (MayCutFences ? Measure(Closing) : 0);
        if (room < maxLength / 2) (opening, room) = ("", maxLength);
        var fit = Fit(rest, room);
        var next = start + Boundary(rest, fit);
        var isInCode = OpenFence(text.AsSpan(0, next)).Length > 0;
        var cut = text.AsSpan(start, next - start);
        var piece = isInCode ? cut.TrimEnd('\n') : cut.TrimEnd();
        if (piece.IsEmpty) piece = cut[..Math.Min(fit, cut.Length)];
        var sent = $"{opening}{piece}{(isInCode ? Closing : "")}";
        if (Measure(sent) > maxLength) (opening, sent) = ("", piece.ToString());
        return new(sent, text.AsSpan(next).IsWhiteSpace() ? text.Length : next, opening.Length);
    }

    private bool MayCutFences => format == TextFormat.Markdown && maxLength >= 4 * LongestOpening;

    /// <summary>The most characters that fit: whole code points, at least one.</summary>
    private int Fit(ReadOnlySpan<char> text, int room)
    {
        var (used, length) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            used += unit switch
            {
                TextUnit.Utf8Bytes => rune.Utf8SequenceLength,
                TextUnit.CodePoints => 1,
                _ => rune.Utf16SequenceLength,
            };
            if (used > room && length > 0) break;
            length += rune.Utf16SequenceLength;
        }

        return length;
    }

    private static int Boundary(ReadOnlySpan<char> text, int fit)
    {
        var window = text[..fit];
        // The white space at which it is cut is sent with neither piece.
        if (fit < text.Length && text[fit] is '\n' or ' ') return fit + 1;
        var line = window.LastIndexOf('\n');
        if (line >= fit / 2) return line + 1;
        var space = window.LastIndexOf(' ');
        return space >= fit / 2 ? space + 1 : fit;
    }

    /// <summary>The line that opens the code block in which the text ends, with its line feed; empty when it ends outside of one.</summary>
    private string OpenFence(ReadOnlySpan<char> before)
    {
        if (!MayCutFences || before.IsEmpty) return "";
        var open = "";
        foreach (var line in before.EnumerateLines())
        {
            var content = line.TrimStart(' ');
            if (!content.StartsWith(Fence, StringComparison.Ordinal)) continue;
            if (open.Length > 0) open = "";
            else open = content.Length <= LongestOpening ? $"{content}\n" : Fence + "\n";
        }

        return open;
    }

    private int Measure(ReadOnlySpan<char> text)
    {
        if (unit == TextUnit.Utf16) return text.Length;
        if (unit == TextUnit.Utf8Bytes) return Encoding.UTF8.GetByteCount(text);
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }
}
