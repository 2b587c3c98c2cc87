using System.Text;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

/// <summary>Updates that Telegram brings itself.</summary>
public sealed class WebhookTests
{
    private const string Secret = "0123456789abcdef-secret";
    private const string Update =
        """{ "update_id": 5, "message": { "message_id": 1, "chat": { "id": 501, "type": "private" }, "from": { "id": 501 }, "text": "hi" } }""";

    [Fact]
    public async Task What_comes_with_the_secret_is_answered_when_it_is_durable_and_all_else_is_turned_away()
    {
        await using var fixture = new TelegramFixture(
            static settings => (settings["webhookUrl"], settings["webhookSecret"]) = ("http://127.0.0.1:9/hooks/tg", Secret));
        Acceptance? next = null;
        fixture.Answer = _ => next;
        _ = await fixture.ConnectAsync();
        Assert.Equal(("http://127.0.0.1:9/hooks/tg", Secret), (fixture.Bot.Webhook!.Url, fixture.Bot.Webhook.Secret));
        Assert.Equal(0, fixture.Server.CountOf("getUpdates"));
        Assert.NotEqual(0, fixture.Bot.Updates.Add("my_chat_member", TelegramFixture.Joined()));

        Assert.Equal(401, await PostAsync(fixture, Update, null));
        Assert.Equal(401, await PostAsync(fixture, Update, Secret + "x"));
        Assert.Equal(405, await PostAsync(fixture, Update, Secret, "GET"));
        Assert.Equal(400, await PostAsync(fixture, "{ broken", Secret));
        Assert.Equal(400, await PostAsync(fixture, "[]", Secret));
        next = Acceptance.Refused("full");
        Assert.Equal(503, await PostAsync(fixture, Update, Secret));
        Assert.Empty(fixture.Accepted);
        next = null;
        Assert.Equal(200, await PostAsync(fixture, Update, Secret));
        Assert.Equal(200, await PostAsync(fixture, Update, Secret)); // brought again: known
        Assert.Equal(200, await PostAsync(fixture, """{ "update_id": 6, "poll": {} }""", Secret));
        var message = Assert.Single(fixture.Accepted);
        Assert.Equal(("hi", "4711/5"), (message.Text, message.EventId));
        Assert.DoesNotContain(fixture.Stored.Keys, static key => key.StartsWith("offset", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_probe_sees_that_the_webhook_was_taken_away_or_over_or_does_not_get_through()
    {
        await using var fixture = new TelegramFixture(static settings => settings["webhookUrl"] = "http://127.0.0.1:9/hooks/tg");
        _ = await fixture.ConnectAsync();
        Assert.Equal(new ProbeResult(true, true), await fixture.Adapter.ProbeAsync(default));
        fixture.Bot.Say(TelegramFixture.Ann, "nobody there");
        await fixture.AwaitAsync(() => fixture.Bot.Webhook!.LastError is not null, "it gets through");
        Assert.Equal(new ProbeResult(false, true), await fixture.Adapter.ProbeAsync(default));
        Assert.Empty(fixture.Fatal);

        using (var other = fixture.Bot.Webhook = new Webhook("http://127.0.0.1:9/other", null, new UpdateQueue()))
        {
            Assert.Equal(new ProbeResult(false, true), await fixture.Adapter.ProbeAsync(default));
            Assert.Equal((PluginFault.ConflictCode, FaultRetry.AfterOperatorAction), (fixture.Fatal[0].Code, fixture.Fatal[0].Retry));
        }

        fixture.Bot.Webhook = null;
        await fixture.Adapter.ProbeAsync(default);
        Assert.Equal(("webhook-gone", FaultRetry.WithBackoff), (fixture.Fatal[1].Code, fixture.Fatal[1].Retry));
    }

    [Fact]
    public async Task Who_polls_answers_no_requests()
    {
        await using var fixture = new TelegramFixture();
        _ = await fixture.ConnectAsync();
        Assert.Equal(404, await PostAsync(fixture, Update, Secret));
    }

    private static async Task<int> PostAsync(TelegramFixture fixture, string body, string? secret, string method = "POST")
    {
        var call = new HttpCall(method, "", Encoding.UTF8.GetBytes(body))
        {
            Headers = secret is null
                ? new Dictionary<string, string>()
                : new Dictionary<string, string> { ["x-telegram-bot-api-secret-token"] = secret }
        };
        return (await fixture.Adapter.HandleAsync(call, default)).Status;
    }
}
