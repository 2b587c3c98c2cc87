using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>Events of members, from JOIN, PART, KICK, QUIT and NICK.</summary>
public sealed class MemberEventTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Users_who_come_and_leave_are_events_of_their_channel_and_a_quit_is_one_for_each_channel_where_the_user_was()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#Test", "#other"]""");
        _ = await fixture.ConnectAsync(":s 005 bot PREFIX=(ov)@+ :are supported", ":bot!b@h JOIN #Test", ":s 353 bot = #Test :bot @ann +ben",
            ":s 366 bot #Test :End", ":bot!b@h JOIN #other", ":s 353 bot = #other :bot ann eve", ":s 366 bot #other :End");
        await fixture.SayAsync("@time=2100-01-02T03:04:05.678Z;bot :Tim!t@h JOIN #TEST", ":ben!b@h PART #test :bye", ":ann!a@h NICK anna",
            ":anna!a@h QUIT :gone", ":stranger!s@h QUIT :was nowhere", ":Tim!t@h KICK #other eve :out", ":tim!t@h PART #elsewhere",
            ":tim!t@h JOIN #test", ":ann!a@h PRIVMSG bot :last");
        await UntilAsync(() => fixture.Accepted.Count == 1);
        Assert.Equal(
            [
                ("#test", MemberChange.Joined, "Tim", "tim"), ("#test", MemberChange.Left, "ben", "ben"),
                ("#test", MemberChange.Left, "ann", "ann"), ("#test", MemberChange.Joined, "anna", "anna"),
                ("#other", MemberChange.Left, "ann", "ann"), ("#other", MemberChange.Joined, "anna", "anna"),
                ("#test", MemberChange.Left, "anna", "anna"),
                ("#other", MemberChange.Left, "anna", "anna"), ("#other", MemberChange.Left, "eve", "tim"),
            ],
            Changes(fixture).Select(static change => (change.Chat.Id, change.Change, Assert.Single(change.Members).Name!, change.Sender!.Id)));
        var joined = Changes(fixture)[0];
        Assert.Equal((null, ChatKind.Group, true, "Tim!t@h"), (joined.EventId, joined.Chat.Kind, joined.Members[0].IsBot, joined.Extras["irc.mask"]));
        Assert.Equal(new DateTimeOffset(2100, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), joined.PlatformTime);
    }

    [Fact]
    public async Task The_bots_own_join_and_the_list_of_names_are_no_events_and_its_kick_is_one_with_who_did_it()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"], "rejoinSeconds": 1""");
        _ = await fixture.ConnectAsync(":bot!b@h JOIN #test", ":s 353 bot = #test :bot @ann");
        await fixture.SayAsync(":ann!a@h KICK #test bot :out", ":ann!a@h QUIT :seen by nobody here", ":bot!b@h JOIN #forced",
            ":ann!a@h JOIN #forced");
        await fixture.ExpectAsync("JOIN #test");
        await fixture.SayAsync(":bot!b@h JOIN #test", ":s 353 bot = #test :bot", ":irc.server KICK #test bot :by the server",
            ":ann!a@h PRIVMSG bot :last");
        await UntilAsync(() => fixture.Accepted.Count == 1);
        Assert.Equal([(MemberChange.BotRemoved, "ann", 0), (MemberChange.BotRemoved, null, 0)],
            Changes(fixture).Select(static change => (change.Change, change.Sender?.Id, change.Members.Count)));
    }

    [Fact]
    public async Task Where_the_server_has_ids_and_accounts_events_have_them_and_each_part_of_a_quit_an_id_of_its_own()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#a", "#b"]""");
        _ = await fixture.ConnectWithAsync(["account-tag", "message-tags"], ":bot!b@h JOIN #a", ":bot!b@h JOIN #b");
        await fixture.SayAsync("@msgid=m1;account=Ann :ann!a@h JOIN #a", "@msgid=m2 :ann!a@h JOIN #b", "@msgid=m3;account=Ann :ann!a@h QUIT :x",
            $"@msgid={new string('m', 511)} :ben!a@h JOIN #b", $"@msgid={new string('m', 511)} :ben!a@h QUIT :x", ":ann!a@h PRIVMSG bot :last");
        await UntilAsync(() => fixture.Accepted.Count == 1);
        Assert.Equal([("m1", "account:ann"), ("m2", "ann!a@h"), ("m3##a", "account:ann"), ("m3##b", "account:ann"), (new string('m', 511), "ben!a@h"),
            (null, "ben!a@h")], Changes(fixture).Select(static change => (change.EventId, change.Members[0].Id)));
    }

    [Fact]
    public async Task A_new_nick_of_the_same_account_or_in_another_case_is_no_event_and_without_an_account_it_is_two()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#a"]""");
        _ = await fixture.ConnectWithAsync(["account-tag", "message-tags"], ":bot!b@h JOIN #a", ":s 353 bot = #a :bot ann ben");
        await fixture.SayAsync("@msgid=m1;account=Ann :ann!a@h NICK anna", "@msgid=m2 :ben!b@h NICK Ben", "@msgid=m3 :Ben!b@h NICK bert",
            ":ann!a@h PRIVMSG bot :last");
        await UntilAsync(() => fixture.Accepted.Count == 1);
        Assert.Equal([("m3##a#left", MemberChange.Left, "ben!b@h"), ("m3##a#joined", MemberChange.Joined, "bert!b@h")],
            Changes(fixture).Select(static change => (change.EventId, change.Change, change.Members[0].Id)));
    }

    [Fact]
    public async Task A_name_with_a_control_character_spoils_its_own_event_only_and_the_bot_knows_that_it_was_removed()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"], "rejoinSeconds": 1""");
        _ = await fixture.ConnectAsync(":bot!b@h JOIN #test");
        await fixture.SayAsync(":a\u0007n!a@h JOIN #test", ":ann!a@h JOIN #test", ":a\u0007n!a@h KICK #test bot :out");
        await fixture.ExpectAsync("JOIN #test");
        Assert.Equal("ann", Assert.Single(Assert.Single(Changes(fixture)).Members).Name);
    }

    [Fact]
    public async Task Playback_of_members_is_passed_over()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"]""");
        _ = await fixture.ConnectAsync(":bot!b@h JOIN #test");
        await fixture.SayAsync(":s BATCH +x chathistory #test", "@batch=x :ann!a@h JOIN #test", ":s BATCH -x",
            "@time=2020-01-01T00:00:00.000Z :ben!b@h JOIN #test", ":ann!a@h PRIVMSG bot :last");
        await UntilAsync(() => fixture.Accepted.Count == 1);
        Assert.Empty(fixture.Happened);
    }

    [Fact]
    public async Task A_netsplit_neither_delays_messages_nor_takes_their_room_and_what_is_dropped_is_counted()
    {
        const int Users = 30_000;
        await using var fixture = new IrcFixture(""", "channels": ["#test"]""");
        var release = new TaskCompletionSource<Acceptance>(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Answer = message => message.Text == "first" ? release.Task : Task.FromResult(Acceptance.Stored);
        _ = await fixture.ConnectAsync(":bot!b@h JOIN #test");
        // While the first messages wait, events take half of the room only: messages behind them are still read.
        await fixture.SayAsync([.. Enumerable.Repeat(":eve!e@h PRIVMSG bot :first", 300),
            .. Enumerable.Range(0, Users).Select(static i => $":u{i}!u@h JOIN #test"),
            .. Enumerable.Range(0, Users).Select(static i => $":u{i}!u@h QUIT :a.example b.example"),
            .. Enumerable.Range(0, 5000).Select(static i => $":eve!e@h PRIVMSG bot :m{i}"), "PING :alive"])
            .WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal("PONG alive", await fixture.ExpectAsync("PONG"));
        release.SetResult(Acceptance.Stored);
        await UntilAsync(() => fixture.Accepted.Count == 5300);
        Assert.Equal(Enumerable.Range(0, 5000).Select(static i => $"m{i}"), fixture.Accepted.Skip(300).Select(static message => message.Text));
        Assert.InRange(fixture.Happened.Count, 1, ReceivedEvents.MostBeforeEvents);
        await UntilAsync(() => Said(fixture, $"{(2 * Users) - fixture.Happened.Count} events other than messages were dropped"));
        Assert.True(fixture.Healths[^1].IsHealthy);
    }

    [Fact]
    public void Names_are_kept_up_to_a_bound_and_forgotten_with_their_channel()
    {
        var features = new ServerFeatures();
        var members = new ChannelMembers(features);
        members.Enter("#A");
        var names = Enumerable.Range(0, ChannelMembers.MostNicks - 1).Select(static i => $"n{i}");
        members.TakeNames(IrcLine.Parse($":s 353 me = #a :{string.Join(' ', names)}")!);
        Assert.True(members.Add("#a", "last"));
        Assert.True(members.Add("#a", "beyond")); // it has come, but its QUIT will not be known
        Assert.False(members.Add("#a", "n7"));
        Assert.Empty(members.RemoveAll("beyond"));
        Assert.Equal(["#a"], members.RemoveAll("N7"));
        Assert.True(members.Add("#a", "again"));
        members.Leave("#a");
        Assert.False(members.Add("#a", "ann"));
        members.Enter("#b");
        Assert.True(members.Add("#b", "ann"));
        Assert.Equal(["#b"], members.RemoveAll("ann"));
    }

    private static List<MembersChanged> Changes(IrcFixture fixture)
    {
        lock (fixture.Happened) return [.. fixture.Happened.Cast<MembersChanged>()];
    }

    private static bool Said(IrcFixture fixture, string sentence)
    {
        lock (fixture.Healths) return fixture.Healths.Exists(health => health.Message.Contains(sentence, StringComparison.Ordinal));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !condition(); await Task.Delay(20))
            Assert.True(clock.Elapsed < Soon, "it does not happen");
    }
}
