using System.Security.Authentication;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>What is sent between 001 and the first JOIN.</summary>
public sealed class LoginTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(0.4);

    [Theory]
    [InlineData(":s 900 bot bot!b@h bot :You are now logged in as bot")]
    [InlineData(":NickServ MODE bot :+ir")]
    [InlineData(":bot MODE bot -w+r")]
    [InlineData(":nickserv!services@s NOTICE bot :You are now identified")]
    public async Task Nickserv_is_told_the_password_before_the_first_join_and_its_answer_is_awaited(string answer)
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"], "linesPerSecond": 0, "nickServPassword": "sesame" """);
        var connecting = await BeginAsync(fixture, ":s 001 bot :Welcome", ":NickServ!services@s NOTICE bot :This nickname is registered.");
        Assert.Equal("PRIVMSG NickServ :IDENTIFY sesame", await fixture.ExpectAsync("PRIVMSG"));
        await fixture.SayAsync(":NickServ!services@s NOTICE bot :This nickname is registered. Please identify.", ":NickServ MODE bot +i-r",
            ":NickServ MODE other +r", ":ann!a@h NOTICE bot :You are now identified");
        Assert.Empty(await fixture.DrainAsync(Quiet));
        await fixture.SayAsync(answer);
        Assert.Equal("JOIN #test", await fixture.ExpectAsync(""));
        await fixture.AnswerPingAsync();
        await connecting.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(fixture.Lines, static line => line.Contains("sesame", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_silent_nickserv_is_awaited_for_five_seconds_and_with_another_nick_the_account_is_named()
    {
        await using var fixture = new IrcFixture(""", "channels": ["#test"], "linesPerSecond": 0, "nickServPassword": "sesame" """);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var connecting = await BeginAsync(fixture, ":s 001 bot_ :Welcome");
        Assert.Equal("PRIVMSG NickServ :IDENTIFY bot sesame", await fixture.ExpectAsync("PRIVMSG"));
        await fixture.ExpectAsync("JOIN #test");
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(4.5), TimeSpan.FromSeconds(30));
        await fixture.AnswerPingAsync();
        await connecting.WaitAsync(Soon, TestContext.Current.CancellationToken);
        Assert.Contains(fixture.Lines, static line => line.Contains("has not answered the login", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Commands_are_sent_as_they_are_before_the_first_join_at_the_pace_of_the_flood_limit_and_never_logged()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await using var fixture = new IrcFixture(
            """, "channels": ["#test"], "burstLines": 2, "linesPerSecond": 2, "commands": ["OPER me secret", "mode bot :+x", "a", "b", "c", "d"]""");
        var connecting = await BeginAsync(fixture, ":s 001 bot :Welcome");
        foreach (var command in (string[])["OPER me secret", "mode bot :+x", "a", "b", "c", "d"])
            Assert.Equal(command, await fixture.ExpectAsync(""));
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(30));
        await fixture.SayAsync(":s 491 bot :No O-lines for your host");
        await fixture.AnswerPingAsync(); // of the connect: the JOIN waits for the flood limit
        await connecting.WaitAsync(Soon, TestContext.Current.CancellationToken);
        await fixture.ExpectAsync("JOIN #test");
        Assert.DoesNotContain(fixture.Lines, static line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_the_server_and_logs_in_by_sasl_external()
    {
        using var server = new SelfSigned();
        using var client = new SelfSigned();
        var path = client.WritePem();
        try
        {
            var settings = $$""", "tlsFingerprint": "{{server.Sha256}}", "clientCertificate": "{{path}}", "saslMechanism": "external" """;
            await using var fixture = new IrcFixture(settings, tls: server.Certificate);
            var connecting = fixture.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), TestContext.Current.CancellationToken);
            await fixture.AcceptAsync();
            Assert.Equal(client.Sha256, fixture.ClientFingerprint);
            await fixture.ExpectAsync("USER");
            await fixture.SayAsync(":s CAP * LS :sasl=EXTERNAL");
            await fixture.ExpectAsync("CAP REQ sasl");
            await fixture.SayAsync(":s CAP * ACK :sasl");
            Assert.Equal("AUTHENTICATE EXTERNAL", await fixture.ExpectAsync("AUTHENTICATE"));
            await fixture.SayAsync("AUTHENTICATE +");
            Assert.Equal("AUTHENTICATE +", await fixture.ExpectAsync("AUTHENTICATE"));
            await fixture.SayAsync(":s 900 bot bot!b@h bot :logged in", ":s 903 bot :logged in");
            await fixture.ExpectAsync("CAP END");
            await fixture.SayAsync(":s 001 bot :Welcome");
            await fixture.AnswerPingAsync();
            await connecting.WaitAsync(Soon, TestContext.Current.CancellationToken);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_server_that_wants_a_client_certificate_gets_no_other()
    {
        using var server = new SelfSigned();
        await using var fixture = new IrcFixture($$""", "tlsFingerprint": "{{server.Sha256}}" """, tls: server.Certificate);
        var connecting = fixture.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<AuthenticationException>(fixture.AcceptAsync);
        fixture.HangUp();
        await Assert.ThrowsAsync<PluginException>(() => connecting.WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Null(fixture.ClientFingerprint);
    }

    private static async Task<Task> BeginAsync(IrcFixture fixture, params string[] welcome)
    {
        var connecting = fixture.Adapter.ConnectAsync(new ConnectContext(1, false, "start"), TestContext.Current.CancellationToken);
        await fixture.AcceptAsync();
        await fixture.ExpectAsync("USER");
        await fixture.SayAsync(welcome);
        return connecting;
    }
}
