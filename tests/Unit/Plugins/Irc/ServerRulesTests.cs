using Microsoft.Extensions.Time.Testing;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>What a server says about itself, whom it means by a name, and what it puts up with.</summary>
public sealed class ServerRulesTests
{
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData("ascii", "Ann[]\\~", "ann[]\\~")]
    [InlineData("rfc1459", "Ann[]\\^", "ann{}|~")]
    [InlineData("rfc1459-strict", "Ann[]\\^", "ann{}|^")]
    [InlineData("rfc7613", "Ann[]\\^", "ann[]\\^")]
    [InlineData("precis", "ANN{}", "ann{}")]
    [InlineData("something-new", "ÄNN", "Änn")]
    public void Names_are_compared_as_the_server_does(string mapping, string name, string folded) =>
        Assert.Equal(folded, CaseMapping.Fold(name, mapping));

    [Fact]
    public void The_server_describes_itself_in_005()
    {
        var features = new ServerFeatures();
        Assert.Equal((512, "rfc1459", true, false), (features.LineLength, features.CaseMapping, features.IsChannel("&x"), features.IsChannel("ann")));

        features.Take(IrcLine.Parse(":s 005 me CASEMAPPING=ascii LINELEN=2048 CHANTYPES=# STATUSMSG=@+ SAFELIST :are supported")!);
        Assert.Equal(
            (2048, "ascii", false, "#x"), (features.LineLength, features.CaseMapping, features.IsChannel("&x"), features.WithoutStatus("@#x")));
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
        Assert.Equal(["JOIN #a", "JOIN #b key"], channels.TakeDue(9));
        Assert.Empty(channels.TakeDue(9));
        Assert.Null(channels.Absence("#a"));
        Assert.Null(channels.Absence("ann"));

        channels.Enter("#A");
        Assert.Null(channels.Refuse("#a", "404")); // it was not asked for any more
        Assert.Equal(TimeSpan.FromSeconds(10), channels.Refuse("#b", "474 banned"));
        Assert.Equal(TimeSpan.FromSeconds(10), channels.Leave("#A", "kicked"));
        Assert.Null(channels.Leave("#c", "kicked"));
        Assert.Equal(["#a (kicked)", "#b (474 banned)"], channels.Out);
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal((TimeSpan.FromSeconds(6), "kicked"), channels.Absence("#a"));
        Assert.Empty(channels.TakeDue(9));
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(["JOIN #a", "JOIN #b key"], channels.TakeDue(9));
        Assert.Null(channels.Absence("#a"));
    }

    [Fact]
    public void A_channel_that_does_not_let_us_in_is_asked_for_ever_more_rarely_up_to_every_ten_minutes()
    {
        var channels = new Membership(["#a"], new ServerFeatures(), TimeSpan.FromSeconds(10), _clock);
        var pauses = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            Assert.Single(channels.TakeDue(9));
            var pause = channels.Refuse("#a", "474 banned")!.Value;
            pauses.Add(pause.TotalSeconds);
            _clock.Advance(pause - TimeSpan.FromSeconds(1));
            Assert.Equal(0, channels.DueCount);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([10, 20, 40, 80, 160, 320, 600, 600, 600], pauses);
        channels.TakeDue(9);
        channels.Enter("#a");
        Assert.Equal(600, channels.Leave("#a", "kicked at once")!.Value.TotalSeconds);
        _clock.Advance(TimeSpan.FromMinutes(10));
        channels.TakeDue(9);
        channels.Enter("#a");
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(10, channels.Leave("#a", "kicked after a while")!.Value.TotalSeconds);
    }

    [Fact]
    public void Channels_wait_for_their_turn_and_nothing_is_said_there_before()
    {
        var channels = new Membership(["#a", "#b", "#c"], new ServerFeatures(), TimeSpan.FromSeconds(10), _clock);
        Assert.Equal(["JOIN #a", "JOIN #b"], channels.TakeDue(2));
        Assert.NotNull(channels.Absence("#c"));
        Assert.Equal(1, channels.DueCount);
        Assert.Equal(["JOIN #c"], channels.TakeDue(2));
        Assert.Null(channels.Absence("#c"));
        _clock.Advance(TimeSpan.FromMinutes(2)); // none was answered for
        Assert.Equal(3, channels.DueCount);
    }

    [Fact]
    public void A_bucket_keeps_room_for_an_answer_when_lines_can_wait_and_has_no_bottom_without_a_limit()
    {
        var bucket = new FloodBucket(1, 5, _clock);
        Assert.Equal((3, 0), (bucket.TakeSpare(60), bucket.TakeSpare(60)));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 0), (bucket.TakeSpare(60), bucket.TakeSpare(60)));

        var small = new FloodBucket(1, 2, _clock);
        Assert.Equal((1, 0), (small.TakeSpare(60), small.TakeSpare(60)));

        var endless = new FloodBucket(0, 5, _clock);
        endless.Charge(1000);
        Assert.Equal((60, (500, TimeSpan.Zero)), (endless.TakeSpare(60), endless.Take(2, 500)));
    }

    [Theory]
    [InlineData("NICKLEN=9", "gateway01")]
    [InlineData("MAXNICKLEN=9", "gateway01")]
    [InlineData("NICKLEN=30", "gateway01_main")]
    [InlineData("NICKLEN=", "gateway01_main")]
    public void The_longest_nick_stands_in_005(string token, string nick)
    {
        var features = new ServerFeatures();
        features.Take(IrcLine.Parse($":s 005 me {token} :are supported")!);
        Assert.Equal(nick, features.CutNick("gateway01_main"));
    }

    [Fact]
    public void What_is_played_back_is_known_by_its_batch_or_by_a_time_before_the_connection()
    {
        var playback = new Playback(_clock);
        var begin = _clock.GetUtcNow().AddMinutes(-30); // the server's clock is behind ours
        playback.TakeTime(At(begin, "005 me X :are supported"));
        Assert.False(playback.Includes(IrcLine.Parse(":a!b@c PRIVMSG #a :no time")!));
        Assert.False(playback.Includes(At(begin.AddSeconds(1), "PRIVMSG #a :now")));
        Assert.False(playback.Includes(At(begin.AddSeconds(-30), "PRIVMSG #a :a little late")));
        Assert.True(playback.Includes(At(begin.AddMinutes(-5), "PRIVMSG #a :old")));

        playback.TakeBatch(IrcLine.Parse(":s BATCH +1 chathistory #a")!);
        playback.TakeBatch(IrcLine.Parse("@batch=1 :s BATCH +2 draft/multiline #a")!);
        playback.TakeBatch(IrcLine.Parse(":s BATCH +3 netjoin s1 s2")!);
        playback.TakeBatch(IrcLine.Parse(":s BATCH +4 znc.in/playback #a")!);
        Assert.Equal([true, true, false, true],
            ((string[])["1", "2", "3", "4"]).Select(batch => playback.Includes(IrcLine.Parse($"@batch={batch} :a!b@c PRIVMSG #a :x")!)));
        playback.TakeBatch(IrcLine.Parse(":s BATCH -1")!);
        Assert.False(playback.Includes(IrcLine.Parse("@batch=1 :a!b@c PRIVMSG #a :x")!));

        static IrcLine At(DateTimeOffset time, string line) => IrcLine.Parse($"@time={time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} :s {line}")!;
    }

    [Fact]
    public void A_channel_that_is_entered_again_has_a_begin_of_its_own()
    {
        var playback = new Playback(_clock);
        var begin = _clock.GetUtcNow().AddMinutes(-30);
        playback.TakeTime(At(begin, "005 me X :are supported"));
        _clock.Advance(TimeSpan.FromHours(2));
        // Without a time of their own they are as old as the connection says; what was said before the KICK was heard.
        playback.Leave("#a", IrcLine.Parse(":s KICK #a me :out")!);
        _clock.Advance(TimeSpan.FromSeconds(10));
        playback.Enter("#a", IrcLine.Parse(":me!u@h JOIN #a")!);
        Assert.Equal([true, true, false, false],
            ((int[])[-3600, -5, 5, 11]).Select(seconds => playback.Includes(At(begin.AddHours(2).AddSeconds(seconds), "PRIVMSG #a :x"), "#a")));
        Assert.False(playback.Includes(At(begin.AddHours(1), "PRIVMSG #b :x"), "#b"));
        Assert.False(playback.Includes(At(begin.AddHours(1), "PRIVMSG me :x")));
        _clock.Advance(TimeSpan.FromHours(1));
        playback.Enter("#a", At(begin.AddHours(5), "JOIN #a"));
        Assert.Equal([true, false],
            ((int[])[-70, -50]).Select(seconds => playback.Includes(At(begin.AddHours(5).AddSeconds(seconds), "PRIVMSG #a :x"), "#a")));

        static IrcLine At(DateTimeOffset time, string line) => IrcLine.Parse($"@time={time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} :s {line}")!;
    }

    [Fact]
    public async Task A_pong_answers_every_ping_up_to_its_own_and_no_other_does()
    {
        var deliveries = new Deliveries(new ServerFeatures(), _clock);
        var (first, second, third) = (Add("#a"), Add("ann"), Add(""));
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
        Assert.False((await Add("late").Ended).IsAnswered);

        Delivery Add(string target)
        {
            var written = "";
            var delivery = deliveries.Add(target, token => written = token);
            Assert.Equal(written, delivery.Token);
            return delivery;
        }
    }
}
