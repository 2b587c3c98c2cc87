using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers;

namespace PluginGateway.PeerTests;

/// <summary>What happens to a bot on IRC: its nick is taken, it is kicked, the server goes away, a channel cannot be joined.</summary>
public sealed class LifeOnIrcTests(ITestOutputHelper output)
{
    /// <summary>A handler that takes no events: where they are by chance, or more than a strict server bears.</summary>
    private const string Messages = "Repeating";

    [Theory]
    [InlineData("ngircd")]
    [InlineData("inspircd")]
    public void A_nick_in_use_is_replaced_and_taken_back_when_it_is_free(string server)
    {
        using var ircd = IrcServer.Start(server);
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var holder = IrcUser.Enter(ircd.Port, IrcGateway.Nick, "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port, handler: Messages);
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", "gateway_");
        ann.Say("#test", "1 who are you");
        ann.AwaitHeard("gateway_", "#test", "1:who are you");

        holder.Quit();
        ann.Await(static seen => seen is { Event: "nick", Nick: "gateway_", Text: "gateway" }, "the nick is not taken back");
        ann.Say(IrcGateway.Nick, "1 and now");
        ann.AwaitHeard(IrcGateway.Nick, "ann", "1:and now");
        gateway.EndWell(accepted: 2);
    }

    [Theory]
    [InlineData("ngircd")]
    [InlineData("inspircd")]
    public void After_a_kick_it_waits_and_comes_back_and_what_was_owed_is_said_then(string server)
    {
        using var ircd = IrcServer.Start(server);
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);

        ann.Say("#test", "answer this");
        ann.Raw($"KICK #test {IrcGateway.Nick} :out");
        ann.AwaitJoin("#test", IrcGateway.Nick, times: 2);
        ann.AwaitHeard(IrcGateway.Nick, "#test", "answer this");
        ann.Say("#test", "welcome back");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "welcome back");
        gateway.EndWell(accepted: 3, unanswered: 1);
    }

    [Theory]
    [InlineData("ngircd")]
    [InlineData("inspircd")]
    public void When_the_server_comes_back_it_reconnects_and_says_what_it_may_have_missed(string server)
    {
        using var ircd = IrcServer.Start(server);
        using var folder = new TempFolder();
        using var gateway = IrcGateway.Start(folder, ircd.Port, handler: Messages);
        ircd.Stop();
        Bound.Until(() => gateway.State() is not (null or "connected"), Bound.Start, () => "the end of the server is not noticed");
        ircd.StartAgain();

        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        ann.Besides = () => gateway.Said;
        gateway.AwaitState("connected"); // in the channel, too: before ann or after her
        ann.Say("#test", "1 there again");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "1:there again");
        Assert.Contains("may have been missed", gateway.Said, StringComparison.Ordinal);
        gateway.EndWell(accepted: 1);
    }

    /// <summary>With the settings as they come. What is held is what no busy machine changes: the waits that it gives itself, and how many attempts
    /// it makes once the server is there again.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(20)]
    public void After_an_outage_waits_are_two_seconds_at_most_and_the_first_attempt_that_finds_the_server_connects(int seconds)
    {
        using var ircd = IrcServer.Ngircd();
        using var folder = new TempFolder();
        Asset.Place(folder, Messages, Messages);
        var plan = IrcGateway.Configuration(ircd.Port, handler: Messages).Replace(", \"reconnect\": { \"capSeconds\": 2 }", "", StringComparison.Ordinal);
        Assert.DoesNotContain("capSeconds", plan, StringComparison.Ordinal);
        using var gateway = GatewayProcess.StartReady(folder, plan);
        ircd.Stop();
        var outage = System.Diagnostics.Stopwatch.StartNew();
        List<double> waits = [];
        while (outage.Elapsed < TimeSpan.FromSeconds(seconds))
        {
            var adapter = gateway.Adapter("irc");
            if (adapter.GetProperty("reconnect") is { ValueKind: System.Text.Json.JsonValueKind.Object } next)
                waits.Add((next.GetProperty("dueUtc").GetDateTimeOffset() - adapter.GetProperty("sinceUtc").GetDateTimeOffset()).TotalSeconds);
        }

        var before = gateway.Adapter("irc").GetProperty("generation").GetInt64();
        ircd.StartAgain();
        var found = gateway.Adapter("irc").GetProperty("generation").GetInt64();
        var back = System.Diagnostics.Stopwatch.StartNew();
        gateway.AwaitState("connected");
        output.WriteLine(
            $"away for {seconds} s: back {back.Elapsed.TotalSeconds:0.00} s after it, {waits.Count} looks, longest wait {waits.Max():0.00} s");
        Assert.True(before > 1, "It has tried nothing meanwhile.");
        Assert.InRange(waits.Max(), 0, 2.1);
        Assert.InRange(gateway.Adapter("irc").GetProperty("generation").GetInt64(), found, found + 1);
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        ann.Say("#test", "1 there again");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "1:there again");
        gateway.EndWell(accepted: 1);
    }

    /// <summary>In a channel with <c>+H</c> InspIRCd plays back what was said before, on every JOIN.</summary>
    [Fact]
    public void What_a_channel_plays_back_is_answered_neither_at_the_start_nor_after_a_kick()
    {
        using var ircd = IrcServer.Inspircd();
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        ann.Raw("MODE #test +H 20:1h");
        ann.Say("#test", "an old question");
        using var late = IrcUser.Enter(ircd.Port, "late", "#test");
        late.Await(() => late.Seen.Any(static seen => seen.Text == "an old question"), "nothing is played back: the test would prove nothing");
        Thread.Sleep(TimeSpan.FromSeconds(2)); // server-time may have whole seconds only
        using var gateway = IrcGateway.Start(folder, ircd.Port);
        ann.Besides = () => gateway.Said;
        ann.AwaitJoin("#test", IrcGateway.Nick);
        ann.Say("#test", "a new question");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "a new question");
        ann.Raw($"KICK #test {IrcGateway.Nick} :out");
        ann.AwaitJoin("#test", IrcGateway.Nick, times: 2);
        ann.Say("#test", "the last question");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "the last question");
        Assert.Equal(["a new question", "the last question"], ann.Heard(IrcGateway.Nick, "#test"));
        Assert.Contains("plays back what was said before", gateway.Said, StringComparison.Ordinal);
        var discarded = gateway.Status().Adapter("irc").GetProperty("discarded");
        Assert.True(discarded.GetProperty("history").GetInt32() >= 2, $"what was played back is not counted: {discarded}");
        gateway.EndWell(accepted: 3, unanswered: 1);
    }

    [Fact]
    public void A_nick_longer_than_the_server_takes_is_shortened_where_it_is_taken_too()
    {
        using var ircd = IrcServer.Ngircd(longestNick: 9);
        using var folder = new TempFolder();
        using var holder = IrcUser.Enter(ircd.Port, "gateway01", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port, static settings => settings["nick"] = "gateway01");
        gateway.AwaitState("connected");
        holder.Besides = () => gateway.Said;
        holder.Say("#test", "who are you");
        static bool IsAnswer(Seen seen) => seen is { Event: "privmsg", Text: "who are you", Nick.Length: <= 9 } && seen.Nick != "gateway01";
        holder.Await(() => holder.Seen.Any(IsAnswer), "it does not answer");
        gateway.EndWell(accepted: 1);
    }

    [Fact]
    public void A_server_that_is_frozen_is_noticed_by_its_missing_pong()
    {
        using var ircd = IrcServer.Ngircd();
        using var folder = new TempFolder();
        using var gateway = IrcGateway.Start(
            folder, ircd.Port, static settings => (settings["pingAfterSeconds"], settings["pongTimeoutSeconds"]) = (1, 4));
        Thread.Sleep(TimeSpan.FromSeconds(6)); // a server that answers is left alone
        Assert.Equal("connected", gateway.State());

        ircd.Send(Signal.Stop);
        try
        {
            Bound.Until(() => gateway.Said.Contains("has not answered a PING", StringComparison.Ordinal), Bound.Start,
                () => $"the silence is not noticed:\n{gateway.Said}");
        }
        finally
        {
            ircd.Send(Signal.Continue);
        }

        gateway.AwaitState("connected");
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void A_wrong_server_password_parks_the_adapter_and_is_never_shown()
    {
        using var ircd = IrcServer.Ngircd(password: "right");
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.Start(
            folder, IrcGateway.Configuration(ircd.Port, static settings => settings["password"] = "wrong-4711")))
        {
            gateway.AwaitState("parked");
            Assert.Contains("settings.password", gateway.Reason(), StringComparison.Ordinal);
            Assert.DoesNotContain("wrong-4711", gateway.Said + gateway.Status().Json, StringComparison.Ordinal);
            gateway.Stop();
        }

        using var next = IrcGateway.Start(folder, ircd.Port, static settings => settings["password"] = "right");
        next.AwaitState("connected");
        Assert.Equal(0, next.Stop());
    }

    [Fact]
    public void Sasl_logs_in_with_the_right_password_and_a_wrong_one_parks_the_adapter_and_is_never_shown()
    {
        using var server = new SaslServer("bot", "right");
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.Start(folder,
            IrcGateway.Configuration(server.Port, static settings => (settings["saslUser"], settings["saslPassword"]) = ("bot", "wrong-4712"))))
        {
            gateway.AwaitState("parked");
            Assert.Contains("SASL", gateway.Reason(), StringComparison.Ordinal);
            Assert.DoesNotContain("wrong-4712", gateway.Said + gateway.Status().Json, StringComparison.Ordinal);
            Assert.Equal(0, gateway.Stop());
        }

        Assert.Equal(0, server.Logins);
        using var next = IrcGateway.Start(
            folder, server.Port, static settings => (settings["saslUser"], settings["saslPassword"]) = ("bot", "right"));
        next.AwaitState("connected");
        Assert.Equal(1, server.Logins);
        Assert.Equal(0, next.Stop());
    }

    [Fact]
    public void Tls_needs_a_trusted_certificate_or_the_pinned_one()
    {
        using var certificate = new Certificate();
        using var other = new Certificate();
        using var ircd = IrcServer.Ngircd(certificate: certificate);
        using var folder = new TempFolder();
        void Tls(JsonObject settings, string? fingerprint) =>
            (settings["server"], settings["tls"], settings["tlsFingerprint"]) = ("localhost", true, fingerprint);

        using (var gateway = GatewayProcess.Start(
            folder, IrcGateway.Configuration(ircd.Port, static settings => (settings["server"], settings["tls"]) = ("localhost", true))))
        {
            Bound.Until(() => gateway.Said.Contains("is not trusted", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
            Assert.Equal(0, gateway.Stop());
        }

        using (var gateway = GatewayProcess.Start(folder, IrcGateway.Configuration(ircd.Port, settings => Tls(settings, other.Sha256))))
        {
            gateway.AwaitState("parked");
            Assert.Contains(certificate.Sha256, gateway.Reason(), StringComparison.Ordinal);
            gateway.Stop();
        }

        using var pinned = IrcGateway.Start(folder, ircd.Port, settings => Tls(settings, certificate.Sha256));
        pinned.AwaitState("connected");
        Assert.Equal(0, pinned.Stop());
    }
}
