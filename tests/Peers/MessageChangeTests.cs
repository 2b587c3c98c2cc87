using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Feishu;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.PeerTests.Telegram;
using FakeFeishuPlatform = PluginGateway.FakeFeishu.FakePlatform;

namespace PluginGateway.PeerTests;

/// <summary>People who edit or delete a message that waits behind another one's turn, through the real executable.</summary>
public sealed class MessageChangeTests
{
    private const long Ann = 501;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_telegram_an_edit_of_a_message_that_waits_is_what_the_handler_gets_also_after_a_kill(bool killed)
    {
        using var server = new BotServer();
        var bot = server.Add(TelegramGateway.Token);
        using var backend = new Backend();
        using var folder = new TempFolder();
        using var first = TelegramGateway.Start(folder, server, handler: backend.Handler);
        bot.Say(Ann, "first");
        var running = await backend.NextAsync();
        bot.Say(Ann, "secnd", static message => message["message_id"] = 9001);
        bot.Say(Ann, "third");
        Edit(9001, "second");
        Await(first, () => first.Status().Inbound("accepted") == 4);
        if (killed) first.Kill();
        using var gateway = killed ? TelegramGateway.Start(folder, server, handler: backend.Handler) : null;
        if (killed)
        {
            running = await backend.NextAsync();
            // Before it is known which messages wait, and behind those.
            Edit(9001, "the second");
            Await(gateway!, () => gateway!.Status().Inbound("accepted") == 5);
        }

        Assert.Equal("first", running.Of("text"));
        running.Answer(new { text = "1" });
        foreach (var text in (string[])[killed ? "the second" : "second", "third"])
        {
            var turn = await backend.NextAsync();
            Assert.Equal(("message", text), (turn.Of("event"), turn.Of("text")));
            turn.Answer(new { text = "ok" });
        }

        // Its turn has begun: the edit is an event, in its place.
        Edit(9001, "late");
        bot.Say(Ann, "last");
        var late = await backend.NextAsync();
        Assert.Equal(("edited", "late"), (late.Of("event"), late.Of("text")));
        late.Answer(new { text = "ok" });
        (await backend.NextAsync()).Answer(new { text = "ok" });
        var last = gateway ?? first;
        var status = last.Await(static status => status.IsIdle, Bound.Replies);
        status.AssertBalances();
        Assert.Equal((status.Inbound("accepted"), 0), (status.Inbound("handled"), status.Inbound("discarded")));
        Assert.Equal(0, last.Stop());

        void Edit(int id, string text) => bot.Updates.Add("edited_message", bot.Message(
            Ann, message => (message["message_id"], message["text"], message["edit_date"]) = (id, text, 1_700_000_000)));
    }

    [Fact]
    public async Task On_feishu_a_message_that_is_recalled_while_it_waits_is_dropped_and_shown_so()
    {
        using var platform = new FakeFeishuPlatform();
        platform.Start();
        using var backend = new Backend();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform, handler: backend.Handler);
        platform.Say("oc_ann", "first");
        var running = await backend.NextAsync();
        var regretted = platform.Say("oc_ann", "a secret");
        platform.Say("oc_ann", "third");
        Await(gateway, () => gateway.Status().Inbound("accepted") == 3);
        platform.Emit("im.message.recalled_v1", new JsonObject
        {
            ["chat_id"] = "oc_ann", ["message_id"] = regretted, ["recall_time"] = "1700000000000", ["recall_type"] = "message_owner",
        });
        Await(gateway, () => gateway.Status().Inbound("dropped") == 1);
        running.Answer(new { text = "1" });
        var next = await backend.NextAsync();
        Assert.Equal("third", next.Of("text"));
        next.Answer(new { text = "3" });
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        status.AssertBalances();
        Assert.Equal((4, 3, 1), (status.Inbound("accepted"), status.Inbound("handled"), status.Inbound("dropped")));
        var shown = Command.Run(folder.Path, "inbox", "show", "2", "--data", gateway.Data).Output;
        Assert.Contains("dropped", shown, StringComparison.Ordinal);
        Assert.Contains("deleted", shown, StringComparison.Ordinal);
        Assert.Equal(["1", "3"], platform.TextsIn("oc_ann"));
        Assert.Equal(0, gateway.Stop());
    }

    private static void Await(GatewayProcess gateway, Func<bool> condition) => Bound.Until(condition, Bound.Replies, () => gateway.Said);
}
