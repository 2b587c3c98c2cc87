using System.Diagnostics;
using System.Globalization;
using PluginGateway.PeerTests.Servers;

namespace PluginGateway.PeerTests.Wedged;

/// <summary>Whatever the peer of an adapter does not do any more, the gateway stops on time: with an adapter that knows what it does, and with one
/// that blocks wherever it can.</summary>
public sealed class WedgedSocketTests
{
    private const int Budget = 12;
    private static readonly string[] Moments = ["connect", "send", "idle", "disconnect"];

    [Theory]
    [InlineData("Irc", "black hole")]
    [InlineData("Irc", "stopped")]
    [InlineData("Irc", "slow")]
    [InlineData("Irc", "half")]
    [InlineData("Careless", "black hole")]
    [InlineData("Careless", "stopped")]
    [InlineData("Careless", "slow")]
    [InlineData("Careless", "half")]
    public void A_stop_stays_within_its_budget_whenever_the_peer_went_wrong(string adapter, string fault)
    {
        using var hole = fault == "black hole" ? new BlackHole() : null;
        var protocol = adapter == "Irc" ? "irc" : "lines";
        var peers = new List<WedgedPeer>();
        using var folder = new TempFolder();
        try
        {
            foreach (var moment in Moments) peers.Add(WedgedPeer.Start(protocol, hole is null ? fault : "none", moment));
            hole?.Swallow(Of("connect").Port);
            Asset.Place(folder, "Careless", "Careless");
            using var gateway = GatewayProcess.Start(folder, Configuration(adapter, peers));
            string Said() =>
                $"The peers said:\n{string.Join('\n', peers.Select(peer => $"{peer.Moment}: {peer.Said}"))}\nThe gateway said:\n{gateway.Said}";
            // The one that is wedged while connecting has nobody who could say that he serves it.
            Bound.Until(() => peers.All(static peer => peer.Moment == "connect" || peer.IsReady), Bound.Start,
                () => $"not every adapter is served. {Said()}");
            foreach (var moment in Moments.Skip(1)) gateway.AwaitState("connected", moment);

            if (hole is null) Of("idle").GoWrong();
            else hole.Swallow(Of("idle").Port);
            hole?.Swallow(Of("send").Port);
            // From a peer that goes on writing the careless one gets more than fits into the buffers on the way back: it blocks in the middle of its
            // write.
            Of("send").Say(fault == "slow" && protocol == "lines" ? new string('x', 900_000) : "are you there?");
            Bound.Until(() => gateway.Status() is { HasMessages: true } status && status.Outbound("owed") == 1, Bound.Replies,
                () => $"nothing is being sent. {Said()}");
            hole?.Swallow(Of("disconnect").Port);

            var clock = Stopwatch.StartNew();
            gateway.Send(Signal.Terminate);
            var code = gateway.WaitForExit(Bound.Stop);
            var took = clock.Elapsed;

            Assert.True(code == 0, $"exit code {code}. {Said()}");
            Assert.True(took < TimeSpan.FromSeconds(Budget), $"the stop took {took}. {Said()}");
            AssertCleanEnd(folder);
            var down = Status.Of(gateway.Data);
            Figures.Add(adapter, fault, took, Budget, Figures.Teardowns(down));
            AssertNothingIsLost(folder);
        }
        finally
        {
            foreach (var peer in peers) peer.Dispose();
        }

        WedgedPeer Of(string moment) => peers.Single(peer => peer.Moment == moment);
    }

    [Acceptance(10)]
    [Original("end-to-end")]
    [Fact]
    public void An_adapter_whose_peer_is_a_black_hole_ends_within_the_budget_with_code_0_no_pid_file_a_free_lock_and_a_clean_store()
    {
        using var hole = new BlackHole();
        using var ircd = IrcServer.Ngircd();
        using var folder = new TempFolder();
        using var ann = IrcUser.Enter(ircd.Port, "ann", "#test");
        using var gateway = IrcGateway.Start(folder, ircd.Port, handler: "Repeating");
        ann.AwaitJoin("#test", IrcGateway.Nick);
        ann.Say("#test", "1 before");
        ann.AwaitHeard(IrcGateway.Nick, "#test", "1:before");

        hole.Swallow(ircd.Port);
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, gateway.Stop());
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        AssertCleanEnd(folder);
        Figures.Add("Irc (ngircd, defaults)", "black hole", clock.Elapsed, 20,
            Figures.Teardowns(Status.Of(gateway.Data)).ToDictionary(static t => t.Key == "irc" ? "idle" : t.Key, static t => t.Value));
        hole.Dispose();

        // The same data directory serves at once, and what was said before is neither lost nor said again.
        using var next = IrcGateway.Start(folder, ircd.Port, handler: "Repeating");
        next.AwaitState("connected");
        ann.Say("#test", "1 after");
        ann.AwaitHeard(next.Said.Contains("gateway_", StringComparison.Ordinal) ? "gateway_" : IrcGateway.Nick, "#test", "1:after");
        Assert.Single(ann.Seen, static seen => seen is { Event: "privmsg", Text: "1:before" });
        next.EndWell(accepted: 2);
    }

    private static void AssertCleanEnd(TempFolder folder)
    {
        Assert.False(File.Exists(folder["data", "gateway.pid"]), "the pid file is still there");
        // Closed, not left: a store that is closed has folded its log into itself.
        Assert.Empty(Directory.GetFiles(folder["data"], "*-wal"));
        var down = Status.Of(folder["data"]);
        Assert.Equal("down", down.State);
        Assert.Equal(0, down.Json.GetProperty("lastShutdown").GetProperty("exitCode").GetInt32());
        Assert.Contains(down.Json.GetProperty("lastShutdown").GetProperty("phases").EnumerateArray(),
            static phase => phase.GetProperty("phase").GetString() == "StoreClose" && phase.GetProperty("finished").GetBoolean());
    }

    /// <summary>The lock is free for the next start, and its books hold the message and its answer, wherever that is.</summary>
    private static void AssertNothingIsLost(TempFolder folder)
    {
        using var next = GatewayProcess.StartReady(folder, """{ "adapters": [ { "id": "web", "plugin": "WebChat" } ] }""");
        next.AwaitAnswer();
        var status = next.Status();
        status.AssertBalances();
        Assert.Equal((1L, 1L), (status.Inbound("accepted"), status.Outbound("owed")));
        Assert.Equal(0, next.Stop());
    }

    private static string Configuration(string adapter, IEnumerable<WedgedPeer> peers)
    {
        string Settings(WedgedPeer peer)
        {
            var port = peer.Port.ToString(CultureInfo.InvariantCulture);
            return adapter == "Irc"
                ? $$"""{ "server": "127.0.0.1", "port": {{port}}, "tls": false, "nick": "gateway" }"""
                : $$"""{ "port": {{port}} }""";
        }

        return $$"""
            {
              "gateway": { "pluginPaths": ["more"], "shutdownBudgetSeconds": {{Budget}}, "timeouts": { "disconnectSeconds": 2, "drainSeconds": 1 } },
              "adapters": [ {{string.Join(", ", peers.Select(peer => $$"""{ "id": "{{peer.Moment}}", "plugin": "{{adapter}}", "allow": { "users": ["*"] }, "settings": {{Settings(peer)}} }"""))}} ]
            }
            """;
    }
}
