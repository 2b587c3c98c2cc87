using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Edits, deletions and reactions on the chat page, and the typing indicator of the bot.</summary>
public sealed class ChatChangeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_the_chat_page_a_program_edits_reacts_to_and_deletes_what_it_sent_and_reacts_to_what_was_said(bool isolated)
    {
        using var folder = new TempFolder();
        var plan = Plans.With([], isolated: isolated);
        using (var gateway = GatewayProcess.StartReady(folder, plan))
        {
            using var api = new ApiClient(gateway.Address);
            using var chat = new ChatClient(gateway.Address);
            using var events = new EventLines(gateway.Address, "/chat/events?conversation=room");
            using var replies = chat.Listen("room");
            await chat.SendAsync("room", "1", "Hello");
            replies.WaitFor(1, Bound.Replies);
            foreach (var key in (string[])["k", "gone"]) await api.PostAsync(new { to = "web:room", text = "Working ...", key });
            Assert.Equal(HttpStatusCode.Accepted,
                (await api.SendAsync(HttpMethod.Patch, "/api/messages/k", new { text = "Done", key = "e" })).Status);
            await api.SendAsync(HttpMethod.Put, "/api/messages/k/reaction", new { emoji = "🎉", key = "r" });
            await api.SendAsync(HttpMethod.Put, "/api/messages/i1/reaction", new { emoji = "👀", key = "r2" });
            Assert.Equal(HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Delete, "/api/messages/gone?key=d", null)).Status);
            foreach (var key in (string[])["e", "r", "r2", "d"]) api.WaitFor(key, "delivered");
            Bound.Until(() => Changes(events).Length == 4, Bound.Replies, () => string.Join('\n', events.Lines));
            Assert.Contains(Changes(events), static change => change.TryGetProperty("deleted", out _));
            Assert.Contains(Changes(events), static change => change.TryGetProperty("text", out var text) && text.GetString() == "Done");
            // A reader of replies knows nothing of it.
            Assert.Equal(["Hello", "Working ...", "Working ..."], replies.Replies.Select(static reply => reply.Text));
            gateway.Status().AssertBalances();
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, plan);
        using var later = new ChatClient(next.Address);
        Assert.Equal(["user: Hello [👀 gateway]", "gateway: Hello", "gateway: Done (edited) [🎉 gateway]"], await later.TalkAsync("room"));
        using var again = new ApiClient(next.Address);
        await again.SendAsync(HttpMethod.Put, "/api/messages/k/reaction", new { emoji = (string?)null, key = "r3" });
        again.WaitFor("r3", "delivered");
        Assert.Equal("gateway: Done (edited)", (await later.TalkAsync("room"))[^1]);
        await again.SendAsync(HttpMethod.Patch, "/api/messages/gone", new { text = "Back", key = "e2" });
        again.WaitFor("e2", "rejected");
        Assert.Equal(0, next.Stop());
    }

    [Fact]
    public async Task On_the_chat_page_the_typing_indicator_is_shown_while_a_backend_thinks()
    {
        using var folder = new TempFolder();
        var port = FreePort.Next();
        using var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        var handler = new JsonObject
        {
            ["plugin"] = "Webhook",
            ["settings"] = new JsonObject { ["url"] = $"http://127.0.0.1:{port}/", ["secret"] = "a-secret-of-the-tests" },
        };
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([], handler: handler));
        using var chat = new ChatClient(gateway.Address);
        using var events = new EventLines(gateway.Address, "/chat/events?conversation=room");
        await chat.SendAsync("room", "1", "Think about it");
        var request = await listener.GetContextAsync();
        events.WaitFor("event: typing");
        var turn = (await JsonDocument.ParseAsync(request.Request.InputStream)).RootElement;
        Assert.Equal(("1", """["edit","delete","react","attach","fetch"]"""),
            (turn.GetProperty("messageId").GetString(), turn.GetProperty("capabilities").GetRawText()));
        request.Response.OutputStream.Write("""{"replies":[{"react":"👍"},{"text":"I have","replyTo":"1"}]}"""u8);
        request.Response.Close();
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
        Assert.Equal(["user: Think about it [👍 gateway]", "gateway: I have"], await chat.TalkAsync("room"));
        gateway.Status().AssertBalances();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_the_chat_page_a_handler_is_given_edits_deletions_and_reactions_of_the_visitor_once(bool isolated)
    {
        using var folder = new TempFolder();
        var plan = Plans.With([], isolated: isolated);
        var edit = new { conversation = "room", id = "e1", message = "1", text = "Hello, world" };
        var reaction = new { conversation = "room", id = "r1", message = "2", emoji = "👍" };
        var deletion = new { conversation = "room", id = "d1", message = "1" };
        using (var gateway = GatewayProcess.StartReady(folder, plan))
        {
            using var chat = new ChatClient(gateway.Address);
            using var replies = chat.Listen("room");
            for (var i = 1; i <= 2; i++)
            {
                await chat.SendAsync("room", $"{i}", "Hello");
                replies.WaitFor(i, Bound.Replies);
            }

            for (var i = 0; i < 2; i++)
            {
                Assert.Equal(HttpStatusCode.Accepted, (await chat.PostAsync("/chat/edits", edit)).Status);
                Assert.Equal(HttpStatusCode.Accepted, (await chat.PostAsync("/chat/reactions", reaction)).Status);
            }

            replies.WaitFor(4, Bound.Replies);
            var theirs = new { conversation = "room", id = "e2", message = replies.Replies[0].Id, text = "Mine" };
            var refused = await chat.PostAsync("/chat/edits", theirs);
            Assert.Equal((HttpStatusCode.NotFound, "notFound"), (refused.Status, refused.Json.GetProperty("reason").GetString()));
            Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, plan);
        using var later = new ChatClient(next.Address);
        Assert.Equal("duplicate", (await later.PostAsync("/chat/edits", edit)).Json.GetProperty("status").GetString());
        Assert.Equal("stored", (await later.PostAsync("/chat/deletions", deletion)).Json.GetProperty("status").GetString());
        Assert.Equal("duplicate", (await later.PostAsync("/chat/deletions", deletion)).Json.GetProperty("status").GetString());
        using var stream = later.Listen("room");
        stream.WaitFor(5, Bound.Replies);
        Bound.Until(() => next.Status().IsIdle, Bound.Replies, () => next.Said);
        Assert.Equal(["gateway: Hello", "user: Hello [👍 user]", "gateway: Hello", "gateway: (edited 1) Hello, world",
            "gateway: (Visitor reacted to 2: +👍)", "gateway: (deleted 1)"], await later.TalkAsync("room"));
        next.Status().AssertBalances();
        Assert.Equal(0, next.Stop());
    }

    private static JsonElement[] Changes(EventLines events)
    {
        var lines = events.Lines;
        return [.. lines.Zip(lines.Skip(1)).Where(static pair => pair.First == "event: change")
            .Select(static pair => JsonDocument.Parse(pair.Second["data: ".Length..]).RootElement)];
    }
}
