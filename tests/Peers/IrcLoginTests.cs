using PluginGateway.PeerTests.Servers;

namespace PluginGateway.PeerTests;

/// <summary>Logins on IRC, by the real executable.</summary>
public sealed class IrcLoginTests
{
    [Fact]
    public void Scram_logs_in_and_a_wrong_password_and_a_server_that_does_not_know_it_park_the_adapter()
    {
        using var server = new SaslServer("bot", "right");
        using var folder = new TempFolder();
        Assert.Contains("refused the SASL login", ReasonOfParking(folder, server.Port, "wrong-4713"), StringComparison.Ordinal);
        using var impostor = new SaslServer("bot", "unknown") { IsImpostor = true };
        Assert.Contains("cannot be trusted", ReasonOfParking(folder, impostor.Port, "right-4714"), StringComparison.Ordinal);
        Assert.Equal((0, 0), (server.Logins, impostor.Logins));
        using var gateway = IrcGateway.Start(folder, server.Port, static settings =>
            (settings["saslMechanism"], settings["saslUser"], settings["saslPassword"]) = ("scram-sha-256", "bot", "right"));
        gateway.AwaitState("connected");
        Assert.Equal(1, server.Logins);
        Assert.Equal(0, gateway.Stop());

        static string ReasonOfParking(TempFolder folder, int port, string password)
        {
            using var gateway = GatewayProcess.Start(folder, IrcGateway.Configuration(port, settings =>
                (settings["saslMechanism"], settings["saslUser"], settings["saslPassword"]) = ("scram-sha-256", "bot", password)));
            gateway.AwaitState("parked");
            var reason = gateway.Reason();
            Assert.DoesNotContain(password, gateway.Said + gateway.Status().Json, StringComparison.Ordinal);
            Assert.Equal(0, gateway.Stop());
            return reason;
        }
    }

    [Fact]
    public void A_client_certificate_logs_in_by_external_where_the_server_wants_one_in_the_handshake()
    {
        using var certificate = new Certificate();
        using var client = new Certificate();
        using var server = new SaslServer("bot", "none") { Tls = certificate, Client = client };
        using var folder = new TempFolder();
        var pem = client.WritePem(folder);
        using var gateway = IrcGateway.Start(folder, server.Port, settings =>
        {
            (settings["server"], settings["tls"], settings["tlsFingerprint"]) = ("localhost", true, certificate.Sha256);
            (settings["saslMechanism"], settings["saslUser"], settings["clientCertificate"]) = ("external", "bot", pem);
        });
        gateway.AwaitState("connected");
        Assert.Equal(1, server.Logins);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Nickserv_and_the_commands_come_before_the_first_join_and_their_secrets_are_never_shown()
    {
        using var server = new SaslServer("bot", "sesame-4715");
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, IrcGateway.Configuration(server.Port, static settings =>
            (settings["nickServPassword"], settings["commands"]) = ("sesame-4715",
                new System.Text.Json.Nodes.JsonArray("OPER gateway ${env:OPER_PASSWORD}", "MODE gateway +B"))),
            environment: new Dictionary<string, string> { ["OPER_PASSWORD"] = "oper-4716" });
        gateway.AwaitState("connected");
        Bound.Until(() => server.Said.Any(static line => line.StartsWith("JOIN", StringComparison.Ordinal)), Bound.Replies, () => gateway.Said);
        Assert.Equal(["PRIVMSG NickServ :IDENTIFY sesame-4715", "OPER gateway oper-4716", "MODE gateway +B", "JOIN #test"],
            server.Said.Where(static line => line.Split(' ')[0] is "PRIVMSG" or "OPER" or "MODE" or "JOIN"));
        var shown = gateway.Said + gateway.Status().Json;
        Assert.Contains("You are now identified", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("4715", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("4716", shown, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }
}
