using PluginGateway.FakeFeishu;
using PluginGateway.PeerTests.Feishu;
using PluginGateway.PeerTests.Servers;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.PeerTests.Telegram;

namespace PluginGateway.PeerTests.Life;

/// <summary>Who the bot is on its platform, as the real executable shows it.</summary>
public sealed class AccountTests
{
    [Fact]
    public void On_telegram_status_shows_the_bot_and_another_one_after_an_outage_is_a_warning()
    {
        using var server = new BotServer();
        var bot = server.Add(TelegramGateway.Token);
        using var folder = new TempFolder();
        using var gateway = TelegramGateway.Start(folder, server);
        AssertAccount(gateway, "tg", "4711", BotAccount.Username);
        Assert.False(gateway.Status().Adapter("tg").TryGetProperty("accountChange", out _));
        Assert.Contains(BotAccount.Username, Text(folder, gateway), StringComparison.Ordinal);

        server.Kill();
        Bound.Until(() => gateway.TelegramState() is "waiting" or "loading" or "connecting", Bound.Replies, () => gateway.Said);
        bot.Id = 4712;
        server.StartAgain();
        gateway.AwaitTelegram("connected");
        AssertAccount(gateway, "tg", "4712", BotAccount.Username);
        const string Change = "account changed from 4711 (gateway_test_bot) to 4712 (gateway_test_bot)";
        Assert.Equal(Change, gateway.Status().Adapter("tg").GetProperty("accountChange").GetString());
        Assert.Contains($"Adapter 'tg' (Telegram): {Change}", gateway.Said, StringComparison.Ordinal);
        Assert.Contains(Change, Text(folder, gateway), StringComparison.Ordinal);
        // Nothing is parked: the new bot answers.
        bot.Say(501, "who are you");
        Bound.Until(() => bot.TextsIn(501).Contains("who are you"), Bound.Replies, () => gateway.Said);
        gateway.EndWell(accepted: 1);
    }

    [Fact]
    public void On_feishu_status_shows_the_bot()
    {
        using var platform = new FakePlatform();
        platform.Start();
        using var folder = new TempFolder();
        using var gateway = FeishuGateway.Start(folder, platform);
        gateway.AwaitState("connected", "feishu");
        AssertAccount(gateway, "feishu", platform.BotId, "Gateway");
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void On_irc_status_shows_the_nick_and_the_account_where_the_server_has_logged_the_bot_in()
    {
        using var ircd = IrcServer.Ngircd();
        using (var folder = new TempFolder())
        {
            using var gateway = IrcGateway.Start(folder, ircd.Port);
            gateway.AwaitState("connected");
            AssertAccount(gateway, "irc", null, IrcGateway.Nick);
            Assert.Equal(0, gateway.Stop());
        }

        using var sasl = new SaslServer("TheAccount", "right");
        using var other = new TempFolder();
        using var loggedIn = IrcGateway.Start(
            other, sasl.Port, static settings => (settings["saslUser"], settings["saslPassword"]) = ("TheAccount", "right"));
        loggedIn.AwaitState("connected");
        AssertAccount(loggedIn, "irc", "TheAccount", IrcGateway.Nick);
        Assert.Equal(0, loggedIn.Stop());
    }

    private static void AssertAccount(GatewayProcess gateway, string adapter, string? id, string name)
    {
        var account = gateway.Status().Adapter(adapter).GetProperty("account");
        Assert.Equal((id, name), (account.GetProperty("id").GetString(), account.GetProperty("name").GetString()));
    }

    /// <summary>The text of the command, whose lines are folded.</summary>
    private static string Text(TempFolder folder, GatewayProcess gateway) =>
        Command.Run(folder.Path, "status", "--data", gateway.Data).Output.ReplaceLineEndings("");
}
