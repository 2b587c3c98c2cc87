using PluginGateway.Plugins.WebChat;

namespace PluginGateway.Tests.Plugins.WebChat;

/// <summary>Edits, deletions, reactions and files of the visitor.</summary>
public sealed class PostedChangeTests
{
    private const string First = """{"conversation":"c","id":"m1","text":"hello"}""";

    [Fact]
    public async Task An_edit_is_answered_only_after_the_inbox_and_the_history_have_it()
    {
        await using var fixture = await WithMessageAsync();
        var stored = new TaskCompletionSource<Acceptance>();
        fixture.Context.Inbox.Answer = _ => stored.Task;
        var posting = fixture.PostAsync("""{"conversation":"c","id":"e1","message":"m1","text":"hello!"}""", path: "/edits");
        Assert.False(posting.IsCompleted);
        Assert.Equal(["user:m1:hello"], await fixture.HistoryAsync("c"));
        stored.SetResult(Acceptance.Stored);
        Assert.Equal((202, """{"id":"e1","status":"stored"}"""), Of(await posting));
        var edited = Assert.IsType<MessageEdited>(fixture.Context.Inbox.Offered[^1]);
        Assert.Equal(("edit:1:c:e1", "m1", "hello!", "c", "c"), (edited.EventId, edited.MessageId, edited.Text, edited.Sender.Id, edited.Chat.Id));

        // Not closed: what the next generation reads is what was on disk at that moment.
        var (_, change) = fixture.Context.Topics.Published[^1];
        Assert.Equal(("change", false), (change.Name, change.Data.Contains("hello", StringComparison.Ordinal)));
        await fixture.ConnectAsync();
        Assert.Equal(["user:m1:hello!"], await fixture.HistoryAsync("c"));
        Assert.True((await fixture.MessagesAsync("c")).Single().TryGetProperty("edited", out _));
    }

    [Fact]
    public async Task A_change_that_is_posted_again_is_one_event_and_undoes_no_later_one()
    {
        await using var fixture = await WithMessageAsync();
        const string one = """{"conversation":"c","id":"e1","message":"m1","text":"one"}""";
        await fixture.PostAsync(one, path: "/edits");
        await fixture.PostAsync("""{"conversation":"c","id":"e2","message":"m1","text":"two"}""", path: "/edits");
        await fixture.ReconnectAsync();
        Assert.Equal((202, """{"id":"e1","status":"duplicate"}"""), Of(await fixture.PostAsync(one, path: "/edits")));
        Assert.Empty(fixture.Context.Inbox.Offered);
        Assert.Equal(["user:m1:two"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task A_change_that_the_inbox_has_and_the_history_missed_is_made_when_it_is_posted_again()
    {
        await using var fixture = await WithMessageAsync();
        fixture.Context.Inbox.Answer = _ => Task.FromResult(Acceptance.Duplicate);
        Assert.Equal((202, """{"id":"e1","status":"duplicate"}"""),
            Of(await fixture.PostAsync("""{"conversation":"c","id":"e1","message":"m1","text":"new"}""", path: "/edits")));
        Assert.Equal(["user:m1:new"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task A_deleted_message_is_gone_with_its_files_and_deleting_it_again_is_no_event()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var id = ChatFixture.Json(await fixture.UploadAsync("c", "a.txt", "text"u8.ToArray())).GetProperty("id").GetString();
        await fixture.PostAsync($$"""{"conversation":"c","id":"m1","attachments":["{{id}}"]}""");
        foreach (var status in (string[])["stored", "duplicate"])
            Assert.Equal((202, $$"""{"id":"d1","status":"{{status}}"}"""),
                Of(await fixture.PostAsync("""{"conversation":"c","id":"d1","message":"m1"}""", path: "/deletions")));
        var deleted = Assert.IsType<MessageDeleted>(fixture.Context.Inbox.Offered[^1]);
        Assert.Equal(("deletion:1:c:d1", "m1", "c"), (deleted.EventId, deleted.MessageIds.Single(), deleted.Sender!.Id));
        Assert.Equal(2, fixture.Context.Inbox.Offered.Count);
        Assert.Empty(await fixture.HistoryAsync("c"));
        Assert.Empty(fixture.Attached);
    }

    [Fact]
    public async Task Reactions_of_the_visitor_are_added_and_taken_back_beside_the_bots()
    {
        await using var fixture = await WithMessageAsync();
        await fixture.ReplyAsync("c", "k1");
        await fixture.ReactAsync("c", "k1", "🎉");
        foreach (var one in (string[])["\"r1\",\"emoji\":\"👍\"", "\"r2\",\"emoji\":\"❤️\"", "\"r3\",\"emoji\":\"👍\",\"remove\":true",
            "\"r1\",\"emoji\":\"👍\""])
            Assert.Equal(202, (await fixture.PostAsync($$"""{"conversation":"c","message":"k1","id":{{one}}}""", path: "/reactions")).Status);

        Assert.Equal(["+👍", "+❤️", "-👍"], fixture.Context.Inbox.Offered.OfType<ReactionChanged>()
            .Select(static one => string.Concat([.. one.Added.Select(static added => $"+{added.Emoji}"), .. one.Removed.Select(static gone => $"-{gone.Emoji}")])));
        Assert.All(fixture.Context.Inbox.Offered.OfType<ReactionChanged>(), static one => Assert.Equal("k1", one.MessageId));
        await fixture.ReconnectAsync();
        Assert.Equal(["🎉 of gateway", "❤️ of user"], ChatFixture.Reactions((await fixture.MessagesAsync("c"))[1]));
    }

    [Fact]
    public async Task A_message_has_a_bounded_number_of_reactions()
    {
        await using var fixture = await WithMessageAsync();
        for (var i = 0; i <= ChatLimits.MostReactions; i++)
        {
            var reply = await fixture.PostAsync($$"""{"conversation":"c","id":"r{{i}}","message":"m1","emoji":"e{{i}}"}""", path: "/reactions");
            Assert.Equal(i < ChatLimits.MostReactions ? 202 : 404, reply.Status);
        }
    }

    [Theory]
    [InlineData("/edits", """{"conversation":"c","id":"x","message":"k1","text":"mine now"}""")]
    [InlineData("/deletions", """{"conversation":"c","id":"x","message":"k1"}""")]
    [InlineData("/edits", """{"conversation":"c","id":"x","message":"gone","text":"t"}""")]
    [InlineData("/deletions", """{"conversation":"other","id":"x","message":"m1"}""")]
    [InlineData("/reactions", """{"conversation":"c","id":"x","message":"gone","emoji":"👍"}""")]
    public async Task Messages_of_the_bot_and_unknown_ones_cannot_be_changed(string path, string body)
    {
        await using var fixture = await WithMessageAsync();
        await fixture.ReplyAsync("c", "k1");
        var reply = await fixture.PostAsync(body, path: path);
        var json = ChatFixture.Json(reply);
        Assert.Equal((404, "notFound", "message"), (reply.Status, json.GetProperty("reason").GetString(), json.GetProperty("field").GetString()));
        Assert.Single(fixture.Context.Inbox.Offered);
        Assert.Equal(["user:m1:hello", "gateway:k1:hello"], await fixture.HistoryAsync("c"));
    }

    [Theory]
    [InlineData("/edits", """{"conversation":"c","id":"x","text":"t"}""", "message")]
    [InlineData("/edits", """{"conversation":"c","id":"x","message":"m1","text":" "}""", "text")]
    [InlineData("/deletions", """{"conversation":"c","message":"m1"}""", "id")]
    [InlineData("/reactions", """{"conversation":"c","id":"x","message":"m1"}""", "emoji")]
    [InlineData("/reactions", """{"conversation":"c","id":"x","message":"m1","emoji":"two words"}""", "emoji")]
    [InlineData("/reactions", """{"conversation":"c","id":"x","message":"m1","emoji":"👍","remove":"yes"}""", "remove")]
    [InlineData("/messages", """{"conversation":"c","id":"x","attachments":"a"}""", "attachments")]
    [InlineData("/messages", """{"conversation":"c","id":"x","attachments":["a","a"]}""", "attachments")]
    [InlineData("/messages", """{"conversation":"c","id":"x","attachments":["1","2","3","4","5","6","7","8","9","10","11"]}""", "attachments")]
    [InlineData("/messages", """{"conversation":"c","id":"x","attachments":[]}""", "text")]
    [InlineData("/messages", """{"conversation":"c","id":"x","attachments":["0123456789abcdef0123456789abcdef"]}""", "attachments")]
    public async Task Nonsense_is_refused_and_the_field_is_named(string path, string body, string field)
    {
        await using var fixture = await WithMessageAsync();
        var reply = await fixture.PostAsync(body, path: path);
        Assert.Equal((400, field), (reply.Status, ChatFixture.Json(reply).GetProperty("field").GetString()));
        Assert.Equal(415, (await fixture.PostAsync(body, "text/plain", path)).Status);
        Assert.Single(fixture.Context.Inbox.Offered);
    }

    [Theory]
    [InlineData("stopping", 503, true)]
    [InlineData("full", 503, true)]
    [InlineData("notAllowed", 403, false)]
    [InlineData("tooLarge", 413, false)]
    public async Task What_the_inbox_turns_away_is_not_made_and_the_page_is_told_with_the_reason(string reason, int status, bool refused)
    {
        await using var fixture = await WithMessageAsync();
        fixture.Context.Inbox.Answer = _ => Task.FromResult(refused ? Acceptance.Refused(reason) : Acceptance.Discarded(reason));
        var reply = await fixture.PostAsync("""{"conversation":"c","id":"d1","message":"m1"}""", path: "/deletions");
        Assert.Equal((status, reason), (reply.Status, ChatFixture.Json(reply).GetProperty("reason").GetString()));
        Assert.Equal(["user:m1:hello"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task A_change_that_no_handler_wants_is_made_on_the_page_all_the_same()
    {
        await using var fixture = await WithMessageAsync();
        fixture.Context.Inbox.Answer = _ => Task.FromResult(Acceptance.Discarded("unsupported"));
        Assert.Equal((202, """{"id":"e1","status":"ignored"}"""),
            Of(await fixture.PostAsync("""{"conversation":"c","id":"e1","message":"m1","text":"new"}""", path: "/edits")));
        Assert.Equal(["user:m1:new"], await fixture.HistoryAsync("c"));
    }

    [Fact]
    public async Task An_uploaded_file_comes_with_the_message_that_names_it_and_is_handed_to_the_host()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var uploaded = await fixture.UploadAsync("c", "dir/notes.txt", "some text"u8.ToArray(), "text/plain; charset=utf-8");
        var file = ChatFixture.Json(uploaded);
        Assert.Equal((201, "notes.txt", "text/plain", 9), (uploaded.Status, file.GetProperty("name").GetString(),
            file.GetProperty("type").GetString(), file.GetProperty("size").GetInt32()));

        // The upload waits over a restart, and nobody sees it before a message that was accepted names it.
        await fixture.ReconnectAsync();
        var id = file.GetProperty("id").GetString();
        Assert.Equal(404, (await fixture.GetAsync($"/files/{id}")).Status);
        Assert.Equal(202, (await fixture.PostAsync($$"""{"conversation":"c","id":"m1","attachments":["{{id}}"]}""")).Status);
        Assert.Equal(200, (await fixture.GetAsync($"/files/{id}")).Status);
        var attachment = fixture.Context.Inbox.Offered.OfType<InboundMessage>().Single().Attachments.Single();
        Assert.Equal((id, AttachmentKind.File, "notes.txt", "text/plain", 9L),
            (attachment.Reference, attachment.Kind, attachment.Name, attachment.ContentType, attachment.Size));
        var path = Path.Combine(fixture.Folder, "fetched");
        Assert.Equal(new FetchedAttachment(9, "text/plain"), await fixture.Adapter.FetchAsync(new AttachmentRequest(attachment, path, 9), default));
        Assert.Equal("some text", await File.ReadAllTextAsync(path));
        Assert.Equal("attachment-too-large", (await Assert.ThrowsAsync<PluginException>(
            () => fixture.Adapter.FetchAsync(new AttachmentRequest(attachment, path, 8), default))).Fault.Code);
        Assert.Equal("attachment-unavailable", (await Assert.ThrowsAsync<PluginException>(() => fixture.Adapter.FetchAsync(
            new AttachmentRequest(new Attachment("gone", AttachmentKind.File), path, 9), default))).Fault.Code);

        Assert.Equal(202, (await fixture.PostAsync($$"""{"conversation":"c","id":"m1","attachments":["{{id}}"]}""")).Status);
        Assert.Equal(id, fixture.Context.Inbox.Offered.OfType<InboundMessage>().Last().Attachments.Single().Reference);
        Assert.Equal("notes.txt", (await fixture.MessagesAsync("c")).Single().GetProperty("files")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_host_has_the_file_as_soon_as_it_has_the_message()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var id = ChatFixture.Json(await fixture.UploadAsync("c", "a.txt", "text"u8.ToArray())).GetProperty("id").GetString();
        fixture.Context.Inbox.Answer = async accepted =>
        {
            var request = new AttachmentRequest(((InboundMessage)accepted).Attachments.Single(), Path.Combine(fixture.Folder, "fetched"), 100);
            await fixture.Adapter.FetchAsync(request, default);
            return Acceptance.Stored;
        };
        Assert.Equal(202, (await fixture.PostAsync($$"""{"conversation":"c","id":"m1","attachments":["{{id}}"]}""")).Status);
        Assert.Equal("text", await File.ReadAllTextAsync(Path.Combine(fixture.Folder, "fetched")));
    }

    [Fact]
    public async Task A_file_is_of_one_message_of_its_conversation()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        var id = ChatFixture.Json(await fixture.UploadAsync("c", "a.png", [1])).GetProperty("id").GetString();
        Assert.Equal(400, (await fixture.PostAsync($$"""{"conversation":"other","id":"m1","attachments":["{{id}}"]}""")).Status);
        Assert.Equal(202, (await fixture.PostAsync($$"""{"conversation":"c","id":"m1","text":"t","attachments":["{{id}}"]}""")).Status);
        var again = await fixture.PostAsync($$"""{"conversation":"c","id":"m2","attachments":["{{id}}"]}""");
        Assert.Equal((400, "unknownFile"), (again.Status, ChatFixture.Json(again).GetProperty("reason").GetString()));
        Assert.Single(fixture.Context.Inbox.Offered.OfType<InboundMessage>());
    }

    [Fact]
    public async Task Uploads_that_no_message_names_have_a_bound_of_their_own()
    {
        await using var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.SendFilesAsync("c", "k1", fixture.FileToSend("kept", [1]));
        var kept = fixture.Attached.Single();
        for (var i = 0; i < 25; i++) Assert.Equal(201, (await fixture.UploadAsync("c", $"{i}", new byte[1024 * 1024])).Status);
        Assert.Equal(21, fixture.Attached.Length);
        Assert.Contains(kept, fixture.Attached);
        Assert.Equal(400, (await fixture.UploadAsync("c", "empty", [])).Status);
        Assert.Equal(400, (await fixture.UploadAsync("", "nowhere", [1])).Status);
    }

    private static async Task<ChatFixture> WithMessageAsync()
    {
        var fixture = new ChatFixture();
        await fixture.ConnectAsync();
        await fixture.PostAsync(First);
        return fixture;
    }

    private static (int Status, string Json) Of(HttpReply reply) => (reply.Status, ChatFixture.Json(reply).GetRawText());
}
