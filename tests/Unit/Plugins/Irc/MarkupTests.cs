using System.Text;
using CsCheck;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>Markdown as IRC's formatting. In the expected texts B, I, S and M stand for the codes of bold, italic, struck-through and
/// monospace.</summary>
public sealed class MarkupTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly string[] Pieces =
        ["**", "*", "_", "`", "```\n", "\n", "\n\n", "~~", "[", "](", ")", "http://x", "# ", "- ", "> ", "\\", "&amp;", "<", "a b", "ä", "🎉",
            "\t", "  ", "\u0002"];

    [Theory]
    [InlineData("a **bold** word", "a {B}bold{B} word")]
    [InlineData("*it* and _it_", "{I}it{I} and {I}it")]
    [InlineData("~~gone~~ now", "{S}gone{S} now")]
    [InlineData("run `ls -l` now", "run {M}ls -l{M} now")]
    [InlineData("***both*** end", "{B}{I}both{B}{I} end")]
    [InlineData("**a *b* c**", "{B}a {I}b{I} c")]
    [InlineData("`**not bold**`", "{M}**not bold**")]
    [InlineData("2 * 3 * 4, snake_case_name and 2**10", "2 * 3 * 4, snake_case_name and 2**10")]
    [InlineData("\\*literal\\* a\\b", "*literal* a\\b")]
    [InlineData("a &amp; b &lt;c&gt; &copy;", "a & b <c> ©")]
    [InlineData("&#2; stays", "&#2; stays")]
    [InlineData("[text](https://example.org/a_b_c \"title\") end", "text (https://example.org/a_b_c) end")]
    [InlineData("[**x**](<https://example.org>)", "{B}x{B} (https://example.org)")]
    [InlineData("[https://example.org](https://example.org).", "https://example.org.")]
    [InlineData("![picture](https://example.org/p.png)", "picture (https://example.org/p.png)")]
    [InlineData("<https://example.org> and https://example.org/_x_", "https://example.org and https://example.org/_x_")]
    [InlineData("[not a link] (really)", "[not a link] (really)")]
    [InlineData("<b>html</b>", "<b>html</b>")]
    [InlineData("\u000304red\u0003 **b\u0002old**", "red {B}bold")]
    public void A_line_of_markdown_has_the_codes_of_its_styles(string markdown, string sent) => Assert.Equal([Coded(sent)], Lines(markdown));

    [Theory]
    [InlineData("# Title\n\ntext", "{B}Title¦text")]
    [InlineData("## A `b` ##\ntext", "{B}A {M}b¦text")]
    [InlineData("Title\n=====\ntext", "{B}Title¦text")]
    [InlineData("- one\n- **two**\n  - three\n\n1. four", "- one¦- {B}two¦  - three¦1. four")]
    [InlineData("> quoted *text*\n> more", "> quoted {I}text¦> more")]
    [InlineData("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |¦|---|---|¦| 1 | 2 |")]
    [InlineData("**over\ntwo lines** end", "{B}over¦{B}two lines{B} end")]
    [InlineData("see\n```csharp\nvar x = 1;\n\n  if (*p*) {}\n```\nend", "see¦{M}var x = 1;¦{M}  if (*p*) {}¦end")]
    [InlineData("```\nopen\nto the end", "{M}open¦{M}to the end")]
    [InlineData("~~~\ntildes\n~~~", "{M}tildes")]
    [InlineData("> ```\n> code\n> ```\nend", "> {M}code¦end")]
    [InlineData("- x\n\n  ```\n  \ty\n  ```\nend", "- x¦{M}  \ty¦end")]
    [InlineData("- x\n  ```\n  open", "- x¦  {M}open")]
    [InlineData("1. do\n   ```\n   code\n   ```\n2. done", "1. do¦   {M}code¦2. done")]
    [InlineData("    indented", "    {M}indented")]
    public void Blocks_are_lines_and_a_style_is_set_again_in_each(string markdown, string sent) =>
        Assert.Equal(Coded(sent).Split('¦'), Lines(markdown));

    [Fact]
    public void A_long_bold_text_is_bold_in_each_of_its_lines_and_every_line_fits()
    {
        var lines = Markup.Of($"begin **{string.Join(' ', Enumerable.Repeat("word", 40))}** `{new string('x', 60)}` end").Cut(40);
        Assert.All(lines, static line => Assert.InRange(Encoding.UTF8.GetByteCount(line.Text), 1, 40));
        Assert.All(lines.Skip(1).Take(4), static line => Assert.StartsWith("\u0002word", line.Text, StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Text.StartsWith("\u0011xx", StringComparison.Ordinal));
        Assert.EndsWith("end", lines[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_was_delivered_the_rest_is_found_from_where_a_whole_line_ends() =>
        Gen.Select(Gen.Int[0, Pieces.Length - 1].Array[0, 40], Gen.Int[16, 60])
            .Select(static (picks, budget) => (string.Concat(picks.Select(static pick => Pieces[pick])), budget))
            .Sample((markdown, budget) =>
            {
                var from = 0;
                foreach (var line in Markup.Of(markdown).Cut(budget))
                {
                    Assert.InRange(Encoding.UTF8.GetByteCount(line.Text), 1, budget);
                    Assert.DoesNotContain('\n', line.Text);
                    Assert.InRange(line.End, from + 1, markdown.Length);
                    from = line.End;
                }
            });

    [Fact]
    public void A_rest_begins_between_two_elements_and_never_in_one()
    {
        const string Text = "one **two** three\n# four\n```\nfive\nsix\n```\nseven";
        var lines = Markup.Of(Text).Cut(400);
        Assert.Equal(["one **two** three", "\n# four", "\n```\nfive", "\nsix", "\n```\nseven"],
            lines.Select((line, i) => Text[(i == 0 ? 0 : lines[i - 1].End)..line.End]));
        Assert.All(lines, static line => Assert.True(line.IsWhole));
        // A bold text of several lines is one element.
        Assert.Equal([false, false, true], Markup.Of($"**{new string('x', 70)}**").Cut(34).Select(static line => line.IsWhole));
        Assert.Equal([true, true], Markup.Of($"{new string('x', 20)} **{new string('y', 20)}**").Cut(26).Select(static line => line.IsWhole));
    }

    [Fact]
    public void Text_nested_deeper_than_the_parser_bears_is_sent_as_it_is() =>
        Assert.Equal(new string('>', 3000), string.Concat(Lines(new string('>', 3000))));

    [Fact]
    public async Task Markdown_is_sent_with_codes_and_plain_text_never_and_neither_where_formatting_is_none()
    {
        await using (var fixture = new IrcFixture(""", "linesPerSecond": 0"""))
        {
            _ = await fixture.ConnectAsync();
            Assert.Equal("PRIVMSG ann :\u0002bold\u0002 text", await SendAsync(fixture, "**bold** text", TextFormat.Markdown));
            Assert.Equal("PRIVMSG ann :**bold** text", await SendAsync(fixture, "**bold** text", TextFormat.Plain));
            Assert.Equal("PRIVMSG ann :red text", await SendAsync(fixture, "\u000304red\u000f \u0002text\u0001", TextFormat.Plain));
        }

        await using var plain = new IrcFixture(""", "linesPerSecond": 0, "formatting": "none" """);
        _ = await plain.ConnectAsync();
        Assert.Equal("PRIVMSG ann :**bold** text", await SendAsync(plain, "**bold** text", TextFormat.Markdown));
    }

    [Fact]
    public async Task Beyond_the_flood_limit_a_part_ends_where_no_element_is_open_and_the_other_lines_are_left_in_the_bucket()
    {
        await using var fixture = new IrcFixture(""", "burstLines": 5""");
        _ = await fixture.ConnectAsync();
        fixture.Advance(TimeSpan.FromSeconds(60));
        var bold = $"**{string.Join('\n', Enumerable.Range(0, 6).Select(static i => $"line {i}"))}**";
        var sending = fixture.Adapter.SendAsync(
            new OutboundMessage("key", new Chat("ann", ChatKind.Direct), $"one\ntwo\n{bold}") { Format = TextFormat.Markdown }, default);
        await fixture.AnswerPingAsync();
        var result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((SendOutcome.Partial, "one\ntwo".Length), (result.Outcome, result.Receipt!.DeliveredLength!.Value));

        // Two of five lines are left. Of an element that is longer than what may be sent at once there is no better part.
        fixture.Advance(TimeSpan.FromSeconds(1));
        sending = fixture.Adapter.SendAsync(
            new OutboundMessage("key", new Chat("ann", ChatKind.Direct), bold) { Format = TextFormat.Markdown }, default);
        Assert.Equal("PRIVMSG ann :\u0002line 0", await fixture.ExpectAsync("PRIVMSG ann :\u0002line"));
        await fixture.AnswerPingAsync();
        result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((SendOutcome.Partial, "**line 0\nline 1".Length), (result.Outcome, result.Receipt!.DeliveredLength!.Value));
    }

    private static async Task<string> SendAsync(IrcFixture fixture, string text, TextFormat format)
    {
        var sending = fixture.Adapter.SendAsync(new OutboundMessage("key", new Chat("ann", ChatKind.Direct), text) { Format = format }, default);
        var line = await fixture.ExpectAsync("PRIVMSG");
        await fixture.AnswerPingAsync();
        Assert.Equal(SendOutcome.Sent, (await sending.WaitAsync(Soon, TestContext.Current.CancellationToken)).Outcome);
        return line;
    }

    private static string Coded(string text) => text.Replace("{B}", "\u0002", StringComparison.Ordinal)
        .Replace("{I}", "\u001d", StringComparison.Ordinal)
        .Replace("{S}", "\u001e", StringComparison.Ordinal).Replace("{M}", "\u0011", StringComparison.Ordinal);

    private static string[] Lines(string markdown) => [.. Markup.Of(markdown).Cut(400).Select(static line => line.Text)];
}
