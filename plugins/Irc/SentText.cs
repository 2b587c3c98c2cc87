namespace PluginGateway.Plugins.Irc;

/// <summary>Line of a message.</summary>
/// <param name="Text">The text to send.</param>
/// <param name="End">The start of the next line in the whole text.</param>
/// <param name="IsWhole">True: the rest of the text has its meaning without what came before. False: the line ends in an element of the markup, as
/// in a bold text.</param>
internal readonly record struct MessageLine(string Text, int End, bool IsWhole);

/// <summary>Text as IRC carries it, with formatting codes.</summary>
internal sealed class SentText
{
    private readonly string _text;
    private readonly int[]? _sources;
    private readonly bool[] _isInside;
    private readonly bool _hasCodes;

    /// <param name="text">The text with codes.</param>
    /// <param name="sources">The position in the message of each of its characters; null: the same.</param>
    /// <param name="isInside">For each position in the message, and its end: true in an element of the markup.</param>
    /// <param name="hasCodes">True: there are codes in the text.</param>
    public SentText(string text, int[]? sources, bool[] isInside, bool hasCodes) =>
        (_text, _sources, _isInside, _hasCodes) = (text, sources, isInside, hasCodes);

    /// <summary>Returns plain text: its control characters are removed, and nothing else is changed.</summary>
    public static SentText OfPlain(string text) => FormattingCodes.AreIn(text) ? new StyledText(text).Render() : new SentText(text, null, [], false);

    /// <summary>Cuts the text into lines of at most so many bytes, each with the codes of the styles that go on in it.</summary>
    public IReadOnlyList<MessageLine> Cut(int byteBudget)
    {
        var spans = MessageLines.Cut(_text, byteBudget - (_hasCodes ? FormattingCodes.Most : 0));
        if (_sources is null) return [.. spans.Select(span => new MessageLine(_text[span.Start..span.Cut], span.End, true))];
        var (lines, style) = (new List<MessageLine>(), TextStyles.None);
        foreach (var span in spans)
        {
            if (span.Start == 0 || _text[span.Start - 1] is '\r' or '\n') style = TextStyles.None;
            var text = FormattingCodes.Between(TextStyles.None, style) + _text[span.Start..span.Cut];
            foreach (var c in _text.AsSpan(span.Start, span.Cut - span.Start)) style ^= FormattingCodes.StyleOf(c);
            var end = span.End == _text.Length ? _isInside.Length - 1 : SourceOf(span.Cut);
            lines.Add(new MessageLine(text, end, !_isInside[end]));
        }

        return lines;
    }

    /// <summary>Returns the position in the message at which the rest begins: behind what is not shown of an element that ends there, and before what
    /// is not shown of one that begins.</summary>
    private int SourceOf(int cut)
    {
        var next = _sources![cut];
        var first = Math.Min(_sources[cut - 1] + 1, next);
        while (first < next && _isInside[first]) first++;
        return first;
    }
}
