using System.Text;
using PluginGateway.PeerTests.Servers;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>Logins by SASL, beside PLAIN.</summary>
public sealed class SaslTests
{
    private static readonly IrcSettings Scram =
        new() { Server = "irc.example", Nick = "bot", SaslUser = "an,na=x", SaslPassword = "pencil", SaslMechanism = "scram-sha-256" };

    /// <summary>The exchange of RFC 7677, section 3.</summary>
    [Fact]
    public void Scram_answers_as_in_the_example_of_its_rfc()
    {
        var scram = new SaslScram("user", "pencil", "rOprNGfwEbeRWgbNEkqO");
        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", Answer(""));
        Assert.Equal("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            Answer("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
        Assert.False(scram.IsVerified);
        Assert.Equal("", Answer("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        Assert.True(scram.IsVerified);

        string Answer(string challenge) => Encoding.UTF8.GetString(scram.Answer(Encoding.UTF8.GetBytes(challenge)));
    }

    [Fact]
    public void Scram_logs_in_without_the_password_and_in_pieces()
    {
        // The nonce makes a challenge of more than 400 bytes.
        var server = new ScramServer("an,na=x", "pencil") { Spoil = static challenge => challenge + $",x={new string('y', 700)}" };
        var said = Exchange(server, out var end);
        Assert.Equal(["CAP END"], end);
        Assert.Equal("AUTHENTICATE SCRAM-SHA-256", said[0]);
        Assert.Equal("AUTHENTICATE +", said[^1]);
        Assert.All(said, static line => Assert.DoesNotContain(Convert.ToBase64String("pencil"u8), line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_server_that_does_not_know_the_password_is_not_trusted_and_the_adapter_waits_for_the_operator()
    {
        var fault = Assert.Throws<PluginException>(() => Exchange(new ScramServer("an,na=x", "other") { IsImpostor = true }, out _)).Fault;
        Assert.Equal(("sasl-unverified", FaultRetry.AfterOperatorAction), (fault.Code, fault.Retry));

        // It reports a success, but has proved nothing.
        var early = Begin();
        Take(early, "AUTHENTICATE +");
        fault = Assert.Throws<PluginException>(() => Take(early, ":s 903 bot :logged in")).Fault;
        Assert.Equal(("sasl-unverified", FaultRetry.AfterOperatorAction), (fault.Code, fault.Retry));
    }

    [Theory]
    [InlineData("r=short,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("{same},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("{r},s=,i=4096")]
    [InlineData("{r},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095")]
    [InlineData("{r},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000001")]
    [InlineData("m=ext,{r},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("")]
    public void A_challenge_against_the_rfc_is_not_answered(string challenge)
    {
        var scram = new SaslScram("user", "pencil", "nonce");
        scram.Answer([]);
        var said = challenge.Replace("{r}", "r=nonce-more", StringComparison.Ordinal).Replace("{same}", "r=nonce", StringComparison.Ordinal);
        Assert.Equal("sasl-unverified", Assert.Throws<PluginException>(() => scram.Answer(Encoding.UTF8.GetBytes(said))).Fault.Code);
    }

    [Fact]
    public void A_wrong_password_needs_the_operator_whether_a_numeric_or_the_exchange_tells()
    {
        var refused = Assert.Throws<PluginException>(() => Exchange(new ScramServer("an,na=x", "other"), out _)).Fault;
        Assert.Equal((PluginFault.UnauthorizedCode, FaultRetry.AfterOperatorAction), (refused.Code, refused.Retry));

        var scram = new SaslScram("user", "pencil", "nonce");
        scram.Answer([]);
        scram.Answer("r=nonce-more,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8.ToArray());
        var told = Assert.Throws<PluginException>(() => scram.Answer("e=invalid-proof"u8.ToArray())).Fault;
        Assert.Equal(PluginFault.UnauthorizedCode, told.Code);
        Assert.Contains("invalid-proof", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no base64!")]
    [InlineData("{long}")]
    public void A_challenge_that_cannot_be_read_passes(string piece)
    {
        var registration = Begin();
        var fault = Assert.Throws<PluginException>(() =>
        {
            var said = piece.Replace("{long}", new string('A', 400), StringComparison.Ordinal);
            for (var i = 0; i < 100; i++) Take(registration, $"AUTHENTICATE :{said}");
        }).Fault;
        Assert.Equal(("sasl-malformed", FaultRetry.WithBackoff), (fault.Code, fault.Retry));
    }

    [Theory]
    [InlineData(null, "AUTHENTICATE +")]
    [InlineData("anna", "AUTHENTICATE YW5uYQ==")]
    public void External_names_the_account_or_nothing(string? user, string answer)
    {
        var registration = new Registration(Scram with { SaslMechanism = "external", SaslUser = user, SaslPassword = null });
        Assert.Equal(["CAP REQ sasl"], Take(registration, ":s CAP * LS :sasl=PLAIN,EXTERNAL"));
        Assert.Equal(["AUTHENTICATE EXTERNAL"], Take(registration, ":s CAP * ACK :sasl"));
        Assert.Equal([answer], Take(registration, "AUTHENTICATE +"));
        Assert.Equal(["CAP END"], Take(registration, ":s 903 bot :logged in"));
    }

    [Fact]
    public void A_network_without_the_mechanism_is_named_with_those_that_it_has()
    {
        var fault = Assert.Throws<PluginException>(() => Take(new Registration(Scram), ":s CAP * LS :sasl=PLAIN,EXTERNAL")).Fault;
        Assert.Equal(("sasl-unsupported", FaultRetry.AfterOperatorAction), (fault.Code, fault.Retry));
        Assert.Contains("PLAIN,EXTERNAL only", fault.Message, StringComparison.Ordinal);
        Assert.Contains("SCRAM-SHA-256", fault.Message, StringComparison.Ordinal);
    }

    private static Registration Begin()
    {
        var registration = new Registration(Scram);
        Take(registration, ":s CAP * LS :sasl");
        Assert.Equal(["AUTHENTICATE SCRAM-SHA-256"], Take(registration, ":s CAP * ACK :sasl"));
        return registration;
    }

    /// <summary>Plays a login against a server, and returns what the client said.</summary>
    private static List<string> Exchange(ScramServer server, out IReadOnlyList<string> end)
    {
        var registration = Begin();
        List<string> said = ["AUTHENTICATE SCRAM-SHA-256"];
        var lines = Take(registration, "AUTHENTICATE +");
        while (true)
        {
            said.AddRange(lines);
            var text = string.Concat(lines.Select(static line => line["AUTHENTICATE ".Length..]).Where(static piece => piece != "+"));
            if (text.Length == 0)
            {
                end = Take(registration, ":s 903 bot :logged in");
                return said;
            }

            var answer = server.Answer(Encoding.UTF8.GetString(Convert.FromBase64String(text)));
            if (answer is null) Take(registration, ":s 904 bot :SASL authentication failed");
            lines = [];
            var pieces = Convert.ToBase64String(Encoding.UTF8.GetBytes(answer!)).Chunk(400).Select(static piece => new string(piece)).ToList();
            if (pieces[^1].Length == 400) pieces.Add("+");
            foreach (var piece in pieces) lines = Take(registration, $"AUTHENTICATE {piece}");
        }
    }

    private static IReadOnlyList<string> Take(Registration registration, string line) => registration.Take(IrcLine.Parse(line)!);
}
