using System.Text;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Irc;

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
        Assert.Equal((true, "bo"), (registration.IsDone, registration.Nick));
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

    [Fact]
    public void Who_comes_back_too_fast_is_told_to_wait() =>
        Assert.Equal(TimeSpan.FromSeconds(60), Fault(new Registration(Plain), "ERROR :Your host is trying to (re)connect too fast -- throttled").RetryAfter);

    private static IReadOnlyList<string> Take(Registration registration, string line) => registration.Take(IrcLine.Parse(line)!);

    private static AdapterFault Fault(Registration registration, string line) => Assert.Throws<AdapterException>(() => Take(registration, line)).Fault;
}
