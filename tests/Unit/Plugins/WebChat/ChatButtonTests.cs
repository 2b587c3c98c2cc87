using System.Text;
using System.Text.Json;
using PluginGateway.Guard;
using PluginGateway.Plugins.WebChat;

namespace PluginGateway.Tests.Plugins.WebChat;

/// <summary>Buttons of replies, and the presses of the visitor.</summary>
public sealed class ChatButtonTests
{
    private const string Press = """{"conversation":"c","id":"p1","token":"t1","messageId":"k1"}""";

    private static readonly OutboundButton[] YesOrNo =
        [new("t1", "Yes") { Style = ButtonStyle.Primary }, new("t2", "No"), new("t3", "Delete") { Style = ButtonStyle.Danger }];

    [Fact]
    public async Task Buttons_are_on_disk_with_their_reply_and_an_edit_replaces_them()
    {
        await using var fixture = new ChatFixture();
        await AskAsync(await fixture.ConnectAsync());
        string[] all = ["t1 Yes primary", "t2 No default", "t3 Delete danger"];
        var sent = Json(fixture.Context.Topics.Published.Single().Event);
        Assert.Equal(("k1", "Shall I?"), (sent.GetProperty("id").GetString(), sent.GetProperty("text").GetString()));
        Assert.Equal(all, Buttons(sent));

        // Not closed: what the next generation reads is what was on disk at that moment.
        var adapter = await fixture.ConnectAsync();
        Assert.Equal(all, Buttons((await fixture.MessagesAsync("c")).Single()));
        Assert.Equal(all, Buttons(Json((await fixture.GetAsync("/events", "c")).First.Single())));

        // The same text with fewer buttons is another state, but no edit of the text.
        await EditAsync(adapter, "Shall I?", [YesOrNo[1]]);
        var fewer = Json(fixture.Context.Topics.Published[^1].Event);
        Assert.Equal((1, false), (fewer.GetProperty("version").GetInt32(), fewer.TryGetProperty("edited", out _)));
        Assert.Equal(["t2 No default"], Buttons(fewer));
        var before = fixture.Bytes;
        await EditAsync(adapter, "Shall I?", [YesOrNo[1] with { }]);
        Assert.Equal(before, fixture.Bytes);
        await EditAsync(adapter, "Shall I?\n\n✓ No", []);
        Assert.False(Json(fixture.Context.Topics.Published[^1].Event).TryGetProperty("buttons", out _));
        await fixture.ConnectAsync();
        var last = (await fixture.MessagesAsync("c")).Single();
        Assert.Equal(("Shall I?\n\n✓ No", false, true),
            (last.GetProperty("text").GetString(), last.TryGetProperty("buttons", out _), last.TryGetProperty("edited", out _)));
    }

    [Fact]
    public async Task A_press_is_answered_only_after_the_inbox_has_it()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var stored = new TaskCompletionSource<Acceptance>();
        fixture.Context.Inbox.Answer = _ => stored.Task;
        var posting = PostAsync(fixture, Press);
        Assert.False(posting.IsCompleted);
        stored.SetResult(Acceptance.Stored with { Answer = new InteractionAnswer(InteractionVerdict.Taken, null) });
        Assert.Equal((202, """{"id":"p1","status":"stored"}"""), Of(await posting));
        var press = Assert.IsType<ButtonPressed>(fixture.Context.Inbox.Offered.Single());
        Assert.Equal(("press:1:c:p1", "c", "c", "t1", "k1"), (press.EventId, press.Chat.Id, press.Sender.Id, press.Token, press.MessageId));
        fixture.Context.Inbox.Answer = _ => Task.FromResult(Acceptance.Duplicate);
        Assert.Equal((202, """{"id":"p1","status":"duplicate"}"""), Of(await PostAsync(fixture, Press)));

        // The message may be left out.
        await PostAsync(fixture, """{"conversation":"c","id":"p2","token":"t1"}""");
        Assert.Null(((ButtonPressed)fixture.Context.Inbox.Offered[^1]).MessageId);
    }

    [Theory]
    [InlineData("notTaken", InteractionVerdict.Expired, 410, "expired")]
    [InlineData("notTaken", InteractionVerdict.AlreadyTaken, 409, "alreadyTaken")]
    [InlineData("notTaken", InteractionVerdict.NotForYou, 403, "notForYou")]
    [InlineData("notAllowed", InteractionVerdict.NotForYou, 403, "notAllowed")]
    public async Task A_press_that_is_not_taken_is_refused_with_the_sentence_for_the_person(
        string discarded, InteractionVerdict verdict, int status, string reason)
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        fixture.Context.Inbox.Answer = _ => Task.FromResult(Acceptance.Discarded(discarded) with { Answer = new(verdict, "A sentence.") });
        var reply = await PostAsync(fixture, Press);
        var json = ChatFixture.Json(reply);
        Assert.Equal((status, reason, "A sentence."),
            (reply.Status, json.GetProperty("reason").GetString(), json.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task A_press_that_the_inbox_refuses_for_now_is_to_be_posted_again()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        foreach (var refusal in (Acceptance[])[Acceptance.Refused("full"), Acceptance.Refused("stopping"), Acceptance.Retired])
        {
            fixture.Context.Inbox.Answer = _ => Task.FromResult(refusal);
            var reply = await PostAsync(fixture, Press);
            Assert.Equal((503, true), (reply.Status, reply.Headers.ContainsKey("Retry-After")));
        }
    }

    [Theory]
    [InlineData("""{"id":"p","token":"t"}""", "conversation")]
    [InlineData("""{"conversation":"c","token":"t"}""", "id")]
    [InlineData("""{"conversation":"c","id":"p"}""", "token")]
    [InlineData("""{"conversation":"c","id":"p","token":""}""", "token")]
    [InlineData("""{"conversation":"c","id":"p","token":"t\n"}""", "token")]
    [InlineData("""{"conversation":"c","id":"p","token":"t","messageId":7}""", "messageId")]
    public async Task A_field_that_is_not_as_it_must_be_is_named(string body, string field)
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var reply = await PostAsync(fixture, body);
        Assert.Equal((400, field), (reply.Status, ChatFixture.Json(reply).GetProperty("field").GetString()));
        Assert.Equal(415, (await fixture.PostAsync(Press, "text/plain", "/presses")).Status);
        Assert.Equal(405, (await fixture.GetAsync("/presses")).Status);
        Assert.Empty(fixture.Context.Inbox.Offered);
    }

    [Fact]
    public async Task Refused_presses_with_guessed_ids_of_conversations_are_throttled()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        fixture.Context.Inbox.Answer = _ => Task.FromResult(Acceptance.Discarded("notAllowed"));
        for (var i = 0; i <= IdThrottle.Allowed; i++)
        {
            var call = new HttpCall("POST", "/presses", Encoding.UTF8.GetBytes($$"""{"conversation":"name-{{i}}","id":"p","token":"t"}"""))
            {
                Headers = new Dictionary<string, string> { ["Content-Type"] = "application/json" },
                RemoteAddress = "203.0.113.7",
            };
            Assert.Equal(i < IdThrottle.Allowed ? 403 : 429, (await fixture.Adapter.HandleAsync(call, default)).Status);
        }
    }

    [Fact]
    public void The_longest_reply_with_the_most_buttons_fits_into_one_event()
    {
        var buttons = Enumerable.Range(0, ChatButton.MostButtons)
            .Select(static _ => new OutboundButton(new string('t', 22), new string('\u2028', 64)));
        var entry = new ChatEntry("c", "id", FromUser: false, new string('\u2028', 100_000), 0) { Buttons = ChatButton.Of([.. buttons]) };
        Assert.InRange(Encoding.UTF8.GetByteCount(ChatReplies.EventOf(entry).Data), 600_000, EventLimits.MaxEventBytes);
    }

    private static async Task AskAsync(WebChatAdapter adapter) => Assert.Equal(SendOutcome.Sent, (await adapter.SendAsync(
        new OutboundMessage("k1", ChatFixture.ChatOf("c"), "Shall I?") { Buttons = YesOrNo }, default)).Outcome);

    private static async Task EditAsync(WebChatAdapter adapter, string text, OutboundButton[] buttons) =>
        Assert.Equal(SendOutcome.Sent, (await adapter.EditAsync(
            new MessageEdit("edit", new MessageRef(ChatFixture.ChatOf("c"), "k1"), text) { Buttons = buttons }, default)).Outcome);

    private static Task<HttpReply> PostAsync(ChatFixture fixture, string body) => fixture.PostAsync(body, path: "/presses");

    private static string[] Buttons(JsonElement message) => [.. message.GetProperty("buttons").EnumerateArray()
        .Select(static one => $"{one.GetProperty("token")} {one.GetProperty("label")} {one.GetProperty("style")}")];

    private static JsonElement Json(StreamEvent published) => JsonDocument.Parse(published.Data).RootElement;

    private static (int Status, string Json) Of(HttpReply reply) => (reply.Status, ChatFixture.Json(reply).GetRawText());
}
