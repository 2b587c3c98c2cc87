using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>What was said while we were away, where the server keeps it.</summary>
public sealed class HistoryTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("msgid,timestamp", 1000)] // Ergo
    [InlineData("timestamp", 1000)] // soju
    [InlineData("timestamp,msgid", 50)] // UnrealIRCd
    public async Task What_was_said_meanwhile_comes_once_and_in_its_order(string references, int most)
    {
        var server = new HistoryServer(references, most);
        await using var fixture = new IrcFixture(""", "channels": ["#test"], "linesPerSecond": 0""");
        await ConnectAsync(fixture, server);
        await fixture.SayAsync(server.Say("ann", "#test", "live"));
        await UntilAsync(() => fixture.Accepted.Count == 1);
        await fixture.SendAsync("answer");
        await GoAsync(fixture);
        var begin = DateTimeOffset.UtcNow - TimeSpan.FromMilliseconds(200); // before what is said next, as the server orders by time
        for (var i = 0; i < 250; i++) server.Say(i % 2 == 0 ? "ann" : "ben", "#test", $"m{i}", begin + TimeSpan.FromMilliseconds(i / 3));
        server.Say("ann", "bot", "private");
        await ConnectAsync(fixture, server);
        await fixture.SayAsync(server.Say("ann", "#test", "now"));
        await UntilAsync(() => New(fixture).Count(static message => message.Chat.Id == "#test") == 252
            && New(fixture).Any(static message => message.Chat.Id == "ann"));
        // The gateway knows its ids: what it has had is a duplicate there.
        Assert.Equal(["live", .. Enumerable.Range(0, 250).Select(static i => $"m{i}"), "now"],
            New(fixture).Where(static message => message.Chat.Id == "#test").Select(static message => message.Text));
        Assert.Equal("private", Assert.Single(New(fixture), static message => message.Chat.Id == "ann").Text);
        Assert.DoesNotContain(fixture.Accepted, static message => message.Text == "answer");
        Assert.Equal("true", New(fixture).First(static message => message.Text == "m7").Extras["irc.history"]);
        await UntilAsync(() => fixture.Lines.Exists(static line => line.Contains("came from the server's history", StringComparison.Ordinal)));
        Assert.DoesNotContain(fixture.Lines, static line => line.Contains("missed", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_said_while_the_history_is_fetched_waits_for_it_and_a_silent_history_is_not_waited_for_for_ever()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        var features = new ServerFeatures();
        var catchUp = new CatchUp(true, features, TimeSpan.FromHours(24), clock);
        catchUp.Begin(clock.GetUtcNow() - TimeSpan.FromHours(1));
        catchUp.Enter("#Test");
        Assert.StartsWith("CHATHISTORY TARGETS timestamp=", catchUp.TakeDue(), StringComparison.Ordinal);
        Assert.StartsWith("CHATHISTORY AFTER #Test timestamp=", catchUp.TakeDue(), StringComparison.Ordinal);
        var live = new InboundMessage("x", new Chat("#test", ChatKind.Group), new Sender("ann", "ann", false), "live");
        Assert.True(catchUp.Holds(live));
        Assert.False(catchUp.Expire());
        Assert.False(catchUp.TryRelease(out _));
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.True(catchUp.Expire());
        Assert.True(catchUp.TryRelease(out var released));
        Assert.Same(live, released);
        Assert.False(catchUp.Holds(live));
        Assert.False(catchUp.IsPending);
        Assert.Equal((0, 1), catchUp.TakeTotals());
    }

    [Fact]
    public async Task A_channel_whose_history_is_refused_is_heard_all_the_same_and_the_gap_is_said()
    {
        var server = new HistoryServer();
        server.Closed.Add("#test");
        await using var fixture = new IrcFixture(""", "channels": ["#test"], "linesPerSecond": 0""");
        await ConnectAsync(fixture, server);
        await GoAsync(fixture);
        server.Say("ann", "#test", "lost");
        await ConnectAsync(fixture, server);
        await fixture.SayAsync(server.Say("ann", "#test", "now"));
        await UntilAsync(() => New(fixture).Count == 1);
        Assert.Equal("now", New(fixture)[0].Text);
        await UntilAsync(() => fixture.Lines.Exists(static line => line.Contains("may have been missed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_ids_nothing_of_a_history_is_taken_and_without_hours_nothing_is_asked_for()
    {
        var server = new HistoryServer(hasIds: false);
        await using (var fixture = new IrcFixture(""", "channels": ["#test"], "linesPerSecond": 0"""))
        {
            await ConnectAsync(fixture, server);
            await GoAsync(fixture);
            server.Say("ann", "#test", "perhaps answered");
            await ConnectAsync(fixture, server);
            await UntilAsync(() => server.Asked.Exists(static asked => asked.StartsWith("AFTER", StringComparison.Ordinal)));
            await fixture.SayAsync(server.Say("ann", "#test", "now"));
            await UntilAsync(() => New(fixture).Count > 0);
            Assert.Equal("now", Assert.Single(New(fixture)).Text);
        }

        var closed = new HistoryServer();
        await using var none = new IrcFixture(""", "channels": ["#test"], "linesPerSecond": 0, "historyHours": 0""");
        await ConnectAsync(none, closed);
        await GoAsync(none);
        await ConnectAsync(none, closed);
        await none.SayAsync(closed.Say("ann", "#test", "now"));
        await UntilAsync(() => New(none).Count > 0);
        Assert.Empty(closed.Asked);
    }

    [Fact]
    public async Task An_end_before_the_history_has_come_does_not_forget_the_gap()
    {
        var server = new HistoryServer();
        await using var fixture = new IrcFixture(""", "channels": ["#test"], "linesPerSecond": 0""");
        await ConnectAsync(fixture, server);
        await GoAsync(fixture);
        var before = await fixture.GetAsync("lastSeen", default);
        server.Say("ann", "#test", "meanwhile");
        server.IsSilent = true;
        await ConnectAsync(fixture, server);
        await Task.Delay(2_500, Token); // long enough for the loop that notes the time
        await GoAsync(fixture);
        Assert.Equal(before, await fixture.GetAsync("lastSeen", default));
        server.IsSilent = false;
        await ConnectAsync(fixture, server);
        await UntilAsync(() => New(fixture).Exists(static message => message.Text == "meanwhile"));
    }

    private static List<InboundMessage> New(IrcFixture fixture)
    {
        lock (fixture.Accepted)
            return [.. fixture.Accepted.GroupBy(static message => message.EventId ?? message.Text).Select(static same => same.First())];
    }

    private static async Task ConnectAsync(IrcFixture fixture, HistoryServer server)
    {
        var connecting = fixture.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), Token);
        _ = server.ServeAsync(fixture);
        await connecting.WaitAsync(Soon, Token);
    }

    private static async Task GoAsync(IrcFixture fixture)
    {
        await UntilAsync(() => fixture.GetAsync("lastSeen", default).Result is not null);
        await fixture.Adapter.DisposeAsync();
        fixture.HangUp();
        fixture.Renew();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !condition(); await Task.Delay(10, Token))
            Assert.True(clock.Elapsed < Soon, "it does not come about");
    }
}
