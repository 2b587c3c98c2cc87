using System.Text;
using PluginGateway.Plugins.Webhook;

namespace PluginGateway.Tests.Plugins.Backends;

/// <summary>Answers of backends, as backends in many languages write them.</summary>
public sealed class WebhookAnswerTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t ")]
    [InlineData("\uFEFF")]
    [InlineData("null")]
    [InlineData("ok")]
    [InlineData("OK\n")]
    [InlineData("\"ok\"")]
    [InlineData("{}")]
    [InlineData("""{"replies":null}""")]
    [InlineData("""{"replies":[]}""")]
    [InlineData("""{"replies":[null]}""")]
    [InlineData("""{"replies":[{"text":null,"format":null,"replyTo":null,"attachments":null,"edit":null,"delete":null,"react":null,"to":null}]}""")]
    [InlineData("""{"replies":[{"text":"","attachments":[],"react":""}]}""")]
    [InlineData("""{"replies":[{"text":"","format":"","replyTo":"","attachments":[],"edit":"","delete":"","react":"","to":""}]}""")]
    [InlineData("""{"replies":[{"text":"","edit":{"messageId":""},"delete":{},"attachments":[null]}]}""")]
    public void An_answer_without_content_is_no_reply(string body) => Assert.Empty(Read(body));

    [Theory]
    [InlineData("""{"replies":[{"text":"hi"}]}""")]
    [InlineData("\uFEFF{\"replies\":[{\"text\":\"hi\"}]}")]
    [InlineData("""{"replies":[{"text":"hi","format":null,"replyTo":null,"attachments":null,"edit":null,"delete":null,"react":null,"to":null}]}""")]
    [InlineData("""{"replies":[null,{"text":"hi","attachments":[null]}]}""")]
    [InlineData("""{"replies":[{"text":"hi","format":"","replyTo":"","attachments":[],"edit":"","delete":"","react":"","to":""}]}""")]
    [InlineData("""{"replies":[{"text":"hi","edit":{"messageId":""},"delete":{"messageId":""},"to":{}}]}""")]
    public void A_reply_is_read_with_a_byte_order_mark_and_with_members_that_are_null(string body)
    {
        var reply = Assert.IsType<ReplyStep>(Assert.Single(Read(body))).Reply;
        Assert.Equal(("hi", TextFormat.Plain, null, 0), (reply.Text, reply.Format, reply.ReplyTo, reply.Attachments.Count));
    }

    [Theory]
    [InlineData("""{"react":null}""", null)]
    [InlineData("""{"react":null,"to":"m1"}""", null)]
    [InlineData("""{"react":"👍","text":null,"edit":null}""", "👍")]
    [InlineData("""{"react":"","to":""}""", null)]
    [InlineData("""{"react":"👍","text":"","attachments":[],"edit":""}""", "👍")]
    public void A_reaction_alone_may_be_null_and_takes_the_reaction_away(string step, string? emoji) =>
        Assert.Equal(emoji, Assert.IsType<ReactStep>(Assert.Single(Read($$"""{"replies":[{{step}}]}"""))).Emoji);

    [Theory]
    [InlineData("""{"react":"👍","text":"hi"}""", "React 👍, Reply hi")]
    [InlineData("""{"delete":"m1","text":"instead"}""", "Delete, Reply instead")]
    [InlineData("""{"edit":"m1","text":"new","react":"👍"}""", "Edit new, React 👍")]
    [InlineData("""{"react":"👍","attachments":[{"id":"f1"}]}""", "React 👍, Reply 1")]
    public void Whatever_an_entry_holds_is_done(string entry, string steps) => Assert.Equal(steps, string.Join(", ", Read(
        $$"""{"replies":[{{entry}}]}""").Select(static step => step switch
    {
        ReactStep react => $"React {react.Emoji}",
        DeleteStep => "Delete",
        EditStep edit => $"Edit {edit.Content.Text}",
        ReplyStep reply => $"Reply {(reply.Reply.Text.Length > 0 ? reply.Reply.Text : $"{reply.Reply.Attachments.Count}")}",
        _ => step.GetType().Name,
    })));

    [Theory]
    [InlineData("[]")]
    [InlineData("true")]
    [InlineData("no json")]
    [InlineData("""{"replies":{}}""")]
    [InlineData("""{"replies":[{}]}""")]
    [InlineData("""{"replies":[{"edit":"m1","text":""}]}""")]
    [InlineData("""{"replies":[{"edit":"m1","text":"x","attachments":[{"id":"f1"}]}]}""")]
    [InlineData("""{"replies":[{"edit":"m1","delete":"m2","text":"x"}]}""")]
    [InlineData("""{"replies":[{"react":5}]}""")]
    [InlineData("""{"replies":[{"text":"hi","format":"html"}]}""")]
    public void What_is_no_answer_is_refused_with_a_sentence(string body) =>
        Assert.Contains("The backend's answer", Assert.Throws<InvalidOperationException>(() => Read(body)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("<html><body>Sign in</body></html>")]
    [InlineData("  <!doctype html>")]
    [InlineData("\uFEFF<?xml version=\"1.0\"?>")]
    [InlineData("""{"error":"upstream"}""")]
    [InlineData("""{"code":503,"message":"no healthy upstream"}""")]
    [InlineData("""{"status":403,"title":"Forbidden"}""")]
    public void A_web_page_is_somebody_elses_answer_and_the_turn_is_put_off(string body) => Assert.Throws<RetryLaterException>(() => Read(body));

    [Fact]
    public void State_is_set_and_removed_with_and_without_replies()
    {
        var answer = WebhookAnswer.Read("""{"replies":[{"text":"hi"}],"state":{"city":"Berlin","empty":"","gone":null}}"""u8.ToArray());
        Assert.Single(answer.Steps);
        Assert.Equal(new Dictionary<string, string?> { ["city"] = "Berlin", ["empty"] = "", ["gone"] = null }, answer.State);
        answer = WebhookAnswer.Read("""{"state":{"gone":null}}"""u8.ToArray());
        Assert.Empty(answer.Steps);
        Assert.Equal(new Dictionary<string, string?> { ["gone"] = null }, answer.State);
        Assert.Empty(WebhookAnswer.Read("""{"replies":[],"state":null}"""u8.ToArray()).State);
        Assert.Throws<InvalidOperationException>(() => Read("""{"state":["x"]}"""));
        Assert.Throws<InvalidOperationException>(() => Read("""{"state":{"n":5}}"""));
    }

    private static IReadOnlyList<WebhookStep> Read(string body) => WebhookAnswer.Read(Encoding.UTF8.GetBytes(body)).Steps;
}
