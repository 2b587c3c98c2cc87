namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>What no IRC server should say, or none that we know: it passes, and no message is lost by it.</summary>
public sealed class OddServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html><body>ERROR: the password is wrong</body></html>\r\n")]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n{\"code\":403,\"message\":\"Forbidden\"}\r\n")]
    [InlineData("<html>\r\n<title>464 banned</title>\r\n</html>\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n")]
    [InlineData("")]
    [InlineData("\r\n\r\n")]
    [InlineData("\uFEFF")]
    [InlineData("\0\0\0")]
    [InlineData(":s 599 bot :a number that nobody knows\r\n")]
    public async Task What_is_no_irc_server_never_waits_for_the_operator(string said)
    {
        await using var fixture = new IrcFixture();
        var connecting = fixture.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), Token);
        await fixture.AcceptAsync();
        await fixture.ExpectAsync("USER");
        await fixture.SayBytesAsync(said);
        fixture.HangUp();
        Assert.Equal(FaultRetry.WithBackoff,
            (await Assert.ThrowsAsync<PluginException>(() => connecting.WaitAsync(TimeSpan.FromSeconds(30), Token))).Fault.Retry);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":s PING a\r\n")]
    public async Task A_byte_order_mark_spoils_no_line(string before)
    {
        await using var fixture = new IrcFixture();
        var connecting = fixture.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), Token);
        await fixture.AcceptAsync();
        await fixture.ExpectAsync("USER");
        await fixture.SayBytesAsync($"\uFEFF{before}:s 001 bot :Welcome\r\n");
        await fixture.AnswerPingAsync();
        await connecting;
    }

    [Fact]
    public async Task A_number_that_nobody_knows_does_not_refuse_a_line_for_good()
    {
        await using var fixture = new IrcFixture();
        _ = await fixture.ConnectAsync();
        var odd = fixture.SendAsync("again");
        await fixture.AnswerPingAsync(":s 599 bot #test :a number that nobody knows");
        Assert.Equal((SendOutcome.NotSent, SendRetryKind.After), ((await odd).Outcome, (await odd).Error!.Retry.Kind));
        var sent = fixture.SendAsync("again");
        await fixture.AnswerPingAsync(":s 799 bot #elsewhere :about nothing of ours", ":s 299 bot :nor this");
        Assert.Equal(SendOutcome.Sent, (await sent).Outcome);
    }
}
