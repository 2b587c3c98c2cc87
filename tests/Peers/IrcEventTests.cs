using System.Net;
using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers;

namespace PluginGateway.PeerTests;

/// <summary>Events on IRC, answered by Echo in the real executable.</summary>
public sealed class IrcEventTests
{
    [Fact]
    public async Task On_irc_reactions_go_both_ways_where_the_server_has_message_tags()
    {
        using var ircd = IrcServer.Inspircd();
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        using var api = new ApiClient(gateway.Address);
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);

        ann.Say("#test", "hello");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "hello");
        var answer = ann.Seen.First(static seen => seen is { Event: "privmsg", Nick: IrcGateway.Nick, Text: "hello" }).Id;
        Assert.NotNull(answer);
        ann.Raw($"@+draft/react=👍;+draft/reply={answer} TAGMSG #test");
        ann.AwaitHeard(IrcGateway.Nick, "#test", $"(ann reacted to {answer}: +👍)");
        ann.Raw($"@+draft/unreact=👍;+reply={answer} TAGMSG {IrcGateway.Nick}");
        ann.AwaitHeard(IrcGateway.Nick, "ann", $"(ann reacted to {answer}: -👍)");

        await SetAsync("👀", "r1");
        await SetAsync("🎉", "r2");
        await SetAsync(null, "r3");
        var about = ann.Seen.Where(static seen => seen.Event == "tagmsg" && !seen.Tags.ContainsKey("+typing")).ToArray();
        Assert.Equal(["+👀", "-👀", "+🎉", "-🎉"], about.Select(static seen =>
            seen.Tags.TryGetValue("+draft/react", out var emoji) ? $"+{emoji}" : $"-{seen.Tags["+draft/unreact"]}"));
        Assert.All(about, static seen => Assert.Equal((IrcGateway.Nick, "#test"), (seen.Nick, seen.Target)));
        Assert.Single(about.Select(static seen => seen.Tags["+draft/reply"]).Distinct());
        gateway.AwaitIdle(accepted: 3).AssertBalances();
        Assert.Equal(0, gateway.Stop());

        async Task SetAsync(string? emoji, string key)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await api.SendAsync(HttpMethod.Put, "/api/messages/i1/reaction", new { emoji, key })).Status);
            api.WaitFor(key, "delivered");
        }
    }

    [Fact]
    public void On_irc_echo_answers_in_a_channel_to_its_asker_alone_when_asked_to()
    {
        using var ircd = IrcServer.Ngircd();
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);
        ann.Say("#test", "only me: hello");
        ann.Say("#test", "and all");
        ann.AwaitHeard(IrcGateway.Nick, "ann", "only me: hello");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "and all");
        Assert.DoesNotContain(ann.Seen, static seen => seen is { Nick: IrcGateway.Nick, Target: "#test", Text: "only me: hello" });
        gateway.AwaitIdle(accepted: 2).AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_irc_a_reaction_is_refused_for_good_where_the_server_has_no_message_tags()
    {
        using var ircd = IrcServer.Ngircd();
        using var folder = new TempFolder();
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        using var api = new ApiClient(gateway.Address);
        await api.PostAsync(new { to = "irc:#test", text = "hello", key = "k" });
        api.WaitFor("k", "delivered");
        await api.SendAsync(HttpMethod.Put, "/api/messages/k/reaction", new { emoji = "👍", key = "r" });
        api.WaitFor("r", "rejected");
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData("ngircd")]
    [InlineData("inspircd")]
    public async Task On_irc_markdown_is_sent_as_formatting_and_a_code_block_beyond_the_flood_limit_goes_on_as_one(string server)
    {
        using var ircd = IrcServer.Start(server);
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        using var api = new ApiClient(gateway.Address);
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);
        var code = Enumerable.Range(0, 9).Select(static i => $"line({i})").ToArray();
        await api.PostAsync(new
        {
            to = "irc:#test",
            text = $"# Title\n**bold** and [text](https://example.org)\n```\n{string.Join('\n', code)}\n```\n- *end*",
            format = "markdown",
            key = "k",
        });
        api.WaitFor("k", "delivered");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "- \u001dend");
        Assert.Equal(
            ["\u0002Title", "\u0002bold\u0002 and text (https://example.org)", .. code.Select(static line => $"\u0011{line}"), "- \u001dend"],
            ann.Heard(IrcGateway.Nick, "#test"));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task On_irc_typing_is_shown_while_a_backend_makes_its_answer()
    {
        using var ircd = IrcServer.Inspircd();
        using var folder = new TempFolder();
        using var backend = new Backend();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        var configuration = JsonNode.Parse(IrcGateway.Configuration(ircd.Port))!;
        configuration["handler"] = backend.Handler;
        using var gateway = GatewayProcess.StartReady(folder, configuration.ToJsonString());
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);
        Thread.Sleep(TimeSpan.FromSeconds(3)); // until the flood limit has forgiven the lines of the connect

        ann.Say("#test", "hello");
        var turn = await backend.NextAsync();
        ann.Await(static seen => seen is { Event: "tagmsg", Nick: IrcGateway.Nick, Target: "#test" } && seen.Tags["+typing"] == "active",
            "nobody types");
        turn.Answer(new { text = "Hello, Ann." });
        ann.AwaitHeard(IrcGateway.Nick, "#test", "Hello, Ann.");
        gateway.EndWell(accepted: 1);
    }

    [Theory]
    [InlineData("ngircd")]
    [InlineData("inspircd")]
    public void On_irc_a_handler_is_given_who_comes_and_goes(string server)
    {
        using var ircd = IrcServer.Start(server);
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);

        using var ben = IrcUser.Enter(ircd.Port, "ben", "#test", "#elsewhere");
        Answered("(joined: ben)");
        ben.Raw("PART #test :bye");
        Answered("(left: ben)");
        using var eve = IrcUser.Enter(ircd.Port, "eve", "#test");
        Answered("(joined: eve)");
        ann.Raw("KICK #test eve :out");
        Answered("(left: eve)");
        using var tim = IrcUser.Enter(ircd.Port, "tim", "#test");
        Answered("(joined: tim)");
        // Whoever takes the old nick is another person.
        tim.Raw("NICK timothy");
        Answered("(left: tim)");
        Answered("(joined: timothy)");
        tim.Quit();
        Answered("(left: timothy)");
        ann.Raw($"KICK #test {IrcGateway.Nick} :out");
        ann.AwaitJoin("#test", IrcGateway.Nick, times: 2);
        Assert.Equal(
            ["(joined: ben)", "(left: ben)", "(joined: eve)", "(left: eve)", "(joined: tim)", "(left: tim)", "(joined: timothy)", "(left: timothy)"],
            ann.Heard(IrcGateway.Nick, "#test"));
        gateway.EndWell(accepted: 9, unanswered: 1);

        void Answered(string text) => ann.AwaitHeard(IrcGateway.Nick, "#test", text);
    }
}
