using System.Text;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace PluginGateway.Plugins.Telegram;

/// <summary>CommonMark as the HTML that Telegram knows: bold, italic, strike-through, code, links, quotes. What it does not know (headings, lists, rules, pictures) becomes what
/// comes nearest. The text alone is never longer than the Markdown it was written in.</summary>
internal static class Markup
{
    /// <summary>The server takes 32 KiB of text with markup, whatever is left of it without.</summary>
    public const int LargestBytes = 32 * 1024;

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UseEmphasisExtras(Markdig.Extensions.EmphasisExtras.EmphasisExtraOptions.Strikethrough).DisableHtml().Build();

    /// <summary>The HTML; null when the text is better sent as it is.</summary>
    public static string? ToHtml(string markdown)
    {
        try
        {
            var html = new StringBuilder(markdown.Length * 2);
            Blocks(Markdown.Parse(markdown, Pipeline), html, "\n\n");
            return html.Length > 0 && !string.IsNullOrWhiteSpace(html.ToString()) && Encoding.UTF8.GetByteCount(html.ToString()) <= LargestBytes ? html.ToString() : null;
        }
        catch (Exception failed) when (failed is ArgumentException or InvalidOperationException)
        {
            // Nested deeper than the parser bears.
            return null;
        }
    }

    private static void Blocks(ContainerBlock container, StringBuilder html, string separator)
    {
        var isFirst = true;
        foreach (var block in container)
        {
            if (block is LinkReferenceDefinitionGroup) continue;
            if (!isFirst) html.Append(separator);
            isFirst = false;
            Write(block, html);
        }
    }

    private static void Write(Block block, StringBuilder html)
    {
        switch (block)
        {
            case HeadingBlock heading:
                html.Append("<b>");
                Inlines(heading.Inline, html);
                html.Append("</b>");
                break;
            case FencedCodeBlock { Info.Length: > 0 } fenced:
                Code(fenced, html.Append("<pre><code class=\"language-").Append(Escape(fenced.Info!)).Append("\">")).Append("</code></pre>");
                break;
            case CodeBlock code:
                Code(code, html.Append("<pre>")).Append("</pre>");
                break;
            case QuoteBlock quote:
                Quote(quote, html);
                break;
            case ListBlock list:
                Items(list, html);
                break;
            case ThematicBreakBlock:
                html.Append("———");
                break;
            case LeafBlock leaf:
                if (leaf.Inline is not null) Inlines(leaf.Inline, html);
                else html.Append(Escape(leaf.Lines.ToString()));
                break;
            case ContainerBlock container:
                Blocks(container, html, "\n");
                break;
        }
    }

    /// <summary>A quote in a quote Telegram refuses.</summary>
    private static void Quote(QuoteBlock quote, StringBuilder html)
    {
        var isInner = IsInside<QuoteBlock>(quote.Parent);
        if (!isInner) html.Append("<blockquote>");
        Blocks(quote, html, "\n\n");
        if (!isInner) html.Append("</blockquote>");
    }

    private static bool IsInside<T>(ContainerBlock? block) => block is T || (block?.Parent is { } parent && IsInside<T>(parent));

    private static void Items(ListBlock list, StringBuilder html)
    {
        var number = int.TryParse(list.OrderedStart, out var start) ? start : 1;
        var isFirst = true;
        foreach (var item in list.OfType<ListItemBlock>())
        {
            if (!isFirst) html.Append(list.IsLoose ? "\n\n" : "\n");
            isFirst = false;
            if (list.IsOrdered) html.Append(number++).Append(list.OrderedDelimiter).Append(' ');
            else html.Append("• ");
            var inner = new StringBuilder();
            Blocks(item, inner, list.IsLoose ? "\n\n" : "\n");
            // A list in a list stands a step to the right; a code block stays as it was written.
            html.Append(item.Any(static block => block is CodeBlock) ? inner : inner.Replace("\n", "\n  "));
        }
    }

    private static StringBuilder Code(LeafBlock code, StringBuilder html) => html.Append(Escape(code.Lines.ToString().TrimEnd('\n')));

    private static void Inlines(ContainerInline? container, StringBuilder html)
    {
        foreach (var inline in container ?? [])
        {
            switch (inline)
            {
                case LiteralInline literal:
                    html.Append(Escape(literal.Content.ToString()));
                    break;
                case CodeInline code:
                    html.Append("<code>").Append(Escape(code.Content)).Append("</code>");
                    break;
                case EmphasisInline emphasis:
                    var tag = emphasis.DelimiterChar == '~' ? "s" : emphasis.DelimiterCount == 2 ? "b" : "i";
                    html.Append('<').Append(tag).Append('>');
                    Inlines(emphasis, html);
                    html.Append("</").Append(tag).Append('>');
                    break;
                case LinkInline link:
                    Link(link, html);
                    break;
                case AutolinkInline auto:
                    html.Append(Escape(auto.Url));
                    break;
                case HtmlEntityInline entity:
                    html.Append(Escape(entity.Transcoded.ToString()));
                    break;
                case LineBreakInline:
                    html.Append('\n');
                    break;
                case ContainerInline other:
                    Inlines(other, html);
                    break;
            }
        }
    }

    /// <summary>Only addresses that are whole: of others Telegram makes text.</summary>
    private static void Link(LinkInline link, StringBuilder html)
    {
        var url = link.GetDynamicUrl?.Invoke() ?? link.Url ?? "";
        var isWhole = Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "tg" or "mailto";
        if (isWhole) html.Append("<a href=\"").Append(Escape(url)).Append("\">");
        var before = html.Length;
        Inlines(link, html);
        if (html.Length == before) html.Append(Escape(url));
        if (isWhole) html.Append("</a>");
    }

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal);
}
