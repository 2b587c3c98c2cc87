using System.Text.Json;
using System.Text.RegularExpressions;
using PluginGateway.PeerTests.Servers;

namespace PluginGateway.PeerTests;

/// <summary>Who may speak to the bot on IRC: strangers ask for a code, a channel hears it only when it is spoken to.</summary>
public sealed partial class IrcAccessTests
{
    [Fact]
    public void On_irc_a_stranger_is_paired_by_a_code_and_in_the_channel_the_bot_answers_only_to_its_name()
    {
        using var ircd = IrcServer.Ngircd();
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var gateway = GatewayProcess.StartReady(folder, IrcGateway.Configuration(ircd.Port, allow: """{ "groups": "mentioned" }"""));
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);

        ann.Say("#test", "nobody in particular");
        ann.Say("#test", $"{IrcGateway.Nick}: you");
        ann.AwaitHeard(IrcGateway.Nick, "#test", $"{IrcGateway.Nick}: you");
        ann.Say(IrcGateway.Nick, "let me in");
        ann.Await(() => Codes(ann).Length == 1, "no code is sent");
        ann.Say(IrcGateway.Nick, "let me in, now");
        Bound.Until(() => gateway.Status().Inbound("discarded") == 3, Bound.Replies, () => gateway.Said);

        var approved = Command.Run(folder.Path, "pair", "approve", Codes(ann)[0], "--json", "--data", gateway.Data);
        Assert.Equal("ann", JsonDocument.Parse(approved.Output).RootElement.GetProperty("user").GetString());
        ann.Say(IrcGateway.Nick, "thank you");
        ann.AwaitHeard(IrcGateway.Nick, "ann", "thank you");
        Assert.Equal([$"{IrcGateway.Nick}: you"], ann.Heard(IrcGateway.Nick, "#test"));
        Assert.Single(Codes(ann));
        Assert.Equal((1, 2), (Discarded("notMentioned"), Discarded("stranger")));
        Assert.DoesNotContain(Codes(ann)[0], gateway.Said, StringComparison.Ordinal);
        gateway.EndWell(accepted: 2);

        long Discarded(string cause) => gateway.Status().Adapter("irc").GetProperty("discarded").GetProperty(cause).GetInt64();
    }

    private static string[] Codes(IrcUser user) => [.. user.Heard(IrcGateway.Nick, "ann").Select(static text => Code().Match(text))
        .Where(static match => match.Success).Select(static match => match.Groups[1].Value)];

    [GeneratedRegex("^([A-Z2-9]{8}) is your code")]
    private static partial Regex Code();
}
