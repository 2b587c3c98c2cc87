using CsCheck;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.Plugins.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

public sealed class MarkupTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("1 < 2 & \"3\" > 2", "1 &lt; 2 &amp; &quot;3&quot; &gt; 2")]
    [InlineData("**bold** *it* ~~gone~~ `a<b`", "<b>bold</b> <i>it</i> <s>gone</s> <code>a&lt;b</code>")]
    [InlineData("snake_case_name and 2*3*4", "snake_case_name and 2<i>3</i>4")]
    [InlineData("**never closed", "**never closed")]
    [InlineData("# Title\n\ntext", "<b>Title</b>\n\ntext")]
    [InlineData("one\ntwo", "one\ntwo")]
    [InlineData("- a\n- b\n  - c", "• a\n• b\n  • c")]
    [InlineData("3. a\n4. b", "3. a\n4. b")]
    [InlineData("> said\n> > inside", "<blockquote>said\n\ninside</blockquote>")]
    [InlineData("```cs\nif (a < b) {}\n```", "<pre><code class=\"language-cs\">if (a &lt; b) {}</code></pre>")]
    [InlineData("```\ncut off", "<pre>cut off</pre>")]
    [InlineData("[a](https://x.org/?q=1&r=2)", "<a href=\"https://x.org/?q=1&amp;r=2\">a</a>")]
    [InlineData("[a](javascript:alert)", "a")]
    [InlineData("![pic](https://x.org/p.png)", "<a href=\"https://x.org/p.png\">pic</a>")]
    [InlineData("<b onclick=x>raw</b>", "&lt;b onclick=x&gt;raw&lt;/b&gt;")]
    [InlineData("a\\*b &amp; &#42;", "a*b &amp; *")]
    [InlineData("---", "———")]
    public void Markdown_becomes_what_telegram_can_show(string markdown, string html) => Assert.Equal(html, Markup.ToHtml(markdown, 4096));

    [Theory]
    [InlineData("")]
    [InlineData("[a]: https://x.org")]
    public void Where_nothing_would_be_left_the_text_goes_as_it_is(string markdown) => Assert.Null(Markup.ToHtml(markdown, 4096));

    [Fact]
    public void Nesting_without_end_is_sent_as_it_is() => Assert.Null(Markup.ToHtml(new string('>', 4000), 4096));

    [Fact]
    public void Whatever_is_written_telegram_can_parse_it_and_it_is_not_longer_than_it_may_be()
    {
        var pieces = Gen.OneOf("*", "**", "_", "`", "```\n", "~~", "[", "](", ")", "<", ">", "&", "\"", "# ", "> ", "- ", "1. ", "\n", "\n\n", "  ",
            "\\", "!", "word", "https://x.org", "🎉", "<b>", "</b>", "&lt;", "|", "\t", "---\n", "===\n");
        pieces.Array[0, 40].Sample(static some =>
        {
            var markdown = string.Concat(some);
            if (Markup.ToHtml(markdown, 30) is not { } html) return;
            var parsed = ParsedText.Of(html, "HTML");
            Assert.True(parsed.Problem is null, $"{parsed.Problem}: {html}");
            Assert.True(parsed.Text.Length <= 30, $"'{markdown}' became '{parsed.Text}' ({parsed.Text.Length})");
        }, iter: 3000);
    }

}
