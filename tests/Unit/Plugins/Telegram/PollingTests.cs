using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.Plugins.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

/// <summary>How updates come in, and what ends a connection.</summary>
public sealed class PollingTests
{
    [Theory]
    [InlineData(false, OutboundFile.LargestFile)]
    [InlineData(true, OutboundFile.LargestLocalFile)]
    public async Task The_account_is_the_bot_that_getMe_tells_and_the_largest_file_that_of_the_server(bool isLocal, long largest)
    {
        await using var fixture = new TelegramFixture(settings => settings["localFiles"] = isLocal ? Path.GetTempPath() : null);
        _ = await fixture.ConnectAsync();
        Assert.Equal(new ConnectionInfo { AccountId = "4711", AccountName = "gateway_test_bot", MaxAttachmentBytes = largest }, fixture.Info);
    }

    [Fact]
    public async Task An_update_is_acknowledged_only_when_it_is_durable_and_the_cursor_lies_beside_it()
    {
        await using var fixture = new TelegramFixture();
        var isFull = true;
        fixture.Answer = _ => isFull ? Acceptance.Refused("full") : null;
        var id = fixture.Bot.Say(TelegramFixture.Ann, "keep this");
        fixture.Bot.Updates.Add("message", fixture.Bot.Message(TelegramFixture.Ann, static message => message["new_chat_title"] = "no message"));
        _ = await fixture.ConnectAsync();
        await Task.Delay(1500); // long enough for another poll, if there were one
        Assert.Equal((2, 1), (fixture.Bot.Updates.Waiting, fixture.Server.CountOf("getUpdates")));
        Assert.Empty(fixture.Stored);

        isFull = false;
        await fixture.AwaitAsync(() => fixture.Bot.Updates.Waiting == 0, "nothing is acknowledged");
        Assert.Equal("keep this", Assert.Single(fixture.Accepted).Text);
        Assert.Equal($"{id + 1}", fixture.Accepted[0].State["offset.4711"]);
        Assert.Equal($"{id + 2}", fixture.Stored["offset.4711"]);
    }

    [Fact]
    public async Task What_was_not_acknowledged_comes_again_and_is_known_what_comes_while_we_are_away_waits_and_ids_may_start_anew()
    {
        await using var fixture = new TelegramFixture();
        fixture.Bot.Say(TelegramFixture.Ann, "first");
        await fixture.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), CancellationToken.None);
        await fixture.RenewAsync(); // the first poll brought it; it ended before anything was stored
        fixture.Bot.Say(TelegramFixture.Ann, "second");
        _ = await fixture.ConnectAsync();
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 2 && fixture.Bot.Updates.Waiting == 0, "they do not come");

        await fixture.RenewAsync();
        fixture.Bot.Updates.JumpTo(12); // below the cursor
        fixture.Bot.Say(TelegramFixture.Ann, "third");
        _ = await fixture.ConnectAsync();
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 3 && fixture.Bot.Updates.Waiting == 0, "it does not come");
        Assert.Equal(["first", "second", "third"], fixture.Accepted.Select(static message => message.Text));
    }

    [Fact]
    public async Task Among_broken_updates_the_sound_ones_arrive_and_none_stops_the_line()
    {
        await using var fixture = new TelegramFixture();
        var queue = fixture.Bot.Updates;
        fixture.Bot.Say(TelegramFixture.Ann, "before");
        queue.Add(static id => $$"""{ "update_id": {{id}}, "message": [ "broken" ] }""");
        queue.Add(static id => $$"""{ "update_id": {{id}}, "message": { "chat": { "id": "x" }, "text": "lost" } }""");
        queue.Add(static id => $$"""{ "update_id": {{id}}, "a_new_kind": { "of": "update" } }""");
        queue.Add(static id => $$"""{ "update_id": {{id}}, "message": { "chat": { "id": 501 }, "text": "half \ud83d", "quote": {{string.Concat(Enumerable.Repeat("[", 200))}}{{string.Concat(Enumerable.Repeat("]", 200))}} } }""");
        queue.Add(static _ => """{ "message": { "chat": { "id": 501 }, "text": "without an id" } }""");
        fixture.Bot.Say(TelegramFixture.Ann, "after");
        _ = await fixture.ConnectAsync();
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 3, "they do not come");
        Assert.Equal(["before", "half \uFFFD", "after"], fixture.Accepted.Select(static message => message.Text));
        Assert.Contains("cannot be read and is passed over", fixture.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hiccup_is_borne_with_pauses_and_the_third_failure_in_a_row_ends_the_connection()
    {
        await using var fixture = new TelegramFixture();
        fixture.Server.Script("getUpdates", BotReply.Ok(new JsonArray()), BotReply.Html(502), BotReply.TooMany(1),
            new BotReply(200, """{"ok":true,"result":[{"update_id":""") { IsCut = true });
        var run = await fixture.ConnectAsync();
        fixture.Bot.Say(TelegramFixture.Ann, "still there");
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 1, "the connection does not survive");
        Assert.False(run.IsCompleted);

        fixture.Server.Script("getUpdates", BotReply.Fail(500, "Internal Server Error: restart"), BotReply.Html(503), new BotReply(200, "no json"));
        Assert.Equal(("no-bot-api", FaultRetry.WithBackoff), await EndOf(run));
    }

    [Fact]
    public async Task A_silent_server_is_noticed_after_the_poll_and_the_time_it_has_for_an_answer()
    {
        await using var fixture = new TelegramFixture(static settings => settings["answerSeconds"] = 10);
        var run = await fixture.ConnectAsync();
        fixture.Server.Silence();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(("silent", FaultRetry.WithBackoff), await EndOf(run));
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task Another_poller_and_a_foreign_webhook_end_it_with_a_remedy_and_our_own_webhook_is_taken_away()
    {
        await using var fixture = new TelegramFixture();
        var run = await fixture.ConnectAsync();
        using var other = new HttpClient();
        while (!run.IsCompleted) await other.GetAsync(new Uri($"{fixture.Server.Address}/bot{TelegramFixture.Token}/getUpdates?timeout=2"));
        var fault = await TelegramFixture.EndAsync(run);
        Assert.Equal((PluginFault.ConflictCode, FaultRetry.AfterOperatorAction), (fault.Code, fault.Retry));
        Assert.Contains("adapter reconnect", fault.Message, StringComparison.Ordinal);

        await fixture.RenewAsync();
        using (fixture.Bot.Webhook = new Webhook("http://127.0.0.1:9/elsewhere", null, new UpdateQueue()))
        {
            fault = await fixture.RefusedAsync();
            Assert.Equal((PluginFault.ConflictCode, FaultRetry.AfterOperatorAction), (fault.Code, fault.Retry));
            Assert.Contains("settings.removeWebhook", fault.Message, StringComparison.Ordinal);

            await fixture.RenewAsync();
            fixture.Stored["webhook"] = fixture.Bot.Webhook.Url; // as this adapter would have set it
            _ = await fixture.ConnectAsync();
            Assert.Null(fixture.Bot.Webhook);
        }
    }

    [Fact]
    public async Task One_conflict_is_forgiven_because_it_may_be_our_own_last_poll_and_the_second_is_not()
    {
        await using var fixture = new TelegramFixture();
        await fixture.Adapter.ConnectAsync(new ConnectContext(1, true, "silent"), CancellationToken.None);
        var conflict = BotReply.Fail(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running");
        fixture.Server.Script("getUpdates", conflict);
        var run = Task.Run(() => fixture.Adapter.RunAsync(CancellationToken.None));
        fixture.Bot.Say(TelegramFixture.Ann, "still there");
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 1, "it is not forgiven");
        fixture.Server.Script("getUpdates", conflict);
        Assert.Equal((PluginFault.ConflictCode, FaultRetry.AfterOperatorAction), await EndOf(run));
    }

    [Fact]
    public async Task A_short_conflict_at_the_start_is_asked_again()
    {
        await using var fixture = new TelegramFixture();
        var conflict = BotReply.Fail(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running");
        fixture.Server.Script("getUpdates", conflict, BotReply.Ok(new JsonArray()), conflict);
        _ = await fixture.ConnectAsync();
        fixture.Bot.Say(TelegramFixture.Ann, "still there");
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 1, "it is not forgiven");
    }

    [Theory]
    [InlineData("getMe")]
    [InlineData("getUpdates")]
    public async Task An_answer_that_is_none_of_the_bot_apis_never_waits_for_the_operator(string method)
    {
        foreach (var (status, body) in ((int, string)[])[(404, "404 page not found"), (403, "<html>"), (200, "<html>"), (401, ""), (404, "{}"),
            (200, ""), (200, "\uFEFF"), (418, "[]"),
            (401, """{"code":401,"message":"Unauthorized"}"""), (409, """{"error":"conflict"}"""),
            (200, """{"ok":false,"error_code":418,"description":"no"}"""), (200, """{"status":"maintenance"}""")])
        {
            await using var fixture = new TelegramFixture();
            fixture.Server.Script(method, new BotReply(status, body), new BotReply(status, body), new BotReply(status, body));
            var fault = await fixture.RefusedAsync();
            Assert.Equal(FaultRetry.WithBackoff, fault.Retry);
            Assert.NotEqual(PluginFault.UnauthorizedCode, fault.Code);
        }
    }

    [Fact]
    public async Task One_odd_answer_to_a_poll_is_borne()
    {
        await using var fixture = new TelegramFixture();
        fixture.Server.Script("getUpdates", BotReply.Ok(new JsonArray()), new BotReply(404, "404 page not found"));
        var run = await fixture.ConnectAsync();
        fixture.Bot.Say(TelegramFixture.Ann, "still there");
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 1, "the connection does not survive");
        Assert.False(run.IsCompleted);
    }

    [Fact]
    public async Task A_malformed_token_waits_for_the_operator()
    {
        await using var fixture = new TelegramFixture();
        fixture.Server.Script("getMe", BotReply.Fail(404, "Not Found"));
        Assert.Equal(PluginFault.UnauthorizedCode, (await fixture.RefusedAsync()).Code);
    }

    [Fact]
    public async Task Who_brings_the_bot_into_a_group_is_asked_for_and_arrives()
    {
        await using var fixture = new TelegramFixture();
        _ = await fixture.ConnectAsync();
        fixture.Bot.Updates.Add("my_chat_member", TelegramFixture.Joined());
        fixture.Bot.Say(TelegramFixture.Ann, "after");
        await fixture.AwaitAsync(() => fixture.Accepted.Exists(static message => message.Text == "after"), "it does not come");
        var added = Assert.IsType<MembersChanged>(fixture.Received[0]);
        Assert.Equal((MemberChange.BotAdded, $"{TelegramFixture.Group}"), (added.Change, added.Chat.Id));
    }

    [Fact]
    public async Task What_says_nothing_to_a_bot_is_passed_over_and_the_log_names_it()
    {
        await using var fixture = new TelegramFixture();
        const long group = -1_001_000_000_007;
        fixture.Bot.Say(group, "a post", static message => message["is_automatic_forward"] = true);
        fixture.Bot.Updates.Add("edited_message", fixture.Bot.Message(
            group, static message => message["location"] = new JsonObject { ["latitude"] = 1.5, ["longitude"] = 2.5, ["live_period"] = 900 }));
        fixture.Bot.Updates.Add("message", fixture.Bot.Message(group, static message => message["new_kind_of_thing"] = new JsonObject()));
        fixture.Bot.Say(group, "said");
        _ = await fixture.ConnectAsync();
        await fixture.AwaitAsync(() => fixture.Accepted.Count == 1, "it does not come");
        Assert.Equal("said", fixture.Accepted[0].Text);
        foreach (var reason in (string[])["linked channel", "live location", "new_kind_of_thing"])
            Assert.Contains(reason, fixture.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_token_waits_for_the_operator_wherever_it_is_refused()
    {
        await using var fixture = new TelegramFixture();
        var run = await fixture.ConnectAsync();
        fixture.Server.Revoke(fixture.Bot);
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.Unauthorized),
            (await fixture.SendAsync("no")) is var result ? (result.Outcome, result.Error!.Kind) : default);
        Assert.Equal((PluginFault.UnauthorizedCode, FaultRetry.AfterOperatorAction), (fixture.Fatal[0].Code, fixture.Fatal[0].Retry));
        Assert.Equal((PluginFault.UnauthorizedCode, FaultRetry.AfterOperatorAction), await EndOf(run));
        await fixture.RenewAsync();
        Assert.Equal(PluginFault.UnauthorizedCode, (await fixture.RefusedAsync()).Code);
    }

    [Fact]
    public async Task A_probe_asks_who_we_are_and_knows_whether_polls_are_answered()
    {
        await using var fixture = new TelegramFixture();
        _ = await fixture.ConnectAsync();
        Assert.Equal(new ProbeResult(true, true), await fixture.Adapter.ProbeAsync(CancellationToken.None));
        fixture.Server.Kill();
        await Assert.ThrowsAsync<PluginException>(() => fixture.Adapter.ProbeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task The_token_shows_in_nothing_that_is_told_whatever_the_server_says()
    {
        var secret = TelegramFixture.Token.Split(':')[1];
        await using var fixture = new TelegramFixture();
        var run = await fixture.ConnectAsync();
        var hostile =
            $"no way, /bot{TelegramFixture.Token}/sendMessage and {Uri.EscapeDataString(TelegramFixture.Token)} and {secret.ToUpperInvariant()}";
        var told = new List<string>();
        foreach (var reply in (BotReply[])[BotReply.Bad(hostile), BotReply.Fail(403, hostile), BotReply.Fail(409, hostile),
            BotReply.Fail(429, hostile), BotReply.Fail(500, hostile), new BotReply(200, hostile)])
        {
            fixture.Server.Script("sendMessage", reply);
            told.Add((await fixture.SendAsync("x")).ToString());
        }

        fixture.Server.Script("getFile", BotReply.Bad(hostile));
        told.Add((await Assert.ThrowsAsync<PluginException>(() => fixture.Adapter.FetchAsync(
            new AttachmentRequest(new Attachment("f", AttachmentKind.File), Path.GetTempFileName(), 100), CancellationToken.None))).ToString());
        fixture.Server.Script("getUpdates", BotReply.Fail(500, hostile), BotReply.Fail(400, hostile));
        told.Add((await TelegramFixture.EndAsync(run)).ToString());
        fixture.Server.Kill();
        told.Add((await fixture.SendAsync("x")).ToString());
        await fixture.RenewAsync();
        told.Add((await fixture.RefusedAsync()).ToString());
        Assert.Contains(told, static text => text.Contains("<token>", StringComparison.Ordinal));
        Assert.DoesNotContain(secret, string.Join('\n', [.. told, fixture.Shown]), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<(string, FaultRetry)> EndOf(Task run) =>
        await TelegramFixture.EndAsync(run) is var fault ? (fault.Code, fault.Retry) : default;
}
