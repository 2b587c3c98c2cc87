using System.Text;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

public sealed class RegistrationTests
{
    private static readonly IrcSettings Plain = new() { Server = "irc.example", Nick = "bot", RealName = "A bot" };

    [Fact]
    public void It_asks_for_what_it_knows_of_what_is_offered()
    {
        var registration = new Registration(Plain with { Password = "let me in" });
        Assert.Equal(["CAP LS 302", "PASS :let me in", "NICK bot", "USER bot 0 * :A bot"], registration.Begin());
        Assert.Empty(Take(registration, ":s CAP * LS * :multi-prefix message-tags"));
        Assert.Equal(["CAP REQ :message-tags server-time"], Take(registration, ":s CAP * LS :server-time sasl=PLAIN"));
        Assert.Equal(["CAP END"], Take(registration, ":s CAP * ACK :message-tags server-time"));
        Assert.Equal(["PONG cookie"], Take(registration, "PING :cookie"));
        Assert.False(registration.IsDone);
        Assert.Empty(Take(registration, ":s 001 bot :Welcome"));
        Assert.True(registration.IsDone);
        Assert.Equal(["message-tags", "server-time"], registration.Capabilities.Order());
    }

    [Fact]
    public void A_server_without_capabilities_lets_us_in_all_the_same()
    {
        var registration = new Registration(Plain);
        Assert.Empty(Take(registration, ":s 421 * CAP :Unknown command"));
        Assert.Empty(Take(registration, ":s 001 bo :Welcome"));
        Assert.Equal((true, "bo", null), (registration.IsDone, registration.Nick, registration.Account));
    }

    [Theory]
    [InlineData(20, 1)]
    [InlineData(298, 2)] // 300 bytes with the NULs and the user are 400 of base64: a full piece wants an empty one behind it
    [InlineData(400, 2)]
    public void Sasl_plain_is_said_in_pieces(int passwordLength, int pieces)
    {
        var password = new string('p', passwordLength - 2);
        var registration = new Registration(Plain with { SaslUser = "u", SaslPassword = password });
        Assert.Equal(["CAP REQ sasl"], Take(registration, ":s CAP * LS :sasl"));
        Assert.Equal(["AUTHENTICATE PLAIN"], Take(registration, ":s CAP * ACK :sasl"));
        var said = Take(registration, "AUTHENTICATE +").Select(static line => line["AUTHENTICATE ".Length..]).ToArray();
        Assert.Equal(pieces, said.Length);
        Assert.All(said, static piece => Assert.InRange(piece.Length, 1, 400));
        Assert.Equal($"u\0u\0{password}", Encoding.UTF8.GetString(Convert.FromBase64String(string.Concat(said.Where(static piece => piece != "+")))));
        Assert.Empty(Take(registration, ":s 900 bot bot!b@h TheAccount :You are now logged in as TheAccount"));
        Assert.Equal("TheAccount", registration.Account);
        Assert.Equal(["CAP END"], Take(registration, ":s 903 bot :logged in"));
        Take(registration, ":s 001 bot :Welcome");
        Assert.True(registration.IsDone);
    }

    [Theory]
    [InlineData(":s CAP * LS :multi-prefix")]
    [InlineData(":s CAP * NAK :sasl")]
    [InlineData(":s 001 bot :Welcome")]
    public void Where_sasl_is_asked_for_nothing_goes_without(string line)
    {
        var fault = Fault(new Registration(Plain with { SaslUser = "u", SaslPassword = "p" }), line);
        Assert.Equal(("sasl-unavailable", FaultRetry.WithBackoff), (fault.Code, fault.Retry));
    }

    [Fact]
    public void A_nick_in_use_is_replaced_until_none_is_left()
    {
        var registration = new Registration(Plain with { AlternativeNicks = ["spare"] });
        foreach (var nick in (string[])["spare", "bot_", "bot__", "bot-1", "bot-2"])
            Assert.Equal([$"NICK {nick}"], Take(registration, ":s 433 * x :Nickname is already in use"));
        var fault = Fault(registration, ":s 433 * x :Nickname is already in use");
        Assert.Equal(("nick-in-use", FaultRetry.WithBackoff), (fault.Code, fault.Retry));
    }

    [Theory]
    [InlineData(":s 464 bot :Password incorrect", "unauthorized", FaultRetry.AfterOperatorAction)]
    [InlineData(":s 465 bot :You are banned", "banned", FaultRetry.AfterOperatorAction)]
    [InlineData(":s 904 bot :SASL authentication failed", "unauthorized", FaultRetry.AfterOperatorAction)]
    [InlineData(":s 432 * bot :Erroneous Nickname", "invalid-settings", FaultRetry.AfterOperatorAction)]
    [InlineData("ERROR :Access denied: Bad password", "unauthorized", FaultRetry.AfterOperatorAction)]
    [InlineData("ERROR :Closing Link: bot (K-Lined: spam)", "banned", FaultRetry.AfterOperatorAction)]
    [InlineData("ERROR :Server full", "closed-by-server", FaultRetry.WithBackoff)]
    public void A_refusal_says_whether_the_operator_is_needed(string line, string code, FaultRetry retry)
    {
        var fault = Fault(new Registration(Plain), line);
        Assert.Equal((code, retry), (fault.Code, fault.Retry));
    }

    [Theory]
    [InlineData(":s 465 bot :Temporary K-line 60 min. - testing", "banned-for-now", 3600)]
    [InlineData(":s 465 bot :You are banned from this server: expires in 5 minutes", "banned-for-now", 300)]
    [InlineData("ERROR :Closing Link: bot (K-Lined (Temporary))", "banned-for-now", 600)]
    [InlineData("ERROR :Closing Link: bot (G:Lined: 1h30m of spam)", "banned-for-now", 3600)]
    [InlineData("ERROR :Closing Link: [1.2.3.4] (Z-lined: too many connections in a short time, wait a while)", "throttled", 60)]
    [InlineData("ERROR :trying to (re)connect too fast -- throttled; this is no k-line: wait", "throttled", 60)]
    [InlineData("ERROR :Closing Link: [1.2.3.4] (Throttled: Reconnecting too fast)", "throttled", 60)]
    [InlineData("ERROR :Too many user connections (global)", "throttled", 60)]
    [InlineData("ERROR :Closing Link: bot[1.2.3.4] (Killed (oper (change your password)))", "killed", 300)]
    [InlineData("ERROR :Closing Link: bot by s (Killed (oper (k-line next time)))", "killed", 300)]
    [InlineData("ERROR :Closing Link: bot (Quit: bad password)", "closed-by-server", null)]
    public void What_passes_is_waited_for_whatever_words_it_comes_in(string line, string code, int? wait)
    {
        foreach (var fault in (PluginFault[])[Fault(new Registration(Plain), line), Faults.OfError(IrcLine.Parse(line)!.Last)])
        {
            // only the numeric says that it is a ban
            if (line.StartsWith(":s 465", StringComparison.Ordinal) && fault.Code == "closed-by-server") continue;
            Assert.Equal((code, FaultRetry.WithBackoff, wait), (fault.Code, fault.Retry, (int?)fault.RetryAfter?.TotalSeconds));
            Assert.DoesNotContain("settings.password", fault.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ERROR :Closing Link: bot (K-Lined)")]
    [InlineData("ERROR :Closing Link: bot (User has been permanently banned from the network, wait 0 min)")]
    [InlineData("ERROR :Closing Link: bot (Z:Lined (flooding))")]
    [InlineData("ERROR :You are banned from this server: AKILL")]
    public void A_ban_for_good_parks(string line) =>
        Assert.Equal(("banned", FaultRetry.AfterOperatorAction),
            (Faults.OfError(IrcLine.Parse(line)!.Last).Code, Faults.OfError(IrcLine.Parse(line)!.Last).Retry));

    [Fact]
    public void A_password_is_spoken_of_only_where_one_is_set()
    {
        Assert.DoesNotContain(
            "settings.password", Fault(new Registration(Plain), ":s 464 bot :Password incorrect").Message, StringComparison.Ordinal);
        Assert.Contains("settings.password", Fault(new Registration(Plain with { Password = "x" }), ":s 464 bot :Password incorrect").Message,
            StringComparison.Ordinal);
    }

    /// <summary>Without <c>account-tag</c> people would be known by their nicks, which anybody can take.</summary>
    [Fact]
    public void Every_capability_that_the_adapter_uses_is_asked_for_and_no_other()
    {
        var registration = new Registration(Plain);
        Assert.Equal(["CAP REQ :account-tag batch chghost draft/chathistory echo-message message-tags server-time"],
            Take(registration, ":s CAP * LS :account-notify server-time message-tags echo-message draft/chathistory chghost batch account-tag sasl"));
    }

    [Fact]
    public void A_login_that_the_server_aborts_is_tried_again()
    {
        var fault = Fault(new Registration(Plain with { SaslUser = "u", SaslPassword = "p" }), ":s 906 bot :SASL authentication aborted");
        Assert.Equal(("sasl-unavailable", FaultRetry.WithBackoff), (fault.Code, fault.Retry));
    }

    [Fact]
    public void Capabilities_that_are_refused_together_are_asked_for_one_by_one()
    {
        var registration = new Registration(Plain with { SaslUser = "u", SaslPassword = "p" });
        Assert.Equal(["CAP REQ :message-tags server-time sasl"], Take(registration, ":s CAP * LS :server-time sasl message-tags"));
        Assert.Equal(
            ["CAP REQ message-tags", "CAP REQ server-time", "CAP REQ sasl"], Take(registration, ":s CAP * NAK :message-tags server-time sasl"));
        Assert.Empty(Take(registration, ":s CAP * ACK :message-tags"));
        Assert.Empty(Take(registration, ":s CAP * NAK :server-time"));
        Assert.Equal(["AUTHENTICATE PLAIN"], Take(registration, ":s CAP * ACK :sasl"));
        Assert.Equal(["message-tags", "sasl"], registration.Capabilities.Order());
    }

    [Theory]
    [InlineData(":s CAP * LS :sasl=EXTERNAL,SCRAM-SHA-256 server-time", "EXTERNAL,SCRAM-SHA-256")]
    [InlineData(":s 908 bot EXTERNAL :are available SASL mechanisms", "EXTERNAL")]
    public void A_network_without_sasl_plain_is_named_as_such_and_no_password_is_suspected(string line, string mechanisms)
    {
        var fault = Fault(new Registration(Plain with { SaslUser = "u", SaslPassword = "p" }), line);
        Assert.Equal(("sasl-unsupported", FaultRetry.AfterOperatorAction), (fault.Code, fault.Retry));
        Assert.Contains(mechanisms, fault.Message, StringComparison.Ordinal);
        Assert.Equal(["CAP REQ sasl"], Take(new Registration(Plain with { SaslUser = "u", SaslPassword = "p" }), ":s CAP * LS :sasl=EXTERNAL,PLAIN"));
    }

    [Fact]
    public void A_nick_too_long_for_the_server_is_shortened_to_what_every_server_takes()
    {
        var registration = new Registration(Plain with { Nick = "gateway01" });
        Assert.Equal(["NICK gateway01_"], Take(registration, ":s 433 * gateway01 :Nickname is already in use"));
        Assert.Equal(["NICK gateway0_"], Take(registration, ":s 432 * gateway01_ :Nickname too long, max. 9 characters"));
        Assert.Equal(["NICK gateway__"], Take(registration, ":s 433 * gateway0_ :Nickname is already in use"));

        var cutting = new Registration(Plain with { Nick = "gateway01" });
        foreach (var _ in Enumerable.Range(0, 4)) Take(cutting, ":s 433 * gateway01 :Nickname is already in use");
        Assert.Equal(["NICK gateway0_"], Take(cutting, ":s 433 * gateway01 :Nickname is already in use"));

        var own = new Registration(Plain with { Nick = "gateway-main" });
        Assert.Equal(["NICK gateway-m"], Take(own, ":s 432 * gateway-main :Erroneous Nickname"));
    }

    [Fact]
    public void A_user_name_that_the_server_refuses_is_named()
    {
        var fault = Fault(new Registration(Plain with { User = "b[m]" }), ":s 468 bot :Your username is not valid");
        Assert.Equal((PluginFault.InvalidSettingsCode, FaultRetry.AfterOperatorAction), (fault.Code, fault.Retry));
        Assert.Contains("'b[m]'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ping_with_a_carriage_return_in_it_is_answered() => Assert.Equal(["PONG ab"], Take(new Registration(Plain), "PING :a\rb"));

    [Fact]
    public void Who_comes_back_too_fast_is_told_to_wait() =>
        Assert.Equal(
            TimeSpan.FromSeconds(60), Fault(new Registration(Plain), "ERROR :Your host is trying to (re)connect too fast -- throttled").RetryAfter);

    private static IReadOnlyList<string> Take(Registration registration, string line) => registration.Take(IrcLine.Parse(line)!);

    private static PluginFault Fault(Registration registration, string line) =>
        Assert.Throws<PluginException>(() => Take(registration, line)).Fault;
}
