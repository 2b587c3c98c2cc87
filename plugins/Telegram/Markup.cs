using System.Text;
using Markdig;
using Markdig.Extensions.EmphasisExtras;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace PluginGateway.Plugins.Telegram;

/// <summary>CommonMark as the HTML that Telegram knows: bold, italic, strike-through, code, links, quotes. Other elements (headings, lists, rules,
/// pictures) become the nearest equivalent.</summary>
internal sealed class Markup
{
    /// <summary>Largest text with markup that the server takes, however short it is without.</summary>
    private const int LargestBytes = 32 * 1024;

    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UseEmphasisExtras(EmphasisExtraOptions.Strikethrough).DisableHtml().Build();

    private readonly StringBuilder _html = new();
    private int _visible;
    private int _indent;
    private bool _isInQuote;

    private Markup()
    {
    }

    /// <summary>Returns the HTML; null when the text is to be sent as it is.</summary>
    /// <param name="markdown">The text.</param>
    /// <param name="most">The largest number of UTF-16 units of text without its markup.</param>
    public static string? ToHtml(string markdown, int most)
    {
        try
        {
            var markup = new Markup();
            markup.Blocks(Markdown.Parse(markdown, Pipeline), 2);
            var html = markup._html.ToString();
            return markup._visible <= most && !string.IsNullOrWhiteSpace(html) && Encoding.UTF8.GetByteCount(html) <= LargestBytes ? html : null;
        }
        catch (Exception failed) when (failed is ArgumentException or InvalidOperationException)
        {
            // Nested deeper than the parser bears.
            return null;
        }
    }

    private void Blocks(ContainerBlock container, int lines)
    {
        var isFirst = true;
        foreach (var block in container)
        {
            if (block is LinkReferenceDefinitionGroup) continue;
            if (!isFirst) Break(lines);
            isFirst = false;
            Write(block);
        }
    }

    private void Write(Block block)
    {
        switch (block)
        {
            case HeadingBlock heading:
                Tag("<b>");
                Inlines(heading.Inline);
                Tag("</b>");
                break;
            case CodeBlock code:
                Code(code);
                break;
            case QuoteBlock quote:
                Quote(quote);
                break;
            case ListBlock list:
                Items(list);
                break;
            case ThematicBreakBlock:
                Text("———");
                break;
            case LeafBlock { Inline: { } inline }:
                Inlines(inline);
                break;
            case LeafBlock leaf:
                Text(leaf.Lines.ToString());
                break;
            case ContainerBlock container:
                Blocks(container, 1);
                break;
        }
    }

    private void Code(CodeBlock code)
    {
        var language = code is FencedCodeBlock { Info.Length: > 0 } fenced ? fenced.Info : null;
        Tag(language is null ? "<pre>" : $"<pre><code class=\"language-{Escape(language)}\">");
        Text(code.Lines.ToString().TrimEnd('\n'));
        Tag(language is null ? "</pre>" : "</code></pre>");
    }

    /// <summary>Writes a quote, without nesting, which Telegram refuses.</summary>
    private void Quote(QuoteBlock quote)
    {
        var isOuter = !_isInQuote;
        if (isOuter) Tag("<blockquote>");
        _isInQuote = true;
        Blocks(quote, 2);
        if (!isOuter) return;
        _isInQuote = false;
        Tag("</blockquote>");
    }

    /// <summary>Writes a list; one in another list is indented.</summary>
    private void Items(ListBlock list)
    {
        var number = int.TryParse(list.OrderedStart, out var start) ? start : 1;
        var isFirst = true;
        foreach (var item in list.OfType<ListItemBlock>())
        {
            if (!isFirst) Break(list.IsLoose ? 2 : 1);
            isFirst = false;
            Text(list.IsOrdered ? $"{number++}{list.OrderedDelimiter} " : "• ");
            _indent++;
            Blocks(item, list.IsLoose ? 2 : 1);
            _indent--;
        }
    }

    private void Inlines(ContainerInline? container)
    {
        foreach (var inline in container ?? [])
        {
            switch (inline)
            {
                case LiteralInline literal:
                    Text(literal.Content.ToString());
                    break;
                case CodeInline code:
                    Tag("<code>");
                    Text(code.Content);
                    Tag("</code>");
                    break;
                case EmphasisInline emphasis:
                    var tag = emphasis.DelimiterChar == '~' ? "s" : emphasis.DelimiterCount == 2 ? "b" : "i";
                    Tag($"<{tag}>");
                    Inlines(emphasis);
                    Tag($"</{tag}>");
                    break;
                case LinkInline link:
                    Link(link);
                    break;
                case AutolinkInline auto:
                    Text(auto.Url);
                    break;
                case HtmlEntityInline entity:
                    Text(entity.Transcoded.ToString());
                    break;
                case LineBreakInline:
                    Break(1);
                    break;
                case ContainerInline other:
                    Inlines(other);
                    break;
            }
        }
    }

    /// <summary>Renders a link, if its address is complete: Telegram shows others as text.</summary>
    private void Link(LinkInline link)
    {
        var url = link.GetDynamicUrl?.Invoke() ?? link.Url ?? "";
        var isWhole = Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "tg" or "mailto";
        if (isWhole) Tag($"<a href=\"{Escape(url)}\">");
        var before = _visible;
        Inlines(link);
        if (_visible == before) Text(url);
        if (isWhole) Tag("</a>");
    }

    private void Tag(string tag) => _html.Append(tag);

    private void Text(string text)
    {
        _html.Append(Escape(text));
        _visible += text.Length;
    }

    private void Break(int lines)
    {
        _html.Append('\n', lines).Append(' ', 2 * _indent);
        _visible += lines + (2 * _indent);
    }

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal);
}
