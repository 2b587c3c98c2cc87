using PluginGateway.FakeFeishu;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>The fake platform refuses the cards that the platform refuses: else nothing that is tried with it says anything of cards.</summary>
public sealed class FakeCardTests
{
    private const string Markdown = """{ "tag": "markdown", "content": "# Heading\n> quote\n`code`" }""";

    private const string Card = """{ "schema": "2.0", "body": { "elements": [ { "tag": "button", """;
    private const string Text = """ "text": { "tag": "plain_text", "content": "a" }, """;
    private const string Behaviors = """ "behaviors": [ { "type": "callback", "value": { "a": 1 } } ] """;

    [Theory]
    [InlineData("""{ "schema": "2.0", "elements": [ { "tag": "markdown", "content": "a" } ] }""", "200610")]
    [InlineData("""{ "schema": "2.0", "body": { "elements": [] } }""", "200621")]
    [InlineData("""{ "schema": "2.0", "config": { "wide_screen_mode": true }, "body": { "elements": [ { "tag": "hr" } ] } }""", "200621")]
    [InlineData("""{ "schema": "2.0", "config": { "update_multi": false }, "body": { "elements": [ { "tag": "hr" } ] } }""", "200621")]
    [InlineData("""{ "schema": "2.0", "body": { "elements": [ { "tag": "note", "elements": [] } ] } }""", "200861")]
    [InlineData("""
        { "schema": "2.0", "body": { "elements":
          [ { "tag": "column_set", "columns": [ { "tag": "column", "elements": [ { "tag": "action" } ] } ] } ] } }
        """, "200861")]
    [InlineData("""{ "schema": "2.0", "body": { "elements": [ { "tag": "code_block" } ] } }""", "200621")]
    [InlineData("""{ "schema": "2.0", "body": { "elements": [ { "tag": "markdown", "content": "![a](https://example.org/a.png)" } ] } }""", "200570")]
    [InlineData("""{ "elements": [ { "tag": "hr" }, { "tag": "markdown", "content": "![a](https://example.org/a.png)" } ] }""", "200570")]
    [InlineData("no card", "200621")]
    [InlineData(Card + "\"text\": { \"tag\": \"plain_text\", \"content\": \"a\" } } ] } }", "200621")]
    [InlineData(Card + Text + "\"behaviors\": [] } ] } }", "200621")]
    [InlineData(Card + Text + "\"behaviors\": [ { \"type\": \"callback\" } ] } ] } }", "200621")]
    [InlineData(Card + Text + "\"behaviors\": [ { \"type\": \"callback\", \"value\": \"a\" } ] } ] } }", "200621")]
    [InlineData(Card + Text + "\"value\": { \"a\": 1 }, " + Behaviors + " } ] } }", "200621")]
    [InlineData(Card + Text + "\"type\": \"warning\", " + Behaviors + " } ] } }", "200621")]
    [InlineData(Card + Behaviors + " } ] } }", "200621")]
    public void A_card_that_the_platform_refuses_is_refused_with_its_sub_code(string card, string code) =>
        Assert.StartsWith(code, FakeCard.Fault(card), StringComparison.Ordinal);

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{ "toast": { "type": "info", "content": "a" } }""", true)]
    [InlineData("""{ "toast": { "type": "loud", "content": "a" } }""", false)]
    [InlineData("""{ "toast": { "type": "info", "content": "" } }""", false)]
    [InlineData("""{ "toast": "a" }""", false)]
    [InlineData("""{ "code": 0 }""", false)]
    [InlineData("[]", false)]
    public void The_answer_to_a_press_is_an_object_with_a_toast_or_without(string answer, bool isGood) =>
        Assert.Equal(isGood, FakeButton.AnswerFault(System.Text.Json.Nodes.JsonNode.Parse(answer)) is null);

    [Fact]
    public void A_button_and_its_text_are_two_of_the_elements_of_a_card()
    {
        static string Of(int count) => "{ \"schema\": \"2.0\", \"body\": { \"elements\": [ "
            + string.Join(',', Enumerable.Repeat("{ \"tag\": \"button\", " + Text + Behaviors + " }", count)) + " ] } }";
        Assert.Null(FakeCard.Fault(Of(100)));
        Assert.Equal(100, FakeCard.Buttons(Of(100)).Count);
        Assert.StartsWith("11310", FakeCard.Fault(Of(101)), StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_and_elements_are_counted_over_the_whole_card()
    {
        static string Card(int count, string element) =>
            $$"""{ "schema": "2.0", "body": { "elements": [ {{string.Join(',', Enumerable.Repeat(element, count))}} ] } }""";
        const string Table = """{ "tag": "markdown", "content": "|a|\n|-|\n|b|" }""";
        Assert.Null(FakeCard.Fault(Card(5, Table)));
        Assert.StartsWith("11310", FakeCard.Fault(Card(6, Table)), StringComparison.Ordinal);
        Assert.StartsWith("11310", FakeCard.Fault(Card(201, """{ "tag": "hr" }""")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_of_the_first_version_shows_markup_as_it_was_written_and_never_takes_the_place_of_one_of_the_second()
    {
        const string First = $$"""{ "config": { "update_multi": true }, "elements": [ {{Markdown}} ] }""";
        var second = MessageBody.Of("# Heading\n> quote\n`code`", MessageBody.CardType, TextFormat.Markdown, new FeishuSettings()).Content;
        Assert.Null(FakeCard.Fault(First));
        Assert.Null(FakeCard.Fault(second));
        Assert.True(FakeCard.ShowsMarkup(First));
        Assert.False(FakeCard.ShowsMarkup(second));
        Assert.StartsWith("200830", FakeCard.FaultAfter(second, First), StringComparison.Ordinal);
        Assert.Null(FakeCard.FaultAfter(First, second));
        Assert.NotNull(FakeCard.FaultAfter(First, $$"""{ "elements": [ {{Markdown}} ] }"""));
    }
}
