using System.Text.Json.Nodes;
using PluginGateway.FakeFeishu;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>Buttons of cards, through the real executable.</summary>
public sealed class FeishuButtonTests
{
    [Theory]
    [InlineData("connection", "inProcess")]
    [InlineData("callback", "inProcess")]
    [InlineData("callback", "process")]
    public void On_feishu_a_press_is_answered_handled_once_and_shown(string receive, string isolation)
    {
        using var platform = new FakePlatform();
        platform.Names["ou_ann"] = "Ann";
        platform.Start();
        using var folder = new TempFolder();
        var configuration = FeishuGateway.Configuration(
            platform, settings => settings["receive"] = receive, allow: new JsonObject { ["groups"] = "mentioned" })
            .Replace("\"plugin\":\"Feishu\"", $"\"plugin\":\"Feishu\",\"isolation\":\"{isolation}\"", StringComparison.Ordinal);
        using var gateway = GatewayProcess.StartReady(folder, configuration, null, FeishuGateway.Secrets(platform));
        if (receive == "callback") platform.CallbackAddress = new Uri(gateway.Address, "/hooks/feishu");
        platform.Say("oc_group", "@_user_1 Shall I? [Yes] [No]", chatType: "group", change: message => message["mentions"] = new JsonArray(
            new JsonObject { ["key"] = "@_user_1", ["name"] = "Gateway", ["id"] = new JsonObject { ["open_id"] = platform.BotId } }));
        Await(() => platform.Messages.Count == 1, "it is not answered");
        var asked = platform.Messages[0];
        Assert.Equal(["Yes", "No"], asked.Buttons.Select(static button => button.Label));
        var (yes, no) = (asked.Buttons[0].Value, asked.Buttons[1].Value);

        // Somebody else, who the buttons are not for; then the person who asked, twice; then a button that no gateway has made.
        Shown(platform.Press(asked, no, by: "ou_ben"), "warning: This button is not for you.");
        Shown(platform.Press(asked, no), "");
        Await(() => platform.TextsIn("oc_group") is [.., var last] && last == "(Ann pressed No)", "the press is not handled");
        Await(() => asked.Buttons.Count == 0 && asked.Text.EndsWith("✓ No", StringComparison.Ordinal), "the press is not shown");
        Shown(platform.Press(asked, yes), "info: This has been answered already.");
        Shown(platform.Press(asked, new JsonObject { ["token"] = "0123456789012345678901" }), "error: This button does not work any more.");
        Assert.Equal(2, platform.Messages.Count);
        Assert.All(platform.Connections.Values, static connection => Assert.Empty(connection.Complaints));
        gateway.AwaitIdle(accepted: 2).AssertBalances();
        Assert.Equal(0, gateway.Stop());
        Assert.DoesNotContain((string)no["token"]!, gateway.Said, StringComparison.Ordinal);

        void Await(Func<bool> condition, string otherwise) =>
            Bound.Until(condition, Bound.Replies, () => $"{otherwise}. The gateway said:\n{gateway.Said}");

        void Shown(FakePress press, string outcome)
        {
            Await(() => press.Outcome is not null, "the press is not answered");
            Assert.Equal(outcome, press.Outcome);
        }
    }
}
