using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>How texts become messages, and where they are cut.</summary>
public sealed class MessageBodyTests
{
    private static readonly FeishuSettings Cards = new();
    private static readonly FeishuSettings Posts = new() { Markdown = FeishuSettings.Post };

    [Fact]
    public void Each_format_has_its_form()
    {
        Assert.Equal(new MessageBody("text", """{"text":"a \"b\" ü"}"""), MessageBody.Of("a \"b\" ü", "text", TextFormat.Plain, Cards));
        Assert.Equal(new MessageBody(
            "interactive", """{"schema":"2.0","config":{"update_multi":true},"body":{"elements":[{"tag":"markdown","content":"**x**"}]}}"""),
            MessageBody.Of("**x**", "interactive", TextFormat.Markdown, Cards));
        Assert.Equal(new MessageBody("post", """{"zh_cn":{"content":[[{"tag":"md","text":"**x**"}]]}}"""),
            MessageBody.Of("**x**", "post", TextFormat.Markdown, Posts));
    }

    [Theory]
    [InlineData("""hi <at user_id="all"></at>""")]
    [InlineData("<AT id=all>")]
    public void What_would_call_people_is_only_text_unless_it_is_allowed(string text)
    {
        Assert.DoesNotContain("<at", MessageBody.WithoutMentions(text), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(text,
            (string?)JsonNode.Parse(MessageBody.Of(text, "text", TextFormat.Plain, new FeishuSettings { AllowMentions = true }).Content)!["text"]);
    }

    [Theory]
    [InlineData(TextFormat.Plain, 150_000)]
    [InlineData(TextFormat.Markdown, 30_000)]
    public void No_request_is_larger_than_the_platform_takes_and_nothing_is_lost_between_them(TextFormat format, int most)
    {
        foreach (var unit in (string[])["plain words and\nlines ", "世界", "🎉", "\"\\", "\u0001", "x"])
        {
            var text = string.Concat(Enumerable.Repeat(unit, 200_000 / unit.Length));
            var whole = new StringBuilder();
            for (var rest = text; rest.Length > 0;)
            {
                var (body, length) = FittingText.Of(rest, MessageBody.FormsOf(format, Cards)[0], format, Cards);
                Assert.InRange(new Target("oc_1", null, false).Request(body, new string('u', 50)).Length, 1, most);
                Assert.InRange(length, 1, rest.Length);
                Assert.False(char.IsLowSurrogate(rest.ElementAtOrDefault(length)));
                whole.Append(rest[..length]);
                rest = rest[length..];
                if (whole.Length > 150_000) break;
            }

            Assert.StartsWith(whole.ToString(), text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_code_block_that_is_cut_is_closed()
    {
        var text = "```csharp\n" + string.Concat(Enumerable.Repeat("var x = 1;\n", 5000)) + "```";
        var (body, length) = FittingText.Of(text, "interactive", TextFormat.Markdown, Cards);
        var sent = (string)JsonNode.Parse(body.Content)!["body"]!["elements"]![0]!["content"]!;
        Assert.EndsWith("var x = 1;\n```", sent, StringComparison.Ordinal);
        Assert.Equal('\n', text[length - 1]);
    }

    [Fact]
    public void Keys_are_short_stable_and_of_one_part_only() => Gen.Select(Gen.Char.AlphaNumeric.Array[1, 512], Gen.Int[0, 20]).Sample((key, part) =>
    {
        var text = new string(key);
        Assert.InRange(Uuid.Of(text, part).Length, 1, 50);
        Assert.Equal(Uuid.Of(text, part), Uuid.Of(text, part));
        Assert.NotEqual(Uuid.Of(text, part), Uuid.Of(text, part + 1));
    });

    [Theory]
    [InlineData("oc_1", "chat_id")]
    [InlineData("ou_1", "open_id")]
    [InlineData("on_1", "union_id")]
    [InlineData("ann@example.com", "email")]
    [InlineData("4711", "user_id")]
    public void A_receiver_says_by_its_form_what_it_is(string id, string type) =>
        Assert.EndsWith($"receive_id_type={type}", new Target(id, null, false).Path, StringComparison.Ordinal);

    [Theory]
    [InlineData("![plot](https://example.org/a.png) done", "[plot](https://example.org/a.png) done")]
    [InlineData("![](https://example.org/a_(1).png)", "[https://example.org/a_(1).png](https://example.org/a_(1).png)")]
    [InlineData("a ![x](<http://e.org/a.png> \"t\") b ![y](./b.png)", "a [x](http://e.org/a.png) b [y](./b.png)")]
    [InlineData("![kept](img_v3_abc)", "![kept](img_v3_abc)")]
    [InlineData("`![code](http://e.org)` and ``a ` ![c](u)``", "`![code](http://e.org)` and ``a ` ![c](u)``")]
    [InlineData("```md\n![code](http://e.org)\n```\n![x](http://e.org)\n", "```md\n![code](http://e.org)\n```\n[x](http://e.org)\n")]
    [InlineData("![", "![")]
    public void A_picture_that_is_none_of_the_platforms_is_a_link(string markdown, string expected)
    {
        Assert.Equal(expected, MarkdownPictures.AsLinks(markdown));
        Assert.Contains(
            System.Text.Json.JsonEncodedText.Encode(expected, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(),
            MessageBody.Of(markdown, "interactive", TextFormat.Markdown, Cards).Content, StringComparison.Ordinal);
    }
}
