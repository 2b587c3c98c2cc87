namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>The adapter against a server that answers as told.</summary>
public sealed class IrcAdapterTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_a_channel_plays_back_when_we_enter_it_again_is_of_the_past()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test", "#other"], "rejoinSeconds": 1""");
        var now = DateTimeOffset.UtcNow;
        await fixture.ConnectAsync($"@time={Stamp(now.AddHours(-5))} :s 001 bot :Welcome", $"@time={Stamp(now.AddHours(-5))} :bot!u@h JOIN #test",
            $"@time={Stamp(now.AddHours(-5))} :bot!u@h JOIN #other");
        await fixture.SayAsync(
            $"@time={Stamp(now.AddHours(-3))} :ann!a@h PRIVMSG #test :heard", $"@time={Stamp(now.AddHours(-2))} :op!o@h KICK #test bot :out");
        await fixture.ExpectAsync("JOIN #test");
        await fixture.SayAsync(
            $"@time={Stamp(now)} :bot!u@h JOIN #Test", $"@time={Stamp(now.AddHours(-3))} :ann!a@h PRIVMSG #test :heard",
            $"@time={Stamp(now.AddHours(-1))} :ann!a@h PRIVMSG #TEST :missed",
            $"@time={Stamp(now.AddHours(-1))} :ann!a@h PRIVMSG #other :slow", $"@time={Stamp(now)} :ann!a@h PRIVMSG #test :new");
        await UntilAsync(() => fixture.Accepted.Exists(static message => message.Text == "new"));
        Assert.Equal(["heard", "slow", "new"], fixture.Accepted.Select(static message => message.Text));

        static string Stamp(DateTimeOffset time) =>
            time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("TheAccount")]
    public async Task The_account_is_the_one_that_the_server_has_logged_the_bot_in_to_and_its_name_the_nick(string? account)
    {
        await using var fixture = new IrcFixture();
        string[] login = account is null ? [] : [$":s 900 bot bot!b@h {account} :You are now logged in"];
        await fixture.ConnectAsync([.. login, ":s 001 bo :Welcome"]);
        Assert.Equal((account, "bo"), (fixture.Info!.AccountId, fixture.Info.AccountName));
    }

    [Fact]
    public async Task Where_the_server_reports_accounts_a_sender_is_its_account_and_never_a_nick_that_anybody_can_take()
    {
        await using var fixture = new IrcFixture();
        var connecting = fixture.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), TestContext.Current.CancellationToken);
        await fixture.AcceptAsync();
        await fixture.ExpectAsync("USER");
        await fixture.SayAsync(":s CAP * LS :account-tag");
        Assert.Equal("CAP REQ account-tag", await fixture.ExpectAsync("CAP REQ"));
        await fixture.SayAsync(":s CAP * ACK :account-tag");
        await fixture.ExpectAsync("CAP END");
        await fixture.SayAsync(":s 001 bot :Welcome");
        await fixture.AnswerPingAsync();
        await connecting;
        _ = fixture.Adapter.RunAsync(TestContext.Current.CancellationToken);
        await fixture.SayAsync("@account=Ann :nick!a@h PRIVMSG bot :by account", ":ann!b@h PRIVMSG bot :by nick");
        await UntilAsync(() => fixture.Accepted.Count == 2);
        Assert.Equal([("account:ann", "Ann"), ("ann!b@h", null)],
            fixture.Accepted.Select(static message => (message.Sender.Id, message.Sender.Account)));
    }

    [Theory]
    [InlineData("ann", null, "ann")]
    [InlineData("ann!a@h", null, "ann")]
    [InlineData("account:ann", "Ann_", "Ann_")]
    [InlineData("account:ann", null, null)]
    [InlineData("#test", null, null)]
    [InlineData("ann", "#test", null)]
    public async Task A_message_for_one_person_goes_to_the_nick_and_never_to_a_channel(string id, string? name, string? nick)
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync(":bot!b@h JOIN #test");
        var sending = fixture.Adapter.SendAsync(
            new OutboundMessage("k", new Chat("#test", ChatKind.Group), "secret") { VisibleTo = new Sender(id, name) },
            TestContext.Current.CancellationToken);
        if (nick is null)
        {
            Assert.Equal(SendErrorKind.InvalidMessage, (await sending.WaitAsync(Soon, TestContext.Current.CancellationToken)).Error!.Kind);
            return;
        }

        Assert.Equal($"PRIVMSG {nick} :secret", await fixture.ExpectAsync("PRIVMSG"));
        await fixture.AnswerPingAsync();
        Assert.Equal(SendOutcome.Sent, (await sending.WaitAsync(Soon, TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task A_message_is_sent_when_the_pong_behind_it_comes_and_has_the_id_of_its_echo()
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync(":bot!b@h JOIN #test");
        var sending = fixture.SendAsync("hello");
        Assert.Equal("PRIVMSG #test :hello", await fixture.ExpectAsync("PRIVMSG"));
        Assert.False(sending.IsCompleted);
        await fixture.AnswerPingAsync("@msgid=m7 :bot!b@h PRIVMSG #test :hello");
        Assert.Equal(SendResult.Sent("m7"), await sending.WaitAsync(Soon, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("401", SendErrorKind.NotFound)]
    [InlineData("403", SendErrorKind.NotFound)]
    [InlineData("404", SendErrorKind.Forbidden)]
    [InlineData("531", SendErrorKind.Forbidden)]
    [InlineData("412", SendErrorKind.InvalidMessage)]
    public async Task What_the_server_refuses_is_not_sent_and_not_tried_again(string code, SendErrorKind kind)
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync();
        var sending = fixture.SendAsync("hello");
        await fixture.AnswerPingAsync($":s {code} bot #TEST :No");
        var result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((SendOutcome.NotSent, kind, code, SendRetryKind.Never),
            (result.Outcome, result.Error!.Kind, result.Error.PlatformCode, result.Error.Retry.Kind));
    }

    [Theory]
    [InlineData("411 bot :No recipient given (PRIVMSG)", "411", SendErrorKind.NotFound)]
    [InlineData("412 bot :No text to send", "412", SendErrorKind.InvalidMessage)]
    [InlineData("413 bot #* :No toplevel domain specified", "413", SendErrorKind.NotFound)]
    [InlineData("414 bot #* :Wildcard in toplevel domain", "414", SendErrorKind.NotFound)]
    [InlineData("417 bot :Input line was too long", "417", SendErrorKind.InvalidMessage)]
    [InlineData("421 bot PRIVMSG :Unknown command", "421", SendErrorKind.Forbidden)]
    [InlineData("461 bot PRIVMSG :Not enough parameters", "461", SendErrorKind.Forbidden)]
    public async Task A_refusal_that_names_no_target_is_of_the_line_that_the_server_has_just_read(string said, string code, SendErrorKind kind)
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync();
        var sending = fixture.SendAsync("hello");
        await fixture.AnswerPingAsync($":s {said}");
        var result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((SendOutcome.NotSent, kind, code, SendRetryKind.Never),
            (result.Outcome, result.Error!.Kind, result.Error.PlatformCode, result.Error.Retry.Kind));
    }

    [Fact]
    public async Task A_nick_or_a_ping_with_a_control_character_spoils_its_own_line_only()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"]""");
        _ = await fixture.ConnectAsync(":bot!b@h JOIN #test");
        await fixture.SayAsync(":a\u0085n!a@h PRIVMSG #test :one", ":a\u0007n!a@h PRIVMSG bot :two", "PING :co\rokie",
            ":ann!a@h PRIVMSG #te\u0001st :three", ":ann!a@h PRIVMSG #test :four");
        Assert.Equal("PONG cookie", await fixture.ExpectAsync("PONG"));
        await UntilAsync(() => fixture.Accepted.Exists(static message => message.Text == "four"));
        Assert.Equal("four", Assert.Single(fixture.Accepted).Text);
        Assert.Contains(fixture.Lines, static line => line.Contains("passed over", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_a_channel_forwards_to_is_left_again_and_not_listened_to()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#team"], "rejoinSeconds": 600""");
        _ = await fixture.ConnectAsync();
        await fixture.SayAsync(":s 470 bot #team ##unreg :Forwarding to another channel", ":bot!b@h JOIN ##unreg",
            ":ann!a@h PRIVMSG ##unreg :bot: hi", ":ann!a@h PRIVMSG bot :last");
        Assert.Equal("PART ##unreg", await fixture.ExpectAsync("PART"));
        await UntilAsync(() => fixture.Accepted.Count > 0);
        Assert.Equal("last", Assert.Single(fixture.Accepted).Text);
        Assert.Contains(
            fixture.Lines, static line => line.Contains("##unreg", StringComparison.Ordinal) && line.Contains("#team", StringComparison.Ordinal));
        await UntilAsync(() => fixture.Healths.Exists(static health => health.Message.Contains("##unreg", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Many_channels_are_asked_for_no_faster_than_the_flood_limit()
    {
        await using var fixture = new IrcFixture(
            $$""", "burstLines": 5, "linesPerSecond": 2, "channels": [{{string.Join(',', Enumerable.Range(0, 12).Select(static i => $"\"#c{i}\""))}}]""");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        _ = await fixture.ConnectAsync();
        for (var i = 3; i < 12; i++) await fixture.ExpectAsync("JOIN ");
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(3), "12 channels at 2 lines a second take no less");
    }

    [Fact]
    public async Task Messages_are_handed_over_together_and_in_their_order_and_those_that_the_gateway_has_no_room_for_wait()
    {
        await using var fixture = new IrcFixture();
        var (open, most, refusals, taken) = (0, 0, 3, new List<string>());
        fixture.Answer = async message =>
        {
            if (message.Text == "m300" && refusals-- > 0) return Acceptance.Refused("full");
            lock (taken)
            {
                taken.Add(message.Text);
                most = Math.Max(most, ++open);
            }

            await Task.Delay(20);
            lock (taken) open--;
            return Acceptance.Stored;
        };
        _ = await fixture.ConnectAsync();
        await fixture.SayAsync([.. Enumerable.Range(0, 600).Select(static i => $":ann!a@h PRIVMSG bot :m{i}")]);
        await UntilAsync(() => taken.Count == 600);
        Assert.Equal(Enumerable.Range(0, 600).Select(static i => $"m{i}"), taken);
        Assert.InRange(most, 10, 258);
        Assert.DoesNotContain(fixture.Lines, static line => line.Contains("not accepted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gateway_that_takes_nothing_for_long_loses_nothing_and_the_server_is_answered_while_a_thousand_messages_wait()
    {
        await using var fixture = new IrcFixture(""", "pingAfterSeconds": 1, "pongTimeoutSeconds": 1""");
        var release = new TaskCompletionSource<Acceptance>(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Answer = _ => release.Task;
        var running = await fixture.ConnectAsync();
        await fixture.SayAsync([.. Enumerable.Range(0, 3000).Select(static i => $":ann!a@h PRIVMSG bot :m{i}"), "PING :alive"]);
        Assert.Equal("PONG alive", await fixture.ExpectAsync("PONG"));

        // Beyond what is held in memory the socket is not read: that is no silence of the server.
        var rest = fixture.SayAsync([.. Enumerable.Range(3000, 40_000).Select(static i => $":ann!a@h PRIVMSG bot :m{i} {new string('x', 200)}")]);
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted, "a server that is not listened to is not dead");
        release.SetResult(Acceptance.Stored);
        await rest.WaitAsync(Soon, TestContext.Current.CancellationToken);
        await UntilAsync(() => fixture.Accepted.Count == 43_000);
        Assert.Equal(Enumerable.Range(0, 43_000).Select(static i => $"m{i}"), fixture.Accepted.Select(static message => message.Text.Split(' ')[0]));
    }

    [Fact]
    public async Task History_is_handed_over_as_history()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"]""");
        _ = await fixture.ConnectAsync(":bot!b@h JOIN #test");
        await fixture.SayAsync("@time=2020-01-01T00:00:00.000Z :ann!a@h PRIVMSG #test :old", ":s BATCH +x chathistory #test",
            "@batch=x :ann!a@h PRIVMSG #test :of a batch", ":s BATCH -x", ":ann!a@h PRIVMSG #test :new");
        await UntilAsync(() => fixture.Accepted.Count > 0);
        Assert.Equal("new", Assert.Single(fixture.Accepted).Text);
        Assert.Equal(["old", "of a batch"], fixture.History.Select(static message => message.Text));
        Assert.Contains(fixture.Lines, static line => line.Contains("plays back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sends_overlap_and_each_has_its_own_answer()
    {
        await using var fixture = new IrcFixture(""", "linesPerSecond": 0""");
        _ = await fixture.ConnectAsync();
        var sends = Enumerable.Range(0, 8).Select(i => Task.Run(() => fixture.SendAsync($"text {i}", $"#c{i}"))).ToArray();
        var pings = new List<string>();
        var refused = "";
        for (var i = 0; i < 8; i++)
        {
            var said = await fixture.ExpectAsync("PRIVMSG ");
            pings.Add(await fixture.ExpectAsync("PING "));
            if (i == 3) refused = said.Split(' ')[1];
        }

        Assert.Equal(pings.OrderBy(static ping => ping.Length).ThenBy(static ping => ping, StringComparer.Ordinal), pings);
        await fixture.SayAsync([$":s 404 bot {refused} :No", $":s PONG s :{pings[^1]["PING ".Length..]}"]);
        var results = await Task.WhenAll(sends).WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((7, 1), (results.Count(static result => result.Outcome == SendOutcome.Sent),
            results.Count(static result => result.Outcome == SendOutcome.NotSent)));
        Assert.Equal(SendOutcome.NotSent, results[int.Parse(refused[2..], System.Globalization.CultureInfo.InvariantCulture)].Outcome);
    }

    /// <summary>With the server's length for nicks, and where it reports none: then a nick of nine characters or more that is the begin of
    /// ours.</summary>
    [Theory]
    [InlineData(":s 005 gateway-o NICKLEN=9 :are supported", "gateway-o", false)]
    [InlineData(":s 005 gateway-o CHANTYPES=# :are supported", "gateway-o", false)]
    [InlineData(":s 005 gateway- CHANTYPES=# :are supported", "gateway-", true)]
    [InlineData(":s 005 gateway-o NICKLEN=30 :are supported", "gateway-o", true)]
    public async Task A_nick_that_the_server_cuts_is_ours_and_not_asked_for_again(string features, string nick, bool isAskedFor)
    {
        await using var fixture = new IrcFixture(""", "alternativeNicks": []""", nick: "gateway-of-us");
        _ = await fixture.ConnectAsync($":s 001 {nick} :Welcome", features);
        fixture.Advance(TimeSpan.FromSeconds(61));
        var said = await fixture.DrainAsync(TimeSpan.FromSeconds(2.5));
        Assert.Equal(isAskedFor, said.Any(static line => line.StartsWith("NICK ", StringComparison.Ordinal)));
        lock (fixture.Healths)
            Assert.Equal(isAskedFor, fixture.Healths.Exists(static health => health.Message.Contains("in use", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_that_wants_us_slower_is_waited_for()
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync();
        var sending = fixture.SendAsync("hello");
        await fixture.AnswerPingAsync(":s 263 bot PRIVMSG :Try again later");
        var result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.RateLimited, RateLimitScope.Account),
            (result.Outcome, result.Error!.Kind, result.Error.Scope!.Value));
    }

    [Fact]
    public async Task When_the_connection_ends_before_the_pong_nobody_knows()
    {
        await using var fixture = new IrcFixture();
        var running = await fixture.ConnectAsync();
        var sending = fixture.SendAsync("hello");
        await fixture.ExpectAsync("PING");
        fixture.HangUp();
        Assert.Equal(SendOutcome.Unknown, (await sending.WaitAsync(Soon, TestContext.Current.CancellationToken)).Outcome);
        var ended = await Assert.ThrowsAsync<PluginException>(() => running.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Equal(FaultRetry.WithBackoff, ended.Fault.Retry);

        var late = await fixture.SendAsync("late");
        Assert.Equal((SendOutcome.NotSent, SendRetryKind.AfterReconnect), (late.Outcome, late.Error!.Retry.Kind));
    }

    [Fact]
    public async Task A_send_that_is_cancelled_ends_at_once_and_nobody_knows()
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync();
        using var deadline = new CancellationTokenSource();
        var sending = fixture.SendAsync("hello", cancellationToken: deadline.Token);
        await fixture.ExpectAsync("PING");
        await deadline.CancelAsync();
        Assert.Equal(SendOutcome.Unknown, (await sending.WaitAsync(Soon, TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task Beyond_the_flood_limit_a_part_is_sent_and_the_host_told_when_the_rest_may_follow()
    {
        await using var fixture = new IrcFixture(""", "burstLines": 4, "linesPerSecond": 0.5""");
        _ = await fixture.ConnectAsync();
        await Task.Delay(TimeSpan.FromSeconds(2.2), TestContext.Current.CancellationToken); // the PING of the connect is forgiven
        var sending = fixture.SendAsync("one\ntwo\r\nthree\nfour");
        await fixture.AnswerPingAsync();
        var result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal(SendOutcome.Partial, result.Outcome);
        Assert.Equal("one\ntwo\r\nthree".Length, result.Receipt!.DeliveredLength);
        Assert.Equal(RateLimitScope.Account, result.Error!.Scope);
        Assert.InRange(result.Error.Retry.Delay, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));

        var next = await fixture.SendAsync("four");
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.RateLimited), (next.Outcome, next.Error!.Kind));
    }

    [Theory]
    [InlineData("", "#test", SendErrorKind.InvalidMessage)]
    [InlineData("x", "#a,#b", SendErrorKind.NotFound)]
    [InlineData("x", "a b", SendErrorKind.NotFound)]
    [InlineData("x", ":a", SendErrorKind.NotFound)]
    [InlineData("x", "$*", SendErrorKind.NotFound)]
    public async Task What_cannot_be_said_is_not_sent(string text, string chat, SendErrorKind kind)
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync();
        var result = await fixture.SendAsync(text, chat);
        Assert.Equal((SendOutcome.NotSent, kind, SendRetryKind.Never), (result.Outcome, result.Error!.Kind, result.Error.Retry.Kind));
    }

    [Fact]
    public async Task A_line_has_room_for_the_prefix_the_server_puts_before_it()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"]""");
        var source = $":bot!{new string('u', 10)}@{new string('h', 60)}";
        _ = await fixture.ConnectAsync($"{source} JOIN #test");
        _ = fixture.SendAsync(new string('x', 1000));
        var line = await fixture.ExpectAsync("PRIVMSG");
        Assert.Equal(512, $"{source} {line}\r\n".Length);
    }

    [Fact]
    public async Task Out_of_a_channel_nothing_is_said_there_until_it_is_in_again()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"], "rejoinSeconds": 5""");
        _ = await fixture.ConnectAsync(":bot!b@h JOIN #test");
        await fixture.SayAsync(":ann!a@h KICK #test bot :out");
        await UntilAsync(
            () => fixture.Healths.Exists(static health => !health.IsHealthy && health.Message.Contains("kicked by ann", StringComparison.Ordinal)));
        var result = await fixture.SendAsync("hello");
        Assert.Equal(
            (SendOutcome.NotSent, SendErrorKind.Forbidden, SendRetryKind.After), (result.Outcome, result.Error!.Kind, result.Error.Retry.Kind));
        await fixture.ExpectAsync("JOIN #test");
        await fixture.SayAsync(":bot!b@h JOIN #test");
        await UntilAsync(() => fixture.Healths[^1].IsHealthy);
    }

    [Fact]
    public async Task A_line_that_meets_a_kick_on_its_way_is_owed_until_we_are_in_again()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"]""");
        _ = await fixture.ConnectAsync(":bot!b@h JOIN #test");
        var sending = fixture.SendAsync("hello");
        await fixture.AnswerPingAsync(":ann!a@h KICK #test bot :out", ":s 404 bot #test :Cannot send to channel");
        var result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((SendOutcome.NotSent, "404", SendRetryKind.After), (result.Outcome, result.Error!.PlatformCode, result.Error.Retry.Kind));
    }

    [Fact]
    public async Task What_was_said_before_the_server_hung_up_is_handed_over_and_ctcp_is_not_answered()
    {
        await using var fixture = new IrcFixture();
        var running = await fixture.ConnectAsync();
        await fixture.SayAsync(":ann!a@h PRIVMSG bot :\u0001PING 1\u0001", ":ann!a@h PRIVMSG bot :one", ":ann!a@h NOTICE bot :a notice",
            ":ann!a@h PRIVMSG bot :two", "ERROR :Closing link");
        var ended = await Assert.ThrowsAsync<PluginException>(() => running.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Equal("closed-by-server", ended.Fault.Code);
        Assert.Equal(["one", "two"], fixture.Accepted.Select(static message => message.Text));
    }

    [Fact]
    public async Task A_silent_server_is_asked_and_given_up()
    {
        await using var fixture = new IrcFixture(""", "pingAfterSeconds": 1, "pongTimeoutSeconds": 1""");
        var running = await fixture.ConnectAsync();
        await fixture.AnswerPingAsync(); // once it answers, and is left alone
        await fixture.ExpectAsync("PING");
        var ended = await Assert.ThrowsAsync<PluginException>(() => running.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Equal("ping-timeout", ended.Fault.Code);
    }

    [Fact]
    public async Task A_probe_proves_both_directions()
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync();
        var probing = fixture.Adapter.ProbeAsync(TestContext.Current.CancellationToken);
        await fixture.AnswerPingAsync();
        Assert.Equal(new ProbeResult(true, true), await probing.WaitAsync(Soon, TestContext.Current.CancellationToken));
        fixture.HangUp();
        await UntilAsync(() => fixture.SendAsync("x").IsCompleted);
        Assert.Equal(new ProbeResult(false, false), await fixture.Adapter.ProbeAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_next_connection_says_for_how_long_nothing_was_heard()
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync();
        Assert.DoesNotContain(fixture.Lines, static line => line.Contains("missed", StringComparison.Ordinal));
        await UntilAsync(() => fixture.GetAsync("lastSeen", default).Result is not null);
        await fixture.Adapter.DisposeAsync();
        fixture.HangUp();

        fixture.Renew();
        _ = await fixture.ConnectAsync();
        Assert.Contains(fixture.Lines, static line => line.Contains("may have been missed", StringComparison.Ordinal));
        Assert.Contains("may have been missed", fixture.Healths[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_password_needs_the_operator()
    {
        await using var fixture = new IrcFixture(""", "password": "wrong" """);
        var connecting = fixture.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), TestContext.Current.CancellationToken);
        await fixture.AcceptAsync();
        await fixture.ExpectAsync("PASS wrong");
        await fixture.SayAsync(":s 464 * :Password incorrect");
        var refused = await Assert.ThrowsAsync<PluginException>(() => connecting.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Equal((PluginFault.UnauthorizedCode, FaultRetry.AfterOperatorAction), (refused.Fault.Code, refused.Fault.Retry));
    }

    [Fact]
    public async Task Goodbye_is_said_and_a_silent_server_is_not_waited_for()
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync();
        var leaving = fixture.Adapter.DisconnectAsync(TestContext.Current.CancellationToken);
        Assert.Equal("QUIT Goodbye", await fixture.ExpectAsync("QUIT"));
        await leaving.WaitAsync(Soon, TestContext.Current.CancellationToken);
        await fixture.Adapter.DisposeAsync().WaitAsync(Soon, TestContext.Current.CancellationToken);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !condition(); await Task.Delay(20))
            Assert.True(clock.Elapsed < Soon, "it does not happen");
    }
}
