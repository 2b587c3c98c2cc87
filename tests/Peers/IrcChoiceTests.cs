using PluginGateway.PeerTests.Servers;

namespace PluginGateway.PeerTests;

/// <summary>Buttons where the platform has none: a numbered list, and the number of a choice as the press.</summary>
public sealed class IrcChoiceTests
{
    [Fact]
    public void On_irc_the_number_of_a_choice_is_a_press_of_the_person_whom_it_is_for()
    {
        using var ircd = IrcServer.Ngircd();
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var ben = IrcUser.Enter(ircd.Port, "ben", "#test");
        using var gateway = GatewayProcess.StartReady(folder, IrcGateway.Configuration(ircd.Port, allow: """{ "groups": "mentioned" }"""));
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);

        ann.Say("#test", $"{IrcGateway.Nick}: Shall I? [Yes] [No]");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "1. Yes");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "2. No");
        // The same number of somebody else is a message like any other; the bot's answer to it ends the list for all who do not quote it.
        ann.Say("#test", $"{IrcGateway.Nick}: 2");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "(ann pressed No)");
        ben.Say("#test", $"{IrcGateway.Nick}: 2");
        ann.AwaitHeard(IrcGateway.Nick, "#test", $"{IrcGateway.Nick}: 2");
        Assert.Single(ann.Heard(IrcGateway.Nick, "#test"), static line => line.Contains("pressed", StringComparison.Ordinal));
        gateway.EndWell(accepted: 3);
    }
}
