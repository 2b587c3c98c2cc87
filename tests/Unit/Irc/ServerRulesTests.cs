using Microsoft.Extensions.Time.Testing;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Irc;

/// <summary>What a server says about itself, whom it means by a name, and what it puts up with.</summary>
public sealed class ServerRulesTests
{
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData("ascii", "Ann[]\\~", "ann[]\\~")]
    [InlineData("rfc1459", "Ann[]\\^", "ann{}|~")]
    [InlineData("rfc1459-strict", "Ann[]\\^", "ann{}|^")]
    [InlineData("something-new", "ÄNN", "Änn")]
    public void Names_are_compared_as_the_server_does(string mapping, string name, string folded) => Assert.Equal(folded, CaseMapping.Fold(name, mapping));

    [Fact]
    public void The_server_describes_itself_in_005()
    {
        var features = new ServerFeatures();
        Assert.Equal((512, "rfc1459", true, false), (features.LineLength, features.CaseMapping, features.IsChannel("&x"), features.IsChannel("ann")));

        features.Take(IrcLine.Parse(":s 005 me CASEMAPPING=ascii LINELEN=2048 CHANTYPES=# STATUSMSG=@+ SAFELIST :are supported")!);
        Assert.Equal((2048, "ascii", false, "#x"), (features.LineLength, features.CaseMapping, features.IsChannel("&x"), features.WithoutStatus("@#x")));
        Assert.Equal("@x", features.WithoutStatus("@x"));

        features.Take(IrcLine.Parse(":s 005 me LINELEN=10 :are supported")!);
        Assert.Equal(512, features.LineLength);
    }

    [Fact]
    public void The_prefix_is_guessed_long_until_the_server_shows_it()
    {
        var self = new Identity("gateway", "bot", new ServerFeatures());
        var guess = self.PrefixBytes;
        self.Learn(IrcSource.Parse("irc.server"));
        Assert.Equal(guess, self.PrefixBytes);

        self.Learn(IrcSource.Parse("gateway!~bot@host"));
        Assert.Equal("gateway!~bot@host".Length, self.PrefixBytes);
        Assert.True(guess > self.PrefixBytes);

        self.Rename("gateway_");
        self.Rehost("cloak.example");
        Assert.Equal("gateway_!~bot@cloak.example".Length, self.PrefixBytes);
        self.Rehost("u@h");
        Assert.Equal("gateway_!u@h".Length, self.PrefixBytes);
        Assert.True(self.IsMe("GATEWAY_"));
    }

    [Fact]
    public void The_bucket_gives_a_burst_then_its_rate_and_remembers_debts()
    {
        var bucket = new FloodBucket(1, 5, _clock);
        Assert.Equal((5, TimeSpan.Zero), bucket.Take(2, 9));
        Assert.Equal((0, TimeSpan.FromSeconds(5)), bucket.Take(2, 9));
        _clock.Advance(TimeSpan.FromSeconds(2.5));
        Assert.Equal((2, TimeSpan.Zero), bucket.Take(2, 3));

        bucket.Charge(3);
        Assert.Equal((0, TimeSpan.FromSeconds(4.5)), bucket.Take(2, 2));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal((5, TimeSpan.Zero), bucket.Take(2, 9));
    }

    [Fact]
    public void A_channel_is_asked_for_once_and_again_after_its_pause()
    {
        var channels = new Membership(["#a", "#b key"], new ServerFeatures(), TimeSpan.FromSeconds(10), _clock);
        Assert.Equal(["JOIN #a", "JOIN #b key"], channels.TakeDue());
        Assert.Empty(channels.TakeDue());
        Assert.Null(channels.Absence("#a"));
        Assert.Null(channels.Absence("ann"));

        channels.Enter("#A");
        Assert.False(channels.Refuse("#a", "404"), "it was not asked for any more");
        Assert.True(channels.Refuse("#b", "474 banned"));
        Assert.True(channels.Leave("#A", "kicked"));
        Assert.False(channels.Leave("#c", "kicked"));
        Assert.Equal(["#a (kicked)", "#b (474 banned)"], channels.Out);
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal((TimeSpan.FromSeconds(6), "kicked"), channels.Absence("#a"));
        Assert.Empty(channels.TakeDue());
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(["JOIN #a", "JOIN #b key"], channels.TakeDue());
        Assert.Null(channels.Absence("#a"));
    }

    [Fact]
    public async Task A_pong_answers_every_ping_up_to_its_own_and_no_other_does()
    {
        var deliveries = new Deliveries(new ServerFeatures(), _clock);
        var (first, second, third) = (deliveries.Add("#a"), deliveries.Add("ann"), deliveries.Add());
        deliveries.Answer("from somewhere else");
        Assert.True(deliveries.Refuse("ANN", new Refusal("401", "no such nick")));
        Assert.False(deliveries.Refuse("bob", new Refusal("401", "no such nick")));
        deliveries.Echo("#a", "id-1");
        deliveries.Answer(second.Token);

        Assert.Equal(new DeliveryEnd(true, 0, default, "id-1"), await first.Ended);
        Assert.Equal(new DeliveryEnd(true, 1, new Refusal("401", "no such nick"), null), await second.Ended);
        Assert.False(third.Ended.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), deliveries.OldestWait);

        deliveries.Abandon();
        Assert.False((await third.Ended).IsAnswered);
        Assert.False((await deliveries.Add("late").Ended).IsAnswered);
    }
}
