using PluginGateway.Plugins.WebChat;

namespace PluginGateway.Tests.Plugins.WebChat;

public sealed class PostingTests
{
    private const string Good = """{"conversation":"c","id":"m1","text":"hello"}""";

    [Fact]
    public async Task A_posted_message_is_answered_only_after_the_inbox_has_it()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var stored = new TaskCompletionSource<Acceptance>();
        fixture.Context.Inbox.Answer = _ => stored.Task;
        var posting = fixture.PostAsync(Good);
        Assert.False(posting.IsCompleted);
        stored.SetResult(Acceptance.Stored);
        var reply = await posting;
        Assert.Equal(202, reply.Status);
        Assert.Equal("""{"id":"m1","status":"stored"}""", ChatFixture.Json(reply).GetRawText());
        var message = Assert.Single(fixture.Context.Inbox.Offered.OfType<InboundMessage>());
        Assert.Equal(("c", ChatKind.Direct, "hello"), (message.Chat.Id, message.Chat.Kind, message.Text));
        Assert.Equal(["user:m1:hello"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task A_second_post_of_the_same_id_is_a_duplicate_and_stands_once_in_the_history()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.PostAsync(Good);
        fixture.Context.Inbox.Answer = _ => Task.FromResult(Acceptance.Duplicate);
        var reply = await fixture.PostAsync(Good);
        Assert.Equal((202, "duplicate"), (reply.Status, ChatFixture.Json(reply).GetProperty("status").GetString()));
        Assert.Single(await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task A_message_that_answers_another_quotes_it_as_the_history_has_it()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.PostAsync(Good);
        await fixture.PostAsync("""{"conversation":"c","id":"m2","text":"and?","replyTo":"m1"}""");
        await fixture.PostAsync("""{"conversation":"c","id":"m3","text":"and?","replyTo":"gone"}""");
        Assert.Equal([null, ("m1", "hello", "c"), ("gone", null, null)],
            fixture.Context.Inbox.Offered.OfType<InboundMessage>().Select(static message =>
                message.Quote is { } quote ? (quote.MessageId, quote.Text, quote.Sender?.Id) : default((string?, string?, string?)?)));
    }

    [Fact]
    public async Task Event_ids_of_different_conversations_never_meet()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.PostAsync("""{"conversation":"a:b","id":"c","text":"x"}""");
        await fixture.PostAsync("""{"conversation":"a","id":"b:c","text":"x"}""");
        Assert.Equal(2, fixture.Context.Inbox.Offered.OfType<InboundMessage>().Select(message => message.EventId).Distinct().Count());
    }

    [Theory]
    [InlineData("application/json", 202)]
    [InlineData("Application/JSON; charset=utf-8", 202)]
    [InlineData("text/plain", 415)]
    [InlineData("application/jsonp", 415)]
    [InlineData("application/x-www-form-urlencoded", 415)]
    [InlineData("", 415)]
    public async Task Only_json_is_taken(string contentType, int status)
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        Assert.Equal(status, (await fixture.PostAsync(Good, contentType)).Status);
    }

    [Theory]
    [InlineData("""{"id":"m","text":"x"}""", "conversation")]
    [InlineData("""{"conversation":"","id":"m","text":"x"}""", "conversation")]
    [InlineData("""{"conversation":"c\u0007","id":"m","text":"x"}""", "conversation")]
    [InlineData("""{"conversation":"c","id":7,"text":"x"}""", "id")]
    [InlineData("""{"conversation":"c","id":"m","text":"x","replyTo":7}""", "replyTo")]
    [InlineData("""{"conversation":"c","id":"m"}""", "text")]
    [InlineData("""{"conversation":"c","id":"m","text":"  \n"}""", "text")]
    [InlineData("""{"conversation":"c","id":"m","text":null}""", "text")]
    [InlineData("""{"conversation":"c","id":"m","text":"12345678901"}""", "text")]
    [InlineData("""{"conversation":"c","id":"m","text":"\ud800"}""", null)]
    [InlineData("""["c"]""", null)]
    [InlineData("""{"conversation":"c",""", null)]
    [InlineData("", null)]
    public async Task Nonsense_is_refused_and_the_field_is_named(string body, string? field)
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync("""{"maxTextLength":10}""");
        var reply = await fixture.PostAsync(body);
        Assert.Equal(400, reply.Status);
        var json = ChatFixture.Json(reply);
        Assert.Equal("invalid", json.GetProperty("reason").GetString());
        Assert.Equal(field, json.TryGetProperty("field", out var named) ? named.GetString() : null);
        Assert.Empty(fixture.Context.Inbox.Offered.OfType<InboundMessage>());
    }

    [Theory]
    [InlineData(128, 202)]
    [InlineData(129, 400)]
    public async Task Ids_have_at_most_128_characters(int length, int status)
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var id = new string('x', length);
        Assert.Equal(status, (await fixture.PostAsync($$"""{"conversation":"{{id}}","id":"{{id}}","text":"x"}""")).Status);
    }

    [Theory]
    [InlineData("stopping", 503, true)]
    [InlineData("full", 503, true)]
    [InlineData("notAllowed", 403, false)]
    [InlineData("tooLarge", 413, false)]
    [InlineData("invalid", 422, false)]
    public async Task What_the_inbox_turns_away_the_page_is_told_with_the_reason(string reason, int status, bool refused)
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        fixture.Context.Inbox.Answer = _ => Task.FromResult(refused ? Acceptance.Refused(reason) : Acceptance.Discarded(reason));
        var reply = await fixture.PostAsync(Good);
        Assert.Equal((status, reason), (reply.Status, ChatFixture.Json(reply).GetProperty("reason").GetString()));
        Assert.Equal(refused, reply.Headers.ContainsKey("retry-after"));
        Assert.Empty(await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task A_retired_generation_sends_the_page_to_the_next_one()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        fixture.Context.Inbox.Answer = _ => Task.FromResult(Acceptance.Retired);
        Assert.Equal(503, (await fixture.PostAsync(Good)).Status);
    }

    [Theory]
    [InlineData("GET", "/messages", 405, "POST")]
    [InlineData("POST", "/events", 405, "GET, HEAD")]
    [InlineData("DELETE", "", 405, "GET, HEAD")]
    [InlineData("GET", "/../secret", 404, null)]
    [InlineData("GET", "/events", 400, null)]
    [InlineData("GET", "/history", 400, null)]
    public async Task Other_paths_and_methods_are_refused(string method, string path, int status, string? allow)
    {
        await using var fixture = new ChatFixture();
        var adapter = await fixture.ConnectAsync();
        var reply = await adapter.HandleAsync(new HttpCall(method, path, default), default);
        Assert.Equal(status, reply.Status);
        Assert.Equal(allow, reply.Headers.GetValueOrDefault("Allow"));
    }

    [Theory]
    [InlineData("", "text/html; charset=utf-8")]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/chat.js", "text/javascript; charset=utf-8")]
    [InlineData("/messages.js", "text/javascript; charset=utf-8")]
    [InlineData("/store.js", "text/javascript; charset=utf-8")]
    [InlineData("/stream.js", "text/javascript; charset=utf-8")]
    [InlineData("/upload.js", "text/javascript; charset=utf-8")]
    [InlineData("/view.js", "text/javascript; charset=utf-8")]
    [InlineData("/chat.css", "text/css; charset=utf-8")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task The_page_is_served_from_the_assembly(string path, string contentType)
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var reply = await fixture.GetAsync(path);
        Assert.Equal((200, contentType), (reply.Status, reply.ContentType));
        Assert.False(reply.Body.IsEmpty);
    }
}
