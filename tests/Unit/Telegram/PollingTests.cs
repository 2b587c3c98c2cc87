using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.Tests.Telegram;

/// <summary>How updates come in, and what ends a connection.</summary>
public sealed class PollingTests
{
    [Fact]
    public async Task An_update_is_acknowledged_only_when_it_is_durable_and_the_cursor_lies_beside_it()
    {
        await using var bench = new TelegramBench();
        var isFull = true;
        bench.Answer = _ => isFull ? Acceptance.Refused("full") : null;
        var id = bench.Bot.Say(TelegramBench.Ann, "keep this");
        bench.Bot.Updates.Add("message", bench.Bot.Message(TelegramBench.Ann, static message => message["new_chat_title"] = "no message"));
        _ = await bench.ConnectAsync();
        await Task.Delay(1500); // long enough for another poll, if there were one
        Assert.Equal((2, 1), (bench.Bot.Updates.Waiting, bench.Server.CountOf("getUpdates")));
        Assert.Empty(bench.Stored);

        isFull = false;
        await bench.AwaitAsync(() => bench.Bot.Updates.Waiting == 0, "nothing is acknowledged");
        Assert.Equal("keep this", Assert.Single(bench.Accepted).Text);
        Assert.Equal($"{id + 1}", bench.Accepted[0].State["offset.4711"]);
        Assert.Equal($"{id + 2}", bench.Stored["offset.4711"]);
    }

    [Fact]
    public async Task What_was_not_acknowledged_comes_again_and_is_known_what_comes_while_we_are_away_waits_and_ids_may_start_anew()
    {
        await using var bench = new TelegramBench();
        bench.Bot.Say(TelegramBench.Ann, "first");
        await bench.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), CancellationToken.None);
        await bench.RenewAsync(); // the first poll brought it; it ended before anything was stored
        bench.Bot.Say(TelegramBench.Ann, "second");
        _ = await bench.ConnectAsync();
        await bench.AwaitAsync(() => bench.Accepted.Count == 2 && bench.Bot.Updates.Waiting == 0, "they do not come");

        await bench.RenewAsync();
        bench.Bot.Updates.JumpTo(12); // below the cursor
        bench.Bot.Say(TelegramBench.Ann, "third");
        _ = await bench.ConnectAsync();
        await bench.AwaitAsync(() => bench.Accepted.Count == 3 && bench.Bot.Updates.Waiting == 0, "it does not come");
        Assert.Equal(["first", "second", "third"], bench.Accepted.Select(static message => message.Text));
    }

    [Fact]
    public async Task Among_broken_updates_the_sound_ones_arrive_and_none_stops_the_line()
    {
        await using var bench = new TelegramBench();
        var queue = bench.Bot.Updates;
        bench.Bot.Say(TelegramBench.Ann, "before");
        queue.Add(static id => $$"""{ "update_id": {{id}}, "message": [ "broken" ] }""");
        queue.Add(static id => $$"""{ "update_id": {{id}}, "message": { "chat": { "id": "x" }, "text": "lost" } }""");
        queue.Add(static id => $$"""{ "update_id": {{id}}, "a_new_kind": { "of": "update" } }""");
        queue.Add(static id => $$"""{ "update_id": {{id}}, "message": { "chat": { "id": 501 }, "text": "half \ud83d", "quote": {{string.Concat(Enumerable.Repeat("[", 200))}}{{string.Concat(Enumerable.Repeat("]", 200))}} } }""");
        queue.Add(static _ => """{ "message": { "chat": { "id": 501 }, "text": "without an id" } }""");
        bench.Bot.Say(TelegramBench.Ann, "after");
        _ = await bench.ConnectAsync();
        await bench.AwaitAsync(() => bench.Accepted.Count == 3, "they do not come");
        Assert.Equal(["before", "half \uFFFD", "after"], bench.Accepted.Select(static message => message.Text));
        Assert.Contains("cannot be read and is passed over", bench.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hiccup_is_borne_with_pauses_and_the_third_failure_in_a_row_ends_the_connection()
    {
        await using var bench = new TelegramBench();
        bench.Server.Script("getUpdates", BotReply.Ok(new JsonArray()), BotReply.Html(502), BotReply.TooMany(1), new BotReply(200, """{"ok":true,"result":[{"update_id":""") { IsCut = true });
        var run = await bench.ConnectAsync();
        bench.Bot.Say(TelegramBench.Ann, "still there");
        await bench.AwaitAsync(() => bench.Accepted.Count == 1, "the connection does not survive");
        Assert.False(run.IsCompleted);

        bench.Server.Script("getUpdates", BotReply.Fail(500, "Internal Server Error: restart"), BotReply.Html(503), new BotReply(200, "no json"));
        Assert.Equal(("no-bot-api", FaultRetry.WithBackoff), await EndOf(run));
    }

    [Fact]
    public async Task A_silent_server_is_noticed_after_the_poll_and_the_time_it_has_for_an_answer()
    {
        await using var bench = new TelegramBench(static settings => settings["answerSeconds"] = 10);
        var run = await bench.ConnectAsync();
        bench.Server.Silence();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(("silent", FaultRetry.WithBackoff), await EndOf(run));
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task Another_poller_and_a_foreign_webhook_end_it_with_a_remedy_and_our_own_webhook_is_taken_away()
    {
        await using var bench = new TelegramBench();
        var run = await bench.ConnectAsync();
        using var other = new HttpClient();
        while (!run.IsCompleted) await other.GetAsync(new Uri($"{bench.Server.Address}/bot{TelegramBench.Token}/getUpdates?timeout=2"));
        var fault = await TelegramBench.EndAsync(run);
        Assert.Equal((AdapterFault.ConflictCode, FaultRetry.AfterOperatorAction), (fault.Code, fault.Retry));
        Assert.Contains("adapter reconnect", fault.Message, StringComparison.Ordinal);

        await bench.RenewAsync();
        using (bench.Bot.Webhook = new Webhook("http://127.0.0.1:9/elsewhere", null, new UpdateQueue()))
        {
            fault = await bench.RefusedAsync();
            Assert.Equal((AdapterFault.ConflictCode, FaultRetry.AfterOperatorAction), (fault.Code, fault.Retry));
            Assert.Contains("settings.removeWebhook", fault.Message, StringComparison.Ordinal);

            await bench.RenewAsync();
            bench.Stored["webhook"] = bench.Bot.Webhook.Url; // as this adapter would have set it
            _ = await bench.ConnectAsync();
            Assert.Null(bench.Bot.Webhook);
        }
    }

    [Fact]
    public async Task One_conflict_is_forgiven_because_it_may_be_our_own_last_poll_and_the_second_is_not()
    {
        await using var bench = new TelegramBench();
        await bench.Adapter.ConnectAsync(new ConnectContext(1, true, "silent"), CancellationToken.None);
        var conflict = BotReply.Fail(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running");
        bench.Server.Script("getUpdates", conflict);
        var run = Task.Run(() => bench.Adapter.RunAsync(CancellationToken.None));
        bench.Bot.Say(TelegramBench.Ann, "still there");
        await bench.AwaitAsync(() => bench.Accepted.Count == 1, "it is not forgiven");
        bench.Server.Script("getUpdates", conflict);
        Assert.Equal((AdapterFault.ConflictCode, FaultRetry.AfterOperatorAction), await EndOf(run));
    }

    [Fact]
    public async Task A_short_conflict_at_the_start_is_asked_again()
    {
        await using var bench = new TelegramBench();
        var conflict = BotReply.Fail(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running");
        bench.Server.Script("getUpdates", conflict, BotReply.Ok(new JsonArray()), conflict);
        _ = await bench.ConnectAsync();
        bench.Bot.Say(TelegramBench.Ann, "still there");
        await bench.AwaitAsync(() => bench.Accepted.Count == 1, "it is not forgiven");
    }

    [Theory]
    [InlineData("getMe")]
    [InlineData("getUpdates")]
    public async Task An_answer_that_is_none_of_the_bot_apis_never_waits_for_the_operator(string method)
    {
        foreach (var (status, body) in ((int, string)[])[(404, "404 page not found"), (403, "<html>"), (200, "<html>"), (401, ""), (404, "{}"), (200, ""), (200, "\uFEFF"), (418, "[]"),
            (401, """{"code":401,"message":"Unauthorized"}"""), (409, """{"error":"conflict"}"""), (200, """{"ok":false,"error_code":418,"description":"no"}"""), (200, """{"status":"maintenance"}""")])
        {
            await using var bench = new TelegramBench();
            bench.Server.Script(method, new BotReply(status, body), new BotReply(status, body), new BotReply(status, body));
            var fault = await bench.RefusedAsync();
            Assert.Equal(FaultRetry.WithBackoff, fault.Retry);
            Assert.NotEqual(AdapterFault.UnauthorizedCode, fault.Code);
        }
    }

    [Fact]
    public async Task One_odd_answer_to_a_poll_is_borne()
    {
        await using var bench = new TelegramBench();
        bench.Server.Script("getUpdates", BotReply.Ok(new JsonArray()), new BotReply(404, "404 page not found"));
        var run = await bench.ConnectAsync();
        bench.Bot.Say(TelegramBench.Ann, "still there");
        await bench.AwaitAsync(() => bench.Accepted.Count == 1, "the connection does not survive");
        Assert.False(run.IsCompleted);
    }

    [Fact]
    public async Task A_malformed_token_waits_for_the_operator()
    {
        await using var bench = new TelegramBench();
        bench.Server.Script("getMe", BotReply.Fail(404, "Not Found"));
        Assert.Equal(AdapterFault.UnauthorizedCode, (await bench.RefusedAsync()).Code);
    }

    [Fact]
    public async Task An_album_is_to_the_bot_as_a_whole_when_its_caption_is()
    {
        await using var bench = new TelegramBench();
        for (var i = 0; i < 3; i++)
        {
            var caption = i == 1 ? $"@{BotAccount.Username} look" : null;
            bench.Bot.Updates.Add("message", bench.Bot.Message(TelegramBench.Group, message =>
            {
                message["media_group_id"] = "a1";
                message["photo"] = new JsonArray(new JsonObject { ["file_id"] = $"p{i}" });
                if (caption is not null) (message["caption"], message["caption_entities"]) = (caption, new JsonArray(new JsonObject { ["type"] = "mention", ["offset"] = 0, ["length"] = BotAccount.Username.Length + 1 }));
            }));
        }

        bench.Bot.Updates.Add("message", bench.Bot.Message(TelegramBench.Group, static message => (message["media_group_id"], message["photo"]) = ("a2", new JsonArray(new JsonObject { ["file_id"] = "other" }))));
        _ = await bench.ConnectAsync();
        await bench.AwaitAsync(() => bench.Accepted.Count == 4, "they do not come");
        Assert.Equal([true, true, true, false], bench.Accepted.Select(static message => message.MentionsBot));
    }

    [Fact]
    public async Task What_says_nothing_to_a_bot_is_passed_over_and_the_log_names_it()
    {
        await using var bench = new TelegramBench();
        const long group = -1_001_000_000_007;
        bench.Bot.Say(group, "a post", static message => message["is_automatic_forward"] = true);
        bench.Bot.Updates.Add("edited_message", bench.Bot.Message(group, static message => message["location"] = new JsonObject { ["latitude"] = 1.5, ["longitude"] = 2.5, ["live_period"] = 900 }));
        bench.Bot.Updates.Add("message", bench.Bot.Message(group, static message => message["new_kind_of_thing"] = new JsonObject()));
        bench.Bot.Say(group, "said");
        _ = await bench.ConnectAsync();
        await bench.AwaitAsync(() => bench.Accepted.Count == 1, "it does not come");
        Assert.Equal("said", bench.Accepted[0].Text);
        foreach (var reason in (string[])["linked channel", "live location", "new_kind_of_thing"]) Assert.Contains(reason, bench.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_token_waits_for_the_operator_wherever_it_is_refused()
    {
        await using var bench = new TelegramBench();
        var run = await bench.ConnectAsync();
        bench.Server.Revoke(bench.Bot);
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.Unauthorized), (await bench.SendAsync("no")) is var result ? (result.Outcome, result.Error!.Kind) : default);
        Assert.Equal((AdapterFault.UnauthorizedCode, FaultRetry.AfterOperatorAction), (bench.Fatal[0].Code, bench.Fatal[0].Retry));
        Assert.Equal((AdapterFault.UnauthorizedCode, FaultRetry.AfterOperatorAction), await EndOf(run));
        await bench.RenewAsync();
        Assert.Equal(AdapterFault.UnauthorizedCode, (await bench.RefusedAsync()).Code);
    }

    [Fact]
    public async Task A_probe_asks_who_we_are_and_knows_whether_polls_are_answered()
    {
        await using var bench = new TelegramBench();
        _ = await bench.ConnectAsync();
        Assert.Equal(new ProbeResult(true, true), await bench.Adapter.ProbeAsync(CancellationToken.None));
        bench.Server.Kill();
        await Assert.ThrowsAsync<AdapterException>(() => bench.Adapter.ProbeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task The_token_shows_in_nothing_that_is_told_whatever_the_server_says()
    {
        var secret = TelegramBench.Token.Split(':')[1];
        await using var bench = new TelegramBench();
        var run = await bench.ConnectAsync();
        var hostile = $"no way, /bot{TelegramBench.Token}/sendMessage and {Uri.EscapeDataString(TelegramBench.Token)} and {secret.ToUpperInvariant()}";
        var told = new List<string>();
        foreach (var reply in (BotReply[])[BotReply.Bad(hostile), BotReply.Fail(403, hostile), BotReply.Fail(409, hostile), BotReply.Fail(429, hostile), BotReply.Fail(500, hostile), new BotReply(200, hostile)])
        {
            bench.Server.Script("sendMessage", reply);
            told.Add((await bench.SendAsync("x")).ToString());
        }

        bench.Server.Script("getFile", BotReply.Bad(hostile));
        told.Add((await Assert.ThrowsAsync<AdapterException>(() => bench.Adapter.FetchAsync(new AttachmentRequest(new Attachment("f", AttachmentKind.File), Path.GetTempFileName(), 100), CancellationToken.None))).ToString());
        bench.Server.Script("getUpdates", BotReply.Fail(500, hostile), BotReply.Fail(400, hostile));
        told.Add((await TelegramBench.EndAsync(run)).ToString());
        bench.Server.Kill();
        told.Add((await bench.SendAsync("x")).ToString());
        await bench.RenewAsync();
        told.Add((await bench.RefusedAsync()).ToString());
        Assert.Contains(told, static text => text.Contains("<token>", StringComparison.Ordinal));
        Assert.DoesNotContain(secret, string.Join('\n', [.. told, bench.Shown]), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<(string, FaultRetry)> EndOf(Task run) => await TelegramBench.EndAsync(run) is var fault ? (fault.Code, fault.Retry) : default;
}
