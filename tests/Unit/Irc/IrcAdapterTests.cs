namespace PluginGateway.Tests.Irc;

/// <summary>The adapter against a server that answers as told.</summary>
public sealed class IrcAdapterTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_message_is_sent_when_the_pong_behind_it_comes_and_has_the_id_of_its_echo()
    {
        await using var bench = new IrcBench();
        _ = await bench.ConnectAsync(":bot!b@h JOIN #test");
        var sending = bench.SendAsync("hello");
        Assert.Equal("PRIVMSG #test :hello", await bench.ExpectAsync("PRIVMSG"));
        Assert.False(sending.IsCompleted);
        await bench.AnswerPingAsync("@msgid=m7 :bot!b@h PRIVMSG #test :hello");
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
        await using var bench = new IrcBench();
        _ = await bench.ConnectAsync();
        var sending = bench.SendAsync("hello");
        await bench.AnswerPingAsync($":s {code} bot #TEST :No");
        var result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((SendOutcome.NotSent, kind, code, SendRetryKind.Never), (result.Outcome, result.Error!.Kind, result.Error.PlatformCode, result.Error.Retry.Kind));
    }

    [Fact]
    public async Task A_server_that_wants_us_slower_is_waited_for()
    {
        await using var bench = new IrcBench();
        _ = await bench.ConnectAsync();
        var sending = bench.SendAsync("hello");
        await bench.AnswerPingAsync(":s 263 bot PRIVMSG :Try again later");
        var result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.RateLimited, RateLimitScope.Account), (result.Outcome, result.Error!.Kind, result.Error.Scope!.Value));
    }

    [Fact]
    public async Task When_the_connection_ends_before_the_pong_nobody_knows()
    {
        await using var bench = new IrcBench();
        var running = await bench.ConnectAsync();
        var sending = bench.SendAsync("hello");
        await bench.ExpectAsync("PING");
        bench.HangUp();
        Assert.Equal(SendOutcome.Unknown, (await sending.WaitAsync(Soon, TestContext.Current.CancellationToken)).Outcome);
        var ended = await Assert.ThrowsAsync<AdapterException>(() => running.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Equal(FaultRetry.WithBackoff, ended.Fault.Retry);

        var late = await bench.SendAsync("late");
        Assert.Equal((SendOutcome.NotSent, SendRetryKind.AfterReconnect), (late.Outcome, late.Error!.Retry.Kind));
    }

    [Fact]
    public async Task A_send_that_is_cancelled_ends_at_once_and_nobody_knows()
    {
        await using var bench = new IrcBench();
        _ = await bench.ConnectAsync();
        using var deadline = new CancellationTokenSource();
        var sending = bench.SendAsync("hello", cancellationToken: deadline.Token);
        await bench.ExpectAsync("PING");
        await deadline.CancelAsync();
        Assert.Equal(SendOutcome.Unknown, (await sending.WaitAsync(Soon, TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task Beyond_the_flood_limit_a_part_is_sent_and_the_host_told_when_the_rest_may_follow()
    {
        await using var bench = new IrcBench(""", "burstLines": 4, "linesPerSecond": 0.5""");
        _ = await bench.ConnectAsync();
        await Task.Delay(TimeSpan.FromSeconds(2.2), TestContext.Current.CancellationToken); // the PING of the connect is forgiven
        var sending = bench.SendAsync("one\ntwo\r\nthree\nfour");
        await bench.AnswerPingAsync();
        var result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal(SendOutcome.Partial, result.Outcome);
        Assert.Equal("one\ntwo\r\nthree".Length, result.Receipt!.DeliveredLength);
        Assert.Equal(RateLimitScope.Account, result.Error!.Scope);
        Assert.InRange(result.Error.Retry.Delay, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));

        var next = await bench.SendAsync("four");
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
        await using var bench = new IrcBench();
        _ = await bench.ConnectAsync();
        var result = await bench.SendAsync(text, chat);
        Assert.Equal((SendOutcome.NotSent, kind, SendRetryKind.Never), (result.Outcome, result.Error!.Kind, result.Error.Retry.Kind));
    }

    [Fact]
    public async Task A_line_has_room_for_the_prefix_the_server_puts_before_it()
    {
        await using var bench = new IrcBench(""", "channels": ["#test"]""");
        var source = $":bot!{new string('u', 10)}@{new string('h', 60)}";
        _ = await bench.ConnectAsync($"{source} JOIN #test");
        _ = bench.SendAsync(new string('x', 1000));
        var line = await bench.ExpectAsync("PRIVMSG");
        Assert.Equal(512, $"{source} {line}\r\n".Length);
    }

    [Fact]
    public async Task Out_of_a_channel_nothing_is_said_there_until_it_is_in_again()
    {
        await using var bench = new IrcBench(""", "channels": ["#test"], "rejoinSeconds": 5""");
        _ = await bench.ConnectAsync(":bot!b@h JOIN #test");
        await bench.SayAsync(":ann!a@h KICK #test bot :out");
        await UntilAsync(() => bench.Healths.Exists(static health => !health.IsHealthy && health.Message.Contains("kicked by ann", StringComparison.Ordinal)));
        var result = await bench.SendAsync("hello");
        Assert.Equal((SendOutcome.NotSent, SendErrorKind.Forbidden, SendRetryKind.After), (result.Outcome, result.Error!.Kind, result.Error.Retry.Kind));
        await bench.ExpectAsync("JOIN #test");
        await bench.SayAsync(":bot!b@h JOIN #test");
        await UntilAsync(() => bench.Healths[^1].IsHealthy);
    }

    [Fact]
    public async Task A_line_that_meets_a_kick_on_its_way_is_owed_until_we_are_in_again()
    {
        await using var bench = new IrcBench(""", "channels": ["#test"]""");
        _ = await bench.ConnectAsync(":bot!b@h JOIN #test");
        var sending = bench.SendAsync("hello");
        await bench.AnswerPingAsync(":ann!a@h KICK #test bot :out", ":s 404 bot #test :Cannot send to channel");
        var result = await sending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Equal((SendOutcome.NotSent, "404", SendRetryKind.After), (result.Outcome, result.Error!.PlatformCode, result.Error.Retry.Kind));
    }

    [Fact]
    public async Task What_was_said_before_the_server_hung_up_is_handed_over_and_ctcp_is_not_answered()
    {
        await using var bench = new IrcBench();
        var running = await bench.ConnectAsync();
        await bench.SayAsync(":ann!a@h PRIVMSG bot :\u0001PING 1\u0001", ":ann!a@h PRIVMSG bot :one", ":ann!a@h NOTICE bot :a notice", ":ann!a@h PRIVMSG bot :two", "ERROR :Closing link");
        var ended = await Assert.ThrowsAsync<AdapterException>(() => running.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Equal("closed-by-server", ended.Fault.Code);
        Assert.Equal(["one", "two"], bench.Accepted.Select(static message => message.Text));
    }

    [Fact]
    public async Task A_silent_server_is_asked_and_given_up()
    {
        await using var bench = new IrcBench(""", "pingAfterSeconds": 1, "pongTimeoutSeconds": 1""");
        var running = await bench.ConnectAsync();
        await bench.AnswerPingAsync(); // once it answers, and is left alone
        await bench.ExpectAsync("PING");
        var ended = await Assert.ThrowsAsync<AdapterException>(() => running.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Equal("ping-timeout", ended.Fault.Code);
    }

    [Fact]
    public async Task A_probe_proves_both_directions()
    {
        await using var bench = new IrcBench();
        _ = await bench.ConnectAsync();
        var probing = bench.Adapter.ProbeAsync(TestContext.Current.CancellationToken);
        await bench.AnswerPingAsync();
        Assert.Equal(new ProbeResult(true, true), await probing.WaitAsync(Soon, TestContext.Current.CancellationToken));
        bench.HangUp();
        await UntilAsync(() => bench.SendAsync("x").IsCompleted);
        Assert.Equal(new ProbeResult(false, false), await bench.Adapter.ProbeAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_next_connection_says_for_how_long_nothing_was_heard()
    {
        await using var bench = new IrcBench();
        _ = await bench.ConnectAsync();
        Assert.DoesNotContain(bench.Lines, static line => line.Contains("missed", StringComparison.Ordinal));
        await UntilAsync(() => bench.GetAsync("lastSeen", default).Result is not null);
        await bench.Adapter.DisposeAsync();
        bench.HangUp();

        bench.Renew();
        _ = await bench.ConnectAsync();
        Assert.Contains(bench.Lines, static line => line.Contains("may have been missed", StringComparison.Ordinal));
        Assert.Contains("may have been missed", bench.Healths[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_password_needs_the_operator()
    {
        await using var bench = new IrcBench(""", "password": "wrong" """);
        var connecting = bench.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), TestContext.Current.CancellationToken);
        await bench.AcceptAsync();
        await bench.ExpectAsync("PASS wrong");
        await bench.SayAsync(":s 464 * :Password incorrect");
        var refused = await Assert.ThrowsAsync<AdapterException>(() => connecting.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Equal((AdapterFault.UnauthorizedCode, FaultRetry.AfterOperatorAction), (refused.Fault.Code, refused.Fault.Retry));
    }

    [Fact]
    public async Task Goodbye_is_said_and_a_silent_server_is_not_waited_for()
    {
        await using var bench = new IrcBench();
        _ = await bench.ConnectAsync();
        var leaving = bench.Adapter.DisconnectAsync(TestContext.Current.CancellationToken);
        Assert.Equal("QUIT Goodbye", await bench.ExpectAsync("QUIT"));
        await leaving.WaitAsync(Soon, TestContext.Current.CancellationToken);
        await bench.Adapter.DisposeAsync().WaitAsync(Soon, TestContext.Current.CancellationToken);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !condition(); await Task.Delay(20))
            Assert.True(clock.Elapsed < Soon, "it does not happen");
    }
}
