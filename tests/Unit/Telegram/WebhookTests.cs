using System.Text;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.Tests.Telegram;

/// <summary>Updates that Telegram brings itself.</summary>
public sealed class WebhookTests
{
    private const string Secret = "0123456789abcdef-secret";
    private const string Update = """{ "update_id": 5, "message": { "message_id": 1, "chat": { "id": 501, "type": "private" }, "from": { "id": 501 }, "text": "hi" } }""";

    [Fact]
    public async Task What_comes_with_the_secret_is_answered_when_it_is_durable_and_all_else_is_turned_away()
    {
        await using var bench = new TelegramBench(static settings => (settings["webhookUrl"], settings["webhookSecret"]) = ("http://127.0.0.1:9/hooks/tg", Secret));
        Acceptance? next = null;
        bench.Answer = _ => next;
        _ = await bench.ConnectAsync();
        Assert.Equal(("http://127.0.0.1:9/hooks/tg", Secret), (bench.Bot.Webhook!.Url, bench.Bot.Webhook.Secret));
        Assert.Equal(0, bench.Server.CountOf("getUpdates"));

        Assert.Equal(401, await PostAsync(bench, Update, null));
        Assert.Equal(401, await PostAsync(bench, Update, Secret + "x"));
        Assert.Equal(405, await PostAsync(bench, Update, Secret, "GET"));
        Assert.Equal(400, await PostAsync(bench, "{ broken", Secret));
        Assert.Equal(400, await PostAsync(bench, "[]", Secret));
        next = Acceptance.Refused("full");
        Assert.Equal(503, await PostAsync(bench, Update, Secret));
        Assert.Empty(bench.Accepted);
        next = null;
        Assert.Equal(200, await PostAsync(bench, Update, Secret));
        Assert.Equal(200, await PostAsync(bench, Update, Secret)); // brought again: known
        Assert.Equal(200, await PostAsync(bench, """{ "update_id": 6, "poll": {} }""", Secret));
        var message = Assert.Single(bench.Accepted);
        Assert.Equal(("hi", "4711/5"), (message.Text, message.EventId));
        Assert.DoesNotContain(bench.Stored.Keys, static key => key.StartsWith("offset", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_probe_sees_that_the_webhook_was_taken_away_or_over_or_does_not_get_through()
    {
        await using var bench = new TelegramBench(static settings => settings["webhookUrl"] = "http://127.0.0.1:9/hooks/tg");
        _ = await bench.ConnectAsync();
        Assert.Equal(new ProbeResult(true, true), await bench.Adapter.ProbeAsync(default));
        bench.Bot.Say(TelegramBench.Ann, "nobody there");
        await bench.AwaitAsync(() => bench.Bot.Webhook!.LastError is not null, "it gets through");
        Assert.Equal(new ProbeResult(false, true), await bench.Adapter.ProbeAsync(default));
        Assert.Empty(bench.Fatal);

        using (var other = bench.Bot.Webhook = new Webhook("http://127.0.0.1:9/other", null, new UpdateQueue()))
        {
            Assert.Equal(new ProbeResult(false, true), await bench.Adapter.ProbeAsync(default));
            Assert.Equal((AdapterFault.ConflictCode, FaultRetry.AfterOperatorAction), (bench.Fatal[0].Code, bench.Fatal[0].Retry));
        }

        bench.Bot.Webhook = null;
        await bench.Adapter.ProbeAsync(default);
        Assert.Equal(("webhook-gone", FaultRetry.WithBackoff), (bench.Fatal[1].Code, bench.Fatal[1].Retry));
    }

    [Fact]
    public async Task Who_polls_answers_no_requests()
    {
        await using var bench = new TelegramBench();
        _ = await bench.ConnectAsync();
        Assert.Equal(404, await PostAsync(bench, Update, Secret));
    }

    private static async Task<int> PostAsync(TelegramBench bench, string body, string? secret, string method = "POST")
    {
        var call = new HttpCall(method, "", Encoding.UTF8.GetBytes(body)) { Headers = secret is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["x-telegram-bot-api-secret-token"] = secret } };
        return (await bench.Adapter.HandleAsync(call, default)).Status;
    }
}
