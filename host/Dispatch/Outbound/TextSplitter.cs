using System.Text;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>One piece of a text.</summary>
/// <param name="Text">The text to send.</param>
/// <param name="End">Position in the whole text at which the next piece starts.</param>
/// <param name="Added">Number of characters at the start of <paramref name="Text"/> that are not in the whole text: a code fence that was opened
/// again.</param>
/// <param name="Length">Number of characters of the whole text behind those.</param>
internal readonly record struct TextPiece(string Text, int End, int Added, int Length);

/// <summary>Cuts long text at the platform's limit: at a line, else at a space, else between characters; a code block that is cut is closed and
/// opened again; parts may be numbered. The same text and limit always give the same parts, so a delivered part is never repeated.</summary>
internal sealed class TextSplitter
{
    private const string Fence = "```";
    private const string Closing = "\n" + Fence;
    private const int LongestOpening = 40;

    /// <summary>Least limit at which parts are numbered: below it, numbers would take too much of each part.</summary>
    private const int LeastLengthForNumbers = 100;

    private readonly string _text;
    private readonly int _maxLength;
    private readonly TextUnit _unit;
    private readonly bool _mayCutFences;
    private readonly int _contentEnd;
    private readonly List<Part> _parts;

    /// <param name="text">The whole text.</param>
    /// <param name="maxLength">The longest piece; zero or less: no limit.</param>
    /// <param name="unit">The unit of the limit.</param>
    /// <param name="format">The format, which decides whether there are code blocks.</param>
    /// <param name="numbers">True when parts are numbered.</param>
    public TextSplitter(string text, int maxLength, TextUnit unit, TextFormat format, bool numbers = false)
    {
        (_text, _maxLength, _unit) = (text, maxLength > 0 ? maxLength : int.MaxValue, unit);
        _contentEnd = text.AsSpan().TrimEnd().Length;
        _mayCutFences = format == TextFormat.Markdown && _maxLength >= 4 * LongestOpening;
        _parts = Cut(_maxLength);
        IsNumbered = numbers && _parts.Count > 1 && _maxLength >= LeastLengthForNumbers;
        for (var (digits, most) = (1, 10); IsNumbered; (digits, most) = (digits + 1, most * 10))
        {
            _parts = Cut(_maxLength - "\n(/)".Length - (2 * digits));
            if (_parts.Count < most) break;
        }
    }

    private bool IsNumbered { get; }

    /// <summary>Returns true when a text goes out in one piece.</summary>
    public static bool Fits(string text, int maxLength, TextUnit unit) =>
        maxLength <= 0 || text.Length <= maxLength / 4 || Measure(text, unit) <= maxLength;

    /// <summary>Returns the piece that starts at <paramref name="start"/>. The rest of a part that arrived partially has that part's number
    /// again.</summary>
    public TextPiece Next(int start)
    {
        var index = IndexOf(start);
        var part = _parts[index];
        var length = Math.Max(0, part.Stop - start);
        var opening = start == part.Start ? part.Opening : new FenceReader(_text).OpenAt(start, _mayCutFences);
        var body = _text.AsSpan(start, length);
        var closing = part.ClosesCode ? Closing : "";
        var number = !IsNumbered
            ? ""
            : $"{(part.ClosesCode || body.EndsWith(Fence, StringComparison.Ordinal) ? '\n' : ' ')}({index + 1}/{_parts.Count})";
        var sent = $"{opening}{body}{closing}{number}";
        if (Measure(sent) > _maxLength) (opening, sent) = ("", $"{body}{number}");
        return new(sent, part.End, opening.Length, length);
    }

    /// <summary>Returns the index of the first part that ends behind a position; of the last, if none does.</summary>
    private int IndexOf(int start)
    {
        var (low, high) = (0, _parts.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (start < _parts[middle].End) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    private List<Part> Cut(int limit)
    {
        var parts = new List<Part>();
        var fences = new FenceReader(_text);
        var start = 0;
        do
        {
            var part = CutOne(start, limit, ref fences);
            parts.Add(part);
            start = part.End;
        }
        while (start < _text.Length);
        return parts;
    }

    private Part CutOne(int start, int limit, ref FenceReader fences)
    {
        var rest = _text.AsSpan(start);
        var opening = fences.OpenAt(start, _mayCutFences);
        if (FitsWhole(rest, limit - Measure(opening))) return new(start, _text.Length, _text.Length, opening, false);
        var room = limit - Measure(opening) - (_mayCutFences ? Measure(Closing) : 0);
        if (room < limit / 2) (opening, room) = ("", limit);
        var fit = Fit(rest, room);
        var next = start + Boundary(rest, fit);
        var isInCode = fences.OpenAt(next, _mayCutFences).Length > 0;
        var cut = _text.AsSpan(start, next - start);
        var length = Math.Min(fit, (isInCode ? cut.TrimEnd('\n') : cut.TrimEnd()).Length);
        if (length == 0) length = Math.Min(fit, cut.Length);
        if (isInCode && Measure(opening) + Measure(cut[..length]) + Measure(Closing) > limit) (opening, isInCode) = ("", false);
        return new(start, start + length, next >= _contentEnd ? _text.Length : next, opening, isInCode);
    }

    private bool FitsWhole(ReadOnlySpan<char> text, int room) => text.Length == 0 || (Fit(text, room) == text.Length && Measure(text) <= room);

    /// <summary>Returns the largest number of characters that fit: whole code points, at least one.</summary>
    private int Fit(ReadOnlySpan<char> text, int room)
    {
        var (used, length) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            used += _unit switch
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
        // The white space at the cut is sent with neither piece.
        if (fit < text.Length && text[fit] is '\n' or ' ') return fit + 1;
        var line = window.LastIndexOf('\n');
        if (line >= fit / 2) return line + 1;
        var space = window.LastIndexOf(' ');
        return space >= fit / 2 ? space + 1 : fit;
    }

    private int Measure(ReadOnlySpan<char> text) => Measure(text, _unit);

    /// <summary>Returns the length of a text in a unit.</summary>
    public static int Measure(ReadOnlySpan<char> text, TextUnit unit)
    {
        if (unit == TextUnit.Utf16) return text.Length;
        if (unit == TextUnit.Utf8Bytes) return Encoding.UTF8.GetByteCount(text);
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }

    /// <summary>One part; its text stops before the white space at which it was cut.</summary>
    private readonly record struct Part(int Start, int Stop, int End, string Opening, bool ClosesCode);

    /// <summary>Follows the code blocks of a text from its start.</summary>
    private struct FenceReader(string text)
    {
        /// <summary>Longest part of a line that is examined: a fence stands at the start of its line.</summary>
        private const int LongestLine = 1024;

        private string _open = "";
        private int _line;
        private int _seen;

        /// <summary>Returns the line that opens the code block in which the text up to a position ends, with its line feed; empty when it ends
        /// outside of one. Positions only grow.</summary>
        public string OpenAt(int position, bool mayCutFences)
        {
            if (!mayCutFences) return "";
            _seen = Math.Max(_seen, _line);
            while (_seen < position && text.AsSpan(_seen, position - _seen).IndexOf('\n') is >= 0 and var length)
            {
                _open = After(_open, text.AsSpan(_line, _seen + length - _line));
                _line = _seen += length + 1;
            }

            _seen = Math.Max(_seen, position);

            return _line < position ? After(_open, text.AsSpan(_line, position - _line)) : _open;
        }

        private static string After(string open, ReadOnlySpan<char> line)
        {
            var content = line[..Math.Min(line.Length, LongestLine)].Trim(" \r");
            if (!content.StartsWith(Fence, StringComparison.Ordinal)) return open;
            if (open.Length > 0) return "";
            return content.Length <= LongestOpening ? $"{content}\n" : Fence + "\n";
        }
    }
}
