using System.Text;
using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>The bot's token is in the address of every request, so everything that fails could show it.</summary>
public sealed class SecretTests
{
    private const long Ann = 501;

    [Fact]
    public void The_token_is_in_nothing_that_the_executable_says_serves_or_writes_whatever_fails()
    {
        var secret = TelegramGateway.Token.Split(':')[1];
        using var server = new BotServer();
        var bot = server.Add(TelegramGateway.Token);
        using var folder = new TempFolder();
        using var gateway = TelegramGateway.Start(folder, server);
        var hostile =
            $"no way to {server.Address}/bot{TelegramGateway.Token}/sendMessage ({Uri.EscapeDataString(TelegramGateway.Token)}) with {secret}";
        var shown = new List<string>();

        // Replies that are refused, fail, break off and flood; then polls.
        server.Script("sendMessage", BotReply.Bad(hostile), BotReply.Fail(403, hostile),
            BotReply.Fail(500, hostile), BotReply.Html(502), new BotReply(200, hostile), new BotReply(200, "{}") { IsCut = true },
            BotReply.Fail(429, hostile, new JsonObject { ["retry_after"] = 1 }));
        for (var i = 0; i < 7; i++) bot.Say(Ann + i, $"message {i}");
        Bound.Until(() => gateway.Ask() is { IsIdle: true } status && status.Inbound("accepted") == 7, Bound.Replies, () => gateway.Said);
        server.Script("getUpdates", BotReply.Fail(500, hostile), BotReply.Html(502), BotReply.Fail(400, hostile));
        Bound.Until(() => gateway.Said.Contains("refused getUpdates", StringComparison.Ordinal), Bound.Replies, () => gateway.Said);
        gateway.AwaitTelegram("connected");
        server.Kill();
        Bound.Until(() => gateway.Said.Contains("cannot be reached", StringComparison.Ordinal), Bound.Replies, () => gateway.Said);
        Collect();
        server.Revoke(bot);
        server.StartAgain();
        gateway.AwaitTelegram("parked");
        Collect();
        Assert.Equal(0, gateway.Stop());
        shown.Add(gateway.Said);
        shown.Add(Command.Run(folder.Path, "check", "--config", folder["plugins.json"], "--data", gateway.Data).Said);

        Assert.Contains("<token>", string.Join('\n', shown), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, string.Join('\n', shown), StringComparison.OrdinalIgnoreCase);
        // plugins.json is the operator's own.
        foreach (var file in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
            .Where(static file => Path.GetFileName(file) != "plugins.json"))
            Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0, $"'{file}' holds the token");

        void Collect()
        {
            using var http = new HttpClient();
            foreach (var path in (string[])["/status", "/metrics", "/hooks/tg"])
                shown.Add(
                    http.GetAsync(new Uri(gateway.Address, path)).GetAwaiter().GetResult().Content.ReadAsStringAsync().GetAwaiter().GetResult());
            shown.Add(Command.Run(folder.Path, "status", "--data", gateway.Data).Said);
            shown.Add(Command.Run(folder.Path, "outbox", "list", "--data", gateway.Data).Said);
        }
    }

    [Fact]
    public void Settings_that_cannot_work_are_named_without_the_token_and_nothing_is_asked()
    {
        using var server = new BotServer();
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.Start(folder, TelegramGateway.Configuration(server,
            static settings => (settings["token"], settings["pollSeconds"], settings["apiUrl"]) = ("hush-hush-hush", 51, "http://example.org")));
        gateway.AwaitTelegram("parked");
        var reason = gateway.Ask()!.Adapter("tg").GetProperty("reason").GetString();
        foreach (var key in (string[])["token", "pollSeconds", "apiUrl"]) Assert.Contains(key, reason, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
        Assert.DoesNotContain("hush-hush", gateway.Said + reason, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }
}
