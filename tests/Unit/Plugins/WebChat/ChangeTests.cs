using System.Text.Json;

namespace PluginGateway.Tests.Plugins.WebChat;

/// <summary>Edits, deletions and reactions of the bot, and its typing indicator.</summary>
public sealed class ChangeTests
{
    [Fact]
    public async Task An_edit_is_durable_when_it_is_sent_and_open_pages_get_the_new_text()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.ReplyAsync("c", "k1", "Working ...");
        Assert.Equal((SendOutcome.Sent, "k1"), Of(await fixture.EditAsync("c", "k1", "Done")));
        var (topic, change) = fixture.Context.Topics.Published[^1];
        Assert.Equal((fixture.Context.Topics.Published[0].Topic, "change", null), (topic, change.Name, change.Id));
        var json = Json(change);
        Assert.Equal(("k1", "gateway", "Done", 1),
            (Text(json, "message"), Text(json, "from"), Text(json, "text"), json.GetProperty("version").GetInt32()));

        // Not closed: what the next generation reads is what was on disk at that moment.
        await fixture.ConnectAsync();
        Assert.Equal(["gateway:k1:Done"], await fixture.HistoryAsync("c"));
        var message = (await fixture.MessagesAsync("c")).Single();
        Assert.True(message.GetProperty("edited").GetInt64() >= message.GetProperty("time").GetInt64());
        Assert.Contains("\"text\":\"Done\"", (await fixture.GetAsync("/events", "c")).First.Single().Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_knows_replies_only_gets_no_other_event_without_a_name_and_its_position_stays()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.ReplyAsync("c", "k1");
        await fixture.EditAsync("c", "k1", "new");
        await fixture.ReactAsync("c", "k1", "👍");
        await fixture.Adapter.ShowTypingAsync(new TypingIndication(ChatFixture.ChatOf("c")), default);
        await fixture.DeleteAsync("c", "k1");
        Assert.Equal([null, "change", "change", "typing", "change"], fixture.Context.Topics.Published.Select(static one => one.Event.Name));
        Assert.All(fixture.Context.Topics.Published.Skip(1), static one => Assert.Null(one.Event.Id));
        Assert.All(fixture.Context.Topics.Published.Skip(1), static one => Assert.False(Json(one.Event).TryGetProperty("id", out _)));
    }

    [Fact]
    public async Task A_deleted_reply_is_gone_for_good_and_named_for_pages_that_show_it()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        foreach (var key in (string[])["k1", "k2", "k3"]) await fixture.ReplyAsync("c", key);
        Assert.Equal((SendOutcome.Sent, "k2"), Of(await fixture.DeleteAsync("c", "k2")));
        var change = Json(fixture.Context.Topics.Published[^1].Event);
        Assert.Equal((true, false), (change.GetProperty("deleted").GetBoolean(), change.TryGetProperty("text", out _)));
        await fixture.ReplyAsync("c", "k2", "the same key again");
        await fixture.ConnectAsync();
        Assert.Equal(["gateway:k1:hello", "gateway:k3:hello"], await fixture.HistoryAsync("c"));
        Assert.Equal(["k1", "k3"], await fixture.StreamAsync("c"));
        Assert.Equal(["k3"], await fixture.StreamAsync("c", lastEventId: "k2"));
        var deleted = ChatFixture.Json(await fixture.GetAsync("/history", "c")).GetProperty("deleted").EnumerateArray().Single();
        Assert.Equal(("k2", "gateway"), (Text(deleted, "id"), Text(deleted, "from")));
    }

    [Fact]
    public async Task A_reaction_of_the_bot_is_one_and_goes_to_messages_of_both_sides()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.PostAsync("""{"conversation":"c","id":"m1","text":"hello"}""");
        await fixture.ReplyAsync("c", "k1");
        Assert.Equal("m1", fixture.Context.Inbox.Offered.OfType<InboundMessage>().Single().MessageId);
        foreach (var emoji in (string?[])["👀", "👍"]) Assert.Equal(SendOutcome.Sent, (await fixture.ReactAsync("c", "m1", emoji)).Outcome);
        await fixture.ReactAsync("c", "k1", "🎉");
        await fixture.ConnectAsync();
        Assert.Equal(["👍 of gateway", "🎉 of gateway"],
            (await fixture.MessagesAsync("c")).Select(static message => ChatFixture.Reactions(message).Single()));
        await fixture.ReactAsync("c", "m1", null);
        Assert.Empty(ChatFixture.Reactions((await fixture.MessagesAsync("c"))[0]));
    }

    [Fact]
    public async Task Doing_it_twice_changes_nothing_and_open_pages_are_told_again()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.ReplyAsync("c", "k1");
        await fixture.EditAsync("c", "k1", "new");
        await fixture.ReactAsync("c", "k1", "👍");
        // The generation before may have written it and not come to publish it.
        await fixture.ReconnectAsync();
        var (bytes, before) = (fixture.Bytes, Raw(await fixture.MessagesAsync("c")));
        Assert.Equal(SendOutcome.Sent, (await fixture.EditAsync("c", "k1", "new")).Outcome);
        Assert.Equal(SendOutcome.Sent, (await fixture.ReactAsync("c", "k1", "👍")).Outcome);
        Assert.Equal((bytes, before), (fixture.Bytes, Raw(await fixture.MessagesAsync("c"))));
        Assert.Equal(2, fixture.Context.Topics.Published.Count);
        for (var i = 0; i < 2; i++) Assert.Equal(SendOutcome.Sent, (await fixture.DeleteAsync("c", "k1")).Outcome);
        Assert.Empty(await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task A_message_that_is_unknown_or_deleted_cannot_be_changed_and_is_deleted_already()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.PostAsync("""{"conversation":"c","id":"m1","text":"not the bot's"}""");
        await fixture.ReplyAsync("c", "k1");
        await fixture.DeleteAsync("c", "k1");
        foreach (var id in (string[])["k1", "gone", "m1"])
        {
            var refused = await fixture.EditAsync("c", id, "new");
            Assert.Equal((SendOutcome.NotSent, SendErrorKind.NotFound, SendRetryKind.Never),
                (refused.Outcome, refused.Error!.Kind, refused.Error.Retry.Kind));
        }

        Assert.Equal(SendErrorKind.NotFound, (await fixture.ReactAsync("c", "k1", "👍")).Error!.Kind);
        Assert.Equal(SendOutcome.Sent, (await fixture.DeleteAsync("c", "gone")).Outcome);
        Assert.Equal(["user:m1:not the bot's"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task Changes_at_the_same_time_are_all_made_and_share_the_waits_for_the_disk()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.ReplyAsync("c", "k1");
        await Task.WhenAll(
            Enumerable.Range(1, 200).Select(i => fixture.EditAsync("c", "k1", $"text {i}")).Append(fixture.ReactAsync("c", "k1", "👍")));
        await fixture.ReconnectAsync();
        var message = (await fixture.MessagesAsync("c")).Single();
        Assert.Equal((201, "👍 of gateway"), (message.GetProperty("version").GetInt32(), ChatFixture.Reactions(message).Single()));
    }

    [Fact]
    public async Task Edits_without_end_leave_a_bounded_log_and_the_order_of_the_messages()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        foreach (var key in (string[])["k1", "k2", "k3"]) await fixture.ReplyAsync("c", key);
        for (var i = 0; i < 100; i++) await fixture.EditAsync("c", "k2", $"{i} {new string('x', 100_000)}");
        Assert.InRange(fixture.Bytes, 100_000, 4_000_000);
        await fixture.EditAsync("c", "k2", "short");
        await fixture.ReconnectAsync();
        Assert.Equal(["gateway:k1:hello", "gateway:k2:short", "gateway:k3:hello"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task An_edit_that_a_replaced_generation_writes_is_unknown_and_the_next_one_makes_it()
    {
        await using var fixture = new ChatFixture();
        var old = await fixture.ConnectAsync();
        await fixture.ReplyAsync("c", "k1");
        await fixture.ConnectAsync();
        var edit = new MessageEdit("edit", new MessageRef(ChatFixture.ChatOf("c"), "k1"), "late");
        Assert.Equal(SendOutcome.Unknown, (await old.EditAsync(edit, default)).Outcome);
        await fixture.EditAsync("c", "k1", "newest");
        await fixture.ReconnectAsync();
        Assert.Equal(["gateway:k1:newest"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task Replies_have_what_they_answer()
    {
        await using var fixture = new ChatFixture();
        var adapter = await fixture.ConnectAsync();
        await fixture.PostAsync("""{"conversation":"c","id":"m1","text":"hello"}""");
        await fixture.PostAsync("""{"conversation":"c","id":"m2","text":"well?","replyTo":"m1"}""");
        await adapter.SendAsync(new OutboundMessage("k1", ChatFixture.ChatOf("c"), "yes") { ReplyTo = "m2" }, default);
        Assert.Equal("m2", Text(Json(fixture.Context.Topics.Published.Single().Event), "replyTo"));
        await fixture.ReconnectAsync();
        Assert.Equal(["", "m1", "m2"], (await fixture.MessagesAsync("c")).Select(static message =>
            message.TryGetProperty("replyTo", out var answered) ? answered.GetString() : ""));
    }

    private static JsonElement Json(StreamEvent published) => JsonDocument.Parse(published.Data).RootElement;

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static string Raw(JsonElement[] messages) => string.Join('\n', messages.Select(static message => message.GetRawText()));

    private static (SendOutcome Outcome, string? Id) Of(SendResult result) => (result.Outcome, result.Receipt?.MessageId);
}
