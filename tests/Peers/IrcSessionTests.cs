using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers;

namespace PluginGateway.PeerTests;

/// <summary>Sessions of people in a channel of IRC, where a nick proves nothing, in the real executable.</summary>
public sealed class IrcSessionTests
{
    [Theory]
    [InlineData("ngircd")]
    [InlineData("inspircd")]
    public void On_irc_a_nick_that_is_taken_by_another_has_no_memory(string server)
    {
        using var ircd = IrcServer.Start(server);
        using var folder = new TempFolder();
        using var ben = IrcUser.Enter(ircd.Port, "ben", "#test");
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var carl = IrcUser.Enter(ircd.Port, "carl", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        ben.Besides = () => gateway.Said;
        ben.AwaitJoin("#test", IrcGateway.Nick);
        Asks(ann, "ann", "remember: the key is under the mat", "(remembered)");
        Asks(ann, "ann", "recall", "the key is under the mat");
        Asks(carl, "carl", "remember: carl's own", "(remembered)");

        // Ann leaves, carl takes another nick, and others take both of theirs.
        ann.Quit();
        ben.AwaitHeard(IrcGateway.Nick, "#test", "(left: ann)");
        carl.Raw("NICK carlos");
        ben.AwaitHeard(IrcGateway.Nick, "#test", "(left: carl)");
        using var another = IrcUser.Enter(ircd.Port, "ann", "#test");
        Asks(another, "ann", "recall", "(nothing is remembered)");
        another.Raw("NICK carl");
        ben.AwaitHeard(IrcGateway.Nick, "#test", "(joined: carl)");
        Asks(another, "carl", "recall", "(nothing is remembered)");

        // While the bot is away nobody knows who leaves.
        Asks(carl, "carlos", "remember: mine", "(remembered)");
        Assert.Equal(0, gateway.Stop());
        using var next = IrcGateway.Start(folder, ircd.Port);
        ben.AwaitJoin("#test", IrcGateway.Nick, times: 2);
        Asks(carl, "carlos", "recall", "(nothing is remembered)");
        Assert.Equal(0, next.Stop());

        void Asks(IrcUser user, string nick, string text, string answer)
        {
            user.Besides = () => gateway.Said;
            var before = user.Heard(IrcGateway.Nick, nick).Count;
            user.Say(IrcGateway.Nick, text);
            user.Await(() => user.Heard(IrcGateway.Nick, nick).Count > before, $"'{text}' of {nick} is not answered");
            Assert.Equal(answer, user.Heard(IrcGateway.Nick, nick)[before]);
        }
    }

    [Fact]
    public async Task On_irc_messages_of_one_person_keep_their_order_beside_those_of_another_also_over_a_kill()
    {
        using var ircd = IrcServer.Ngircd();
        using var folder = new TempFolder();
        using var backend = new Backend();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var ben = IrcUser.Enter(ircd.Port, "ben", "#test");
        var configuration = JsonNode.Parse(IrcGateway.Configuration(ircd.Port))!;
        configuration["handler"] = backend.Handler;
        using (var gateway = GatewayProcess.StartReady(folder, configuration.ToJsonString()))
        {
            ann.Besides = () => gateway.Said;
            ann.AwaitJoin("#test", IrcGateway.Nick);
            ann.Say("#test", "a1");
            Assert.Equal("a1", (await backend.NextAsync()).Of("text"));
            // Ann's turn is open, and holds nobody else.
            ben.Say("#test", "b1");
            Assert.Equal("b1", (await backend.NextAsync()).Of("text"));
            ann.Say("#test", "a2");
            gateway.Await(static status => status.Inbound("pending") == 3, Bound.Replies);
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, configuration.ToJsonString());
        BackendTurn[] again = [await backend.NextAsync(), await backend.NextAsync()];
        Assert.Equal(["a1", "b1"], again.Select(static turn => turn.Of("text")).Order());
        Answer(again.Single(static turn => turn.Of("text") == "b1"));
        Answer(again.Single(static turn => turn.Of("text") == "a1"));
        var last = await backend.NextAsync();
        Assert.Equal("a2", last.Of("text"));
        Answer(last);
        ann.AwaitHeard(IrcGateway.Nick, "#test", "to a2");
        var heard = ann.Heard(IrcGateway.Nick, "#test");
        Assert.Equal(["to a1", "to a2", "to b1"], heard.Order(StringComparer.Ordinal));
        Assert.Equal(["to a1", "to a2"], heard.Where(static text => text != "to b1"));
        next.EndWell(accepted: 3);

        static void Answer(BackendTurn turn) => turn.Answer(new { text = $"to {turn.Of("text")}" });
    }
}
