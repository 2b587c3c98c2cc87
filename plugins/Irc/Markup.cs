using Markdig;
using Markdig.Extensions.EmphasisExtras;
using Markdig.Helpers;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace PluginGateway.Plugins.Irc;

/// <summary>CommonMark as IRC's formatting: bold, italic, struck-through, code, headings in bold, and links as their text with the address behind it.
/// Everything else (lists, quotes, tables, rules) stays as it is written.</summary>
internal sealed class Markup
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UseEmphasisExtras(EmphasisExtraOptions.Strikethrough).UseAutoLinks().UsePreciseSourceLocation().DisableHtml()
            .Build();

    private readonly string _source;
    private readonly StyledText _text;

    private Markup(string source) => (_source, _text) = (source, new StyledText(source));

    /// <summary>Returns the text with formatting codes; a text that the parser cannot read stays as it is.</summary>
    public static SentText Of(string markdown)
    {
        try
        {
            var markup = new Markup(markdown);
            foreach (var element in Markdown.Parse(markdown, Pipeline).Descendants()) markup.Take(element);
            return markup._text.Render();
        }
        catch (Exception failed) when (failed is ArgumentException or InvalidOperationException)
        {
            // Nested deeper than the parser bears.
            return SentText.OfPlain(markdown);
        }
    }

    private void Take(MarkdownObject element)
    {
        switch (element)
        {
            case HeadingBlock { Inline: { FirstChild: { } first, LastChild: { } last } } heading:
                var whole = new SourceSpan(heading.Span.Start, EndOfLine(heading.Span.End));
                Keep(whole, first.Span.Start, last.Span.End, TextStyles.Bold);
                break;
            case CodeBlock code:
                Code(code);
                break;
            case EmphasisInline emphasis:
                var (span, count) = (emphasis.Span, emphasis.DelimiterCount);
                var style = emphasis.DelimiterChar == '~' ? TextStyles.Strikethrough : count == 2 ? TextStyles.Bold : TextStyles.Italic;
                Keep(span, span.Start + count, span.End - count, style);
                break;
            case CodeInline code:
                Keep(code.Span, code.Span.Start + code.DelimiterCount, code.Span.End - code.DelimiterCount, TextStyles.Monospace);
                break;
            case LinkInline { UrlSpan.Length: > 0 } link:
                Link(link);
                break;
            case AutolinkInline auto:
                Keep(auto.Span, auto.Span.Start + 1, auto.Span.End - 1, TextStyles.None);
                break;
            case LiteralInline { IsFirstCharacterEscaped: true } literal:
                HideBackslash(literal.Span.Start);
                break;
            case LineBreakInline { IsBackslash: true } end:
                HideBackslash(end.Span.Start);
                break;
            case HtmlEntityInline entity:
                Entity(entity);
                break;
        }
    }

    /// <summary>Shows a part of an element in a style, and nothing else of it.</summary>
    private void Keep(SourceSpan element, int first, int last, TextStyles style)
    {
        _text.Hide(element.Start, first - 1);
        _text.Hide(last + 1, element.End);
        _text.Style(first, last, style);
        _text.Enclose(element.Start, element.End);
    }

    /// <summary>Shows the lines of a code block without its fences. The host opens a block of three backticks again where its rest begins.</summary>
    private void Code(CodeBlock code)
    {
        var lines = code.Lines.Lines.AsSpan(0, code.Lines.Count);
        if (code is FencedCodeBlock fenced)
        {
            if (fenced.FencedChar != '`' || fenced.OpeningFencedCharCount != 3) _text.Enclose(code.Span.Start, code.Span.End);
            _text.Hide(BeginOfFence(code.Span.Start), lines.IsEmpty ? code.Span.End : lines[0].Position - 1);
            if (!lines.IsEmpty) _text.Hide(PlaceOf(lines[^1]).Last + 1, code.Span.End);
        }

        foreach (var line in lines) _text.Style(PlaceOf(line).First, PlaceOf(line).Last, TextStyles.Monospace);
    }

    /// <summary>Returns the place of a line. Of a line whose tabs it expands the parser has a copy.</summary>
    private (int First, int Last) PlaceOf(StringLine line) => line.Slice.Text.Length == _source.Length
        ? (line.Slice.Start, line.Slice.End) : (line.Position, EndOfLine(line.Position));

    /// <summary>Returns the position of the last character of a line.</summary>
    private int EndOfLine(int position)
    {
        var length = position < _source.Length ? _source.AsSpan(position).IndexOfAny('\r', '\n') : -1;
        return length < 0 ? _source.Length - 1 : position + length - 1;
    }

    /// <summary>Returns the beginning of a fence's line, where nothing but white space and the marks of quotes stand before it.</summary>
    private int BeginOfFence(int fence)
    {
        var begin = _source.AsSpan(0, fence).LastIndexOfAny('\r', '\n') + 1;
        return _source.AsSpan(begin, fence - begin).TrimStart(" \t>").IsEmpty ? begin : fence;
    }

    /// <summary>Shows <c>[text](address "title")</c> as <c>text (address)</c>, and as the address alone where that is the text.</summary>
    private void Link(LinkInline link)
    {
        var (span, url) = (link.Span, link.UrlSpan);
        if (_source[url.Start] == '<') url = new SourceSpan(url.Start + 1, url.End - 1);
        var bracket = url.Start - 1;
        while (bracket > span.Start && _source[bracket] is ' ' or '<' or '\r' or '\n' or '\t') bracket--;
        if (bracket <= span.Start || _source[bracket] != '(' || _source[bracket - 1] != ']') return;
        var text = span.Start + (link.IsImage ? 2 : 1);
        _text.Enclose(span.Start, span.End);
        _text.Hide(span.Start, text - 1);
        _text.Hide(bracket + 1, url.Start - 1);
        _text.Hide(url.End + 1, span.End - 1);
        var shown = _source.AsSpan(text, bracket - 1 - text).Trim();
        if (shown.IsEmpty || shown.SequenceEqual(_source.AsSpan(url.Start, url.Length)))
        {
            _text.Hide(text, bracket);
            _text.Hide(span.End, span.End);
        }
        else
        {
            _text.Replace(bracket - 1, ' ');
        }
    }

    private void HideBackslash(int position)
    {
        if (_source[position] == '\\') _text.Hide(position, position);
    }

    private void Entity(HtmlEntityInline entity)
    {
        var characters = entity.Transcoded.ToString();
        if (characters.Length > entity.Span.Length || characters.Any(char.IsControl)) return;
        for (var i = 0; i < characters.Length; i++) _text.Replace(entity.Span.Start + i, characters[i]);
        _text.Hide(entity.Span.Start + characters.Length, entity.Span.End);
        _text.Enclose(entity.Span.Start, entity.Span.End);
    }
}
