using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>The typing indicator: TAGMSG with <c>+typing=active</c>.</summary>
public sealed class TypingTests
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(0.5);

    [Fact]
    public async Task Typing_is_shown_where_the_server_has_message_tags_and_at_most_every_three_seconds_to_one_target()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"], "linesPerSecond": 0""");
        _ = await fixture.ConnectWithAsync(["message-tags"], ":bot!b@h JOIN #test");
        await ShowAsync(fixture, "#test");
        await ShowAsync(fixture, "#test");
        await ShowAsync(fixture, "ann");
        Assert.Equal(["@+typing=active TAGMSG #test", "@+typing=active TAGMSG ann"], await TagLinesAsync(fixture));
        fixture.Advance(TimeSpan.FromSeconds(2));
        await ShowAsync(fixture, "#test");
        Assert.Empty(await TagLinesAsync(fixture));
        fixture.Advance(TimeSpan.FromSeconds(2));
        await ShowAsync(fixture, "#test");
        Assert.Equal(["@+typing=active TAGMSG #test"], await TagLinesAsync(fixture));
    }

    [Theory]
    [InlineData("server-time", "CHANTYPES=#")]
    [InlineData("message-tags", "CLIENTTAGDENY=*")]
    [InlineData("message-tags", "CLIENTTAGDENY=*,-draft/react")]
    [InlineData("message-tags", "CLIENTTAGDENY=draft/react,typing")]
    public async Task Where_the_server_does_not_relay_it_nothing_is_sent(string capability, string feature)
    {
        await using var fixture = new IrcFixture(""", "linesPerSecond": 0""");
        _ = await fixture.ConnectWithAsync([capability], $":s 005 bot {feature} :are supported");
        await ShowAsync(fixture, "ann");
        Assert.Empty(await TagLinesAsync(fixture));
    }

    [Fact]
    public async Task A_channel_that_the_bot_is_out_of_and_a_name_that_is_none_are_shown_nothing()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"], "linesPerSecond": 0, "rejoinSeconds": 600""");
        _ = await fixture.ConnectWithAsync(["message-tags"], ":s 005 bot CLIENTTAGDENY=*,-typing :are supported", ":bot!b@h JOIN #test",
            ":ann!a@h KICK #test bot :out");
        await ShowAsync(fixture, "#test");
        await ShowAsync(fixture, "a,b");
        await ShowAsync(fixture, "ann");
        Assert.Equal(["@+typing=active TAGMSG ann"], await TagLinesAsync(fixture));
    }

    [Fact]
    public async Task It_is_shown_from_a_full_bucket_only_and_leaves_room_for_an_answer()
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectWithAsync(["message-tags"]);
        await ShowAsync(fixture, "ann"); // the PING of the connect is still in the bucket
        Assert.Empty(await TagLinesAsync(fixture));
        fixture.Advance(TimeSpan.FromSeconds(60));
        await ShowAsync(fixture, "ann");
        Assert.Single(await TagLinesAsync(fixture));
        await ShowAsync(fixture, "ben");
        Assert.Empty(await TagLinesAsync(fixture));
        var sending = fixture.SendAsync("at once", "ann");
        Assert.Equal("PRIVMSG ann :at once", await fixture.ExpectAsync("PRIVMSG"));
        await fixture.AnswerPingAsync();
        Assert.Equal(SendOutcome.Sent, (await sending).Outcome);

        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        Assert.False(new FloodBucket(1, 3, clock).TryTakeFromFull(2)); // one line would be left, and an answer has two
        Assert.True(new FloodBucket(1, 4, clock).TryTakeFromFull(2));
        Assert.True(new FloodBucket(0, 2, clock).TryTakeFromFull(2));
    }

    [Fact]
    public async Task A_refused_indicator_is_not_taken_for_a_refused_message()
    {
        await using var fixture = new IrcFixture(""", "linesPerSecond": 0""");
        _ = await fixture.ConnectWithAsync(["message-tags"]);
        await ShowAsync(fixture, "#test");
        var sending = fixture.SendAsync("hello");
        await fixture.AnswerPingAsync(":s 404 bot #test :No tags here");
        await fixture.AnswerPingAsync();
        Assert.Equal(SendOutcome.Sent, (await sending).Outcome);
    }

    private static Task ShowAsync(IrcFixture fixture, string chat) =>
        fixture.Adapter.ShowTypingAsync(new TypingIndication(new Chat(chat, ChatKind.Group)), TestContext.Current.CancellationToken);

    private static async Task<IEnumerable<string>> TagLinesAsync(IrcFixture fixture) =>
        (await fixture.DrainAsync(Quiet)).Where(static line => line.Contains("TAGMSG", StringComparison.Ordinal));
}
