using System.Text;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>Reactions: TAGMSG with <c>+draft/react</c> and <c>+draft/unreact</c>.</summary>
public sealed class ReactionTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_reaction_is_set_replaced_and_taken_back_by_its_name_and_doing_it_twice_is_doing_it_once()
    {
        await using var fixture = new IrcFixture(""", "linesPerSecond": 0""");
        _ = await fixture.ConnectWithAsync(["message-tags"]);
        const string About = ";+draft/reply=m\\:1;+reply=m\\:1 TAGMSG #test";
        Assert.Equal([$"@+draft/react=so\\sbe\\\\it{About}"], await ReactAsync(fixture, "so be\\it"));
        Assert.Equal([$"@+draft/react=so\\sbe\\\\it{About}"], await ReactAsync(fixture, "so be\\it"));
        Assert.Equal([$"@+draft/unreact=so\\sbe\\\\it{About}", $"@+draft/react=👍{About}"], await ReactAsync(fixture, "👍"));
        Assert.Equal([$"@+draft/unreact=👍{About}"], await ReactAsync(fixture, null));
        Assert.Equal(SendResult.Sent("m;1"), await BeginAsync(fixture, null));
    }

    [Fact]
    public async Task A_reaction_can_be_taken_back_after_a_reconnect_and_of_the_oldest_nothing_is_known()
    {
        await using var fixture = new IrcFixture(""", "linesPerSecond": 0""");
        _ = await fixture.ConnectWithAsync(["message-tags"]);
        await ReactAsync(fixture, "👍");
        await fixture.Adapter.DisposeAsync();
        fixture.HangUp();
        fixture.Renew();
        _ = await fixture.ConnectWithAsync(["message-tags"]);
        Assert.Contains("+draft/unreact=👍", Assert.Single(await ReactAsync(fixture, null)), StringComparison.Ordinal);

        var own = new OwnReactions(fixture);
        for (var i = 0; i <= OwnReactions.Most; i++) await own.SetAsync("#a", $"m{i}", "+1", default);
        Assert.Equal((null, "+1"), (await own.FindAsync("#a", "m0", default), await new OwnReactions(fixture).FindAsync("#a", "m1", default)));
        await own.SetAsync("#a", "m1", null, default);
        Assert.Null(await new OwnReactions(fixture).FindAsync("#a", "m1", default));

        // Of ids that are as long as they may be fewer are kept: a value of the state has its limit.
        for (var i = 0; i < OwnReactions.Most; i++) await own.SetAsync("#b", $"{i:000}{new string('世', 509)}", "+1", default);
        Assert.InRange(Encoding.UTF8.GetByteCount((await fixture.GetAsync("reactions", default))!), 50_000, 64 * 1024);
        Assert.Equal("+1", await new OwnReactions(fixture).FindAsync("#b", $"099{new string('世', 509)}", default));
    }

    [Theory]
    [InlineData("server-time", "CHANTYPES=#")]
    [InlineData("message-tags", "CLIENTTAGDENY=*,-typing")]
    public async Task Where_the_server_relays_no_reactions_none_is_sent_and_it_is_not_tried_again(string capability, string feature)
    {
        await using var fixture = new IrcFixture(""", "linesPerSecond": 0""");
        _ = await fixture.ConnectWithAsync([capability], $":s 005 bot {feature} :are supported");
        var result = await BeginAsync(fixture, "👍");
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.InvalidMessage, SendRetryKind.Never),
            (result.Outcome, result.Error!.Kind, result.Error.Retry.Kind));
        Assert.Contains("relays no reactions", result.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_server_relays_no_taking_back_a_reaction_is_replaced_by_another_and_not_cleared()
    {
        await using var fixture = new IrcFixture(""", "linesPerSecond": 0""");
        _ = await fixture.ConnectWithAsync(["message-tags"], ":s 005 bot CLIENTTAGDENY=*,-draft/react,-draft/reply :are supported");
        await ReactAsync(fixture, "👍");
        Assert.Contains("+draft/react=🎉", Assert.Single(await ReactAsync(fixture, "🎉")), StringComparison.Ordinal);
        var result = await BeginAsync(fixture, null);
        Assert.Equal((SendOutcome.NotSent, SendRetryKind.Never), (result.Outcome, result.Error!.Retry.Kind));
    }

    [Fact]
    public async Task What_the_server_refuses_is_not_set_and_tags_that_are_too_long_are_not_sent()
    {
        await using var fixture = new IrcFixture(""", "linesPerSecond": 0""");
        _ = await fixture.ConnectWithAsync(["message-tags"]);
        var reacting = BeginAsync(fixture, "👍");
        await fixture.AnswerPingAsync(":s 421 bot TAGMSG :Unknown command");
        var refused = await reacting;
        Assert.Equal((SendOutcome.NotSent, "421", SendRetryKind.Never), (refused.Outcome, refused.Error!.PlatformCode, refused.Error.Retry.Kind));
        Assert.Single(await ReactAsync(fixture, "🎉"));

        var tooLong = await fixture.Adapter.ReactAsync(
            new ReactionUpdate("reaction", new MessageRef(new Chat("#test", ChatKind.Group), new string('世', 512)), new string('世', 512)), default);
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.TooLong), (tooLong.Outcome, tooLong.Error!.Kind));
    }

    [Fact]
    public async Task A_reaction_waits_for_the_flood_limit_and_lines_that_belong_together_go_together()
    {
        await using var fixture = new IrcFixture(""", "burstLines": 2""");
        _ = await fixture.ConnectWithAsync(["message-tags"]);
        fixture.Advance(TimeSpan.FromSeconds(60));
        await ReactAsync(fixture, "👍");
        var limited = await BeginAsync(fixture, "🎉");
        Assert.Equal((SendOutcome.NotSent, RateLimitScope.Account), (limited.Outcome, limited.Error!.Scope));
        Assert.InRange(limited.Error.Retry.Delay, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        fixture.Advance(limited.Error.Retry.Delay);
        Assert.Equal(2, (await ReactAsync(fixture, "🎉")).Count); // three lines, of a bucket that holds two
    }

    [Fact]
    public async Task Reactions_of_users_are_events_and_those_of_the_bot_and_of_the_past_are_not()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"]""");
        _ = await fixture.ConnectWithAsync(["message-tags", "account-tag"], ":bot!b@h JOIN #test");
        await fixture.SayAsync(
            "@msgid=r1;time=2100-01-02T03:04:05.678Z;account=Ann;+draft/react=so\\sbe\\\\it;+draft/reply=m1 :ann!a@h TAGMSG #Test",
            "@+draft/unreact=👍;+reply=m2 :ann!a@h TAGMSG bot", "@+typing=active :ann!a@h TAGMSG #test", "@+draft/react=👍 :ann!a@h TAGMSG #test",
            "@+draft/react=;+draft/reply=m1 :ann!a@h TAGMSG #test", "@+draft/react=👍;+draft/reply=m1 :ann!a@h TAGMSG #elsewhere",
            "@+draft/react=👍;+draft/reply=m1 :bot!b@h TAGMSG #test",
            "@time=2020-01-01T00:00:00.000Z;+draft/react=👍;+draft/reply=m1 :ann!a@h TAGMSG #test",
            "@+draft/react=👍;+draft/reply=m1 :irc.server TAGMSG #test", "@msgid=m9 :ann!a@h PRIVMSG bot :last");
        await UntilAsync(() => fixture.Accepted.Count == 1);
        Assert.Equal("m9", fixture.Accepted[0].MessageId);
        var reactions = fixture.Happened.Cast<ReactionChanged>().ToArray();
        Assert.Equal([("r1", "#test", "account:ann", "m1", "+so be\\it"), (null, "ann", "ann!a@h", "m2", "-👍")],
            reactions.Select(static one => (one.EventId, one.Chat.Id, one.Sender!.Id, one.MessageId,
                string.Concat([.. one.Added.Select(static added => $"+{added.Emoji}"), .. one.Removed.Select(static gone => $"-{gone.Emoji}")]))));
        Assert.Equal((new DateTimeOffset(2100, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), "ann!a@h"),
            (reactions[0].PlatformTime, reactions[0].Extras["irc.mask"]));
    }

    /// <summary>Sets or clears the reaction to one message, and returns the lines that were sent for it.</summary>
    private static async Task<List<string>> ReactAsync(IrcFixture fixture, string? emoji)
    {
        var reacting = BeginAsync(fixture, emoji);
        var lines = new List<string> { await fixture.ExpectAsync("@") };
        var ping = await fixture.ExpectAsync("");
        if (ping.StartsWith('@'))
        {
            lines.Add(ping);
            ping = await fixture.ExpectAsync("");
        }

        await fixture.SayAsync($":s PONG s :{ping["PING ".Length..]}");
        Assert.Equal(SendResult.Sent("m;1"), await reacting.WaitAsync(Soon, TestContext.Current.CancellationToken));
        return lines;
    }

    private static Task<SendResult> BeginAsync(IrcFixture fixture, string? emoji) => fixture.Adapter.ReactAsync(
        new ReactionUpdate("reaction", new MessageRef(new Chat("#test", ChatKind.Group), "m;1"), emoji), TestContext.Current.CancellationToken);

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !condition(); await Task.Delay(20))
            Assert.True(clock.Elapsed < Soon, "it does not happen");
    }
}
