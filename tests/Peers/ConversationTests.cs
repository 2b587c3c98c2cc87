using System.Text;
using PluginGateway.PeerTests.Servers;

namespace PluginGateway.PeerTests;

/// <summary>People on real servers talk to the real executable.</summary>
public sealed class ConversationTests
{
    [Theory]
    [InlineData("ngircd")]
    [InlineData("inspircd")]
    public void Echo_answers_in_a_channel_and_in_private_and_ctcp_is_not_answered(string server)
    {
        using var ircd = IrcServer.Start(server);
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);

        ann.Raw($"PRIVMSG {IrcGateway.Nick} :\u0001VERSION\u0001");
        ann.Raw($"NOTICE {IrcGateway.Nick} :a notice");
        ann.Say("#test", "grüß dich, 世界 🎉");
        ann.Raw("PRIVMSG #TEST :\u0001ACTION waves\u0001");
        ann.Say(IrcGateway.Nick, ":in private");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "grüß dich, 世界 🎉");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "waves");
        ann.AwaitHeard(IrcGateway.Nick, "ann", ":in private");
        gateway.EndWell(accepted: 3);

        ann.Await(static seen => seen is { Event: "quit", Nick: IrcGateway.Nick }, "the gateway does not say goodbye");
        Assert.DoesNotContain(ann.Seen, static seen => seen.Event == "ctcp" || seen.Text == "a notice");
    }

    [Fact]
    public void On_irc_a_reply_names_what_it_answers()
    {
        using var ircd = IrcServer.Inspircd();
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);
        ann.Raw("@+draft/reply=msg1 PRIVMSG #test :and?");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "(answers msg1)");
        gateway.EndWell(accepted: 1);
    }

    [Theory]
    [InlineData("ngircd")]
    [InlineData("inspircd")]
    public void A_long_text_arrives_whole_and_in_order_and_not_faster_than_the_server_bears(string server)
    {
        using var ircd = IrcServer.Start(server);
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port, handler: "Repeating");
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);

        const string word = "Grüße-aus-京都-🎉";
        ann.Say("#test", $"200 {word}");
        var whole = string.Join(' ', Enumerable.Range(1, 200).Select(static i => $"{i}:{word}"));
        ann.Await(() => ann.Heard(IrcGateway.Nick, "#test").Any(static line => line.Contains($"200:{word}", StringComparison.Ordinal)),
            "the reply is not whole");

        // ngIRCd drops a space at the end of a line, and that is where ours are cut.
        var lines = ann.Heard(IrcGateway.Nick, "#test");
        Assert.Equal(whole, string.Join(' ', lines.Select(static line => line.TrimEnd())));
        Assert.InRange(lines.Count, Encoding.UTF8.GetByteCount(whole) / 500, (Encoding.UTF8.GetByteCount(whole) / 400) + 1);
        gateway.EndWell(accepted: 1);
    }

    [Theory]
    [InlineData("ngircd")]
    [InlineData("inspircd")]
    public void Many_messages_at_once_are_all_answered_in_order_below_the_flood_limit(string server)
    {
        using var ircd = IrcServer.Start(server);
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var bob = IrcUser.Enter(ircd.Port, "bob", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);

        for (var i = 0; i < 7; i++)
        {
            ann.Say("#test", $"ann {i}");
            bob.Say(IrcGateway.Nick, $"bob {i}");
        }

        bob.AwaitHeard(IrcGateway.Nick, "bob", "bob 6");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "ann 6");
        Assert.Equal(Enumerable.Range(0, 7).Select(static i => $"ann {i}"), ann.Heard(IrcGateway.Nick, "#test"));
        Assert.Equal(Enumerable.Range(0, 7).Select(static i => $"bob {i}"), bob.Heard(IrcGateway.Nick, "bob"));
        gateway.EndWell(accepted: 14);
    }
}
