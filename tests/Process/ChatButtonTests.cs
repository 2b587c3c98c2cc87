using System.Net;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Buttons on the chat page, which Echo makes of labels in brackets, or a program sends.</summary>
public sealed class ChatButtonTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_the_chat_page_a_press_is_answered_handled_once_and_shown_also_after_a_kill(bool isolated)
    {
        using var folder = new TempFolder();
        var plan = Plans.With([], isolated: isolated);
        string[] tokens;
        string asked;
        using (var gateway = GatewayProcess.StartReady(folder, plan))
        {
            using var chat = new ChatClient(gateway.Address);
            using var replies = chat.Listen("room");
            await chat.SendAsync("room", "1", "Shall I? [Yes] [No]");
            replies.WaitFor(1, Bound.Replies);
            asked = replies.Replies[0].Id;
            var message = await MessageAsync(chat, asked);
            Assert.Equal("Shall I? [Yes] [No]", message.GetProperty("text").GetString());
            var buttons = message.GetProperty("buttons").EnumerateArray().ToArray();
            Assert.Equal(["Yes default", "No default"], buttons.Select(static one => $"{one.GetProperty("label")} {one.GetProperty("style")}"));
            tokens = [.. buttons.Select(static one => one.GetProperty("token").GetString()!)];
            Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
            gateway.Kill();
        }

        var press = new { conversation = "room", id = "p1", token = tokens[0], messageId = asked };
        using (var gateway = GatewayProcess.StartReady(folder, plan))
        {
            using var chat = new ChatClient(gateway.Address);
            using var replies = chat.Listen("room");
            using var events = new EventLines(gateway.Address, "/chat/events?conversation=room");
            events.WaitUntilOpen();
            using var ofPrograms = new EventLines(gateway.Address, "/api/events");
            ofPrograms.WaitUntilOpen();
            var forged = new { conversation = "room", id = "p2", token = "0123456789012345678901" };
            var elsewhere = new { conversation = "another room", id = "p3", token = tokens[0] };
            foreach (var useless in (object[])[forged, elsewhere])
                Assert.Equal((HttpStatusCode.Gone, "expired", "This button does not work any more."),
                    Of(await chat.PostAsync("/chat/presses", useless)));

            foreach (var status in (string[])["stored", "duplicate"])
            {
                var answer = await chat.PostAsync("/chat/presses", press);
                Assert.Equal((HttpStatusCode.Accepted, status), (answer.Status, answer.Json.GetProperty("status").GetString()));
            }

            replies.WaitFor(2, Bound.Replies);
            Bound.Until(() => events.Lines.Any(static line => line.StartsWith("data: ", StringComparison.Ordinal)
                && line.Contains("✓ Yes", StringComparison.Ordinal) && !line.Contains("buttons", StringComparison.Ordinal)),
                Bound.Replies, () => string.Join('\n', events.Lines));
            Assert.Contains(ofPrograms.Lines, static line => line.Contains("\"kind\":\"pressed\"", StringComparison.Ordinal)
                && line.Contains(""" "button":{"id":"Yes","label":"Yes","target":"m1"}""".Trim(), StringComparison.Ordinal));
            Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, plan);
        using var later = new ChatClient(next.Address);
        Assert.Equal("duplicate", (await later.PostAsync("/chat/presses", press)).Json.GetProperty("status").GetString());
        var second = new { conversation = "room", id = "p4", token = tokens[1], messageId = asked };
        Assert.Equal((HttpStatusCode.Conflict, "alreadyTaken", "This has been answered already."),
            Of(await later.PostAsync("/chat/presses", second)));
        Bound.Until(() => next.Status().IsIdle, Bound.Replies, () => next.Said);
        Assert.False((await MessageAsync(later, asked)).TryGetProperty("buttons", out _));
        Assert.Equal(["user: Shall I? [Yes] [No]", "gateway: Shall I? [Yes] [No]\n\n✓ Yes (edited)", "gateway: (Visitor pressed Yes)"],
            await later.TalkAsync("room"));
        next.Status().AssertBalances();
        Assert.Equal(0, next.Stop());
    }

    [Fact]
    public async Task Buttons_of_a_program_survive_a_kill_with_their_message_and_a_press_goes_to_the_handler_and_to_programs()
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Second");
        const string plan = """
            {
              "gateway": { "pluginPaths": ["more"] },
              "adapters": [ { "id": "web", "plugin": "WebChat", "enabled": ENABLED }, { "id": "second", "plugin": "Second" } ]
            }
            """;
        var enabled = plan.Replace("ENABLED", "true", StringComparison.Ordinal);
        var ask = Question("go", "Yes");
        using (var gateway = GatewayProcess.StartReady(folder, plan.Replace("ENABLED", "false", StringComparison.Ordinal)))
        {
            using var api = new ApiClient(gateway.Address);
            Assert.Equal(HttpStatusCode.Accepted, (await api.PostAsync(ask)).Status);
            gateway.Kill();
        }

        JsonElement[] buttons;
        using (var gateway = GatewayProcess.StartReady(folder, enabled))
        {
            using var api = new ApiClient(gateway.Address);
            using var chat = new ChatClient(gateway.Address);
            using var replies = chat.Listen("room");
            using var events = new EventLines(gateway.Address, "/api/events");
            events.WaitUntilOpen();
            api.WaitFor("ask", "delivered");
            Assert.Equal(HttpStatusCode.OK, (await api.PostAsync(ask)).Status);
            foreach (var other in (object[])[Question("run", "Yes"), Question("go", "Yep")])
                Assert.Equal(HttpStatusCode.Conflict, (await api.PostAsync(other)).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await api.PostAsync(Question("", "Yes"))).Status);
            var secret = await api.PostAsync(new { to = "web:room", text = "secret", key = "secret", visibleTo = "somebody" });
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "unsupported"), (secret.Status, secret.Json.GetProperty("reason").GetString()));

            replies.WaitFor(1, Bound.Replies);
            var asked = replies.Replies.Single();
            buttons = [.. (await MessageAsync(chat, asked.Id)).GetProperty("buttons").EnumerateArray()];
            Assert.Equal(["Yes primary", "No default"], buttons.Select(static one => $"{one.GetProperty("label")} {one.GetProperty("style")}"));
            var press = new { conversation = "room", id = "p1", token = buttons[0].GetProperty("token").GetString(), messageId = asked.Id };
            Assert.Equal(HttpStatusCode.Accepted, (await chat.PostAsync("/chat/presses", press)).Status);
            replies.WaitFor(2, Bound.Replies);
            Bound.Until(() => events.Lines.Any(static line => line.Contains("\"kind\":\"pressed\"", StringComparison.Ordinal)
                && line.Contains("\"button\":{\"id\":\"go\",\"label\":\"Yes\",\"target\":\"m1\"", StringComparison.Ordinal)),
                Bound.Replies, () => string.Join('\n', events.Lines));
            Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, enabled);
        using var later = new ChatClient(next.Address);
        var second = new { conversation = "room", id = "p2", token = buttons[1].GetProperty("token").GetString() };
        Assert.Equal((HttpStatusCode.Conflict, "alreadyTaken", "This has been answered already."),
            Of(await later.PostAsync("/chat/presses", second)));
        Assert.Equal(["gateway: Shall I?\n\n✓ Yes (edited)", "gateway: (Visitor pressed Yes)"], await later.TalkAsync("room"));
        next.Status().AssertBalances();
        Assert.Equal(0, next.Stop());
    }

    private static object Question(string id, string label) => new
    {
        to = "web:room",
        text = "Shall I?",
        key = "ask",
        buttons = new object[] { new { id, label, style = "primary" }, new { id = "wait", label = "No" } },
    };

    private static async Task<JsonElement> MessageAsync(ChatClient chat, string id) => (await chat.HistoryAsync("room"))
        .GetProperty("messages").EnumerateArray().Single(message => message.GetProperty("id").GetString() == id);

    private static (HttpStatusCode Status, string? Reason, string? Message) Of((HttpStatusCode Status, JsonElement Json) answer) =>
        (answer.Status, answer.Json.GetProperty("reason").GetString(), answer.Json.GetProperty("message").GetString());
}
