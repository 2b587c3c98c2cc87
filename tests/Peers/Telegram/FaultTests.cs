using System.Diagnostics;
using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>While people write, the gateway or its Bot API goes wrong: nothing that Telegram handed over is lost, nothing is said twice unless
/// somebody wants that, and how long it takes is written down.</summary>
public sealed class FaultTests
{
    private const int PollSeconds = 2;
    private const int AnswerSeconds = 6;

    [Theory]
    [InlineData("gateway killed")]
    [InlineData("gateway killed, doubtful replies sent again")]
    [InlineData("gateway killed, by webhook")]
    [InlineData("gateway frozen for 5 s (SIGSTOP)")]
    [InlineData("gateway stopped and started")]
    [InlineData("server killed for 3 s")]
    [InlineData("server silent until it is noticed")]
    [InlineData("front killed for 3 s (SIGKILL)")]
    [InlineData("front frozen until it is noticed (SIGSTOP)")]
    [InlineData("front resets every connection five times")]
    [InlineData("packets dropped until it is noticed")]
    [InlineData("every third packet dropped for 5 s")]
    [InlineData("answers cut off in the middle")]
    public void Nothing_is_lost_and_nothing_said_twice_whatever_goes_wrong_while_people_write(string fault)
    {
        using var server = new BotServer();
        using var front = new Relay(server.Port);
        var bot = server.Add(TelegramGateway.Token);
        using var folder = new TempFolder();
        var port = FreePort.Next();
        var resends = fault.EndsWith("sent again", StringComparison.Ordinal);
        var gateway = Start();
        using var crowd = new Crowd(bot);
        try
        {
            Bound.Until(() => bot.Sent.Count > 8, Bound.Replies, () => $"nothing is answered:\n{gateway.Said}");
            TimeSpan? noticed = null;
            Stopwatch clock;
            if (fault.StartsWith("gateway killed", StringComparison.Ordinal) || fault == "gateway stopped and started")
            {
                if (fault.Contains("killed", StringComparison.Ordinal)) gateway.Kill();
                else Assert.Equal(0, gateway.Stop());
                gateway.Dispose();
                clock = Stopwatch.StartNew();
                gateway = Start();
            }
            else
            {
                var breakage = new Breakage(server, front, gateway);
                clock = breakage.BreakAndMend(fault);
                noticed = breakage.Noticed;
            }

            Bound.Until(() => gateway.TelegramState() == "connected", Bound.Replies, () => $"it does not connect again:\n{gateway.Said}");
            var reconnected = clock.Elapsed;
            Thread.Sleep(1000); // and life goes on
            var said = crowd.Finish();
            Status? end = null;
            Bound.Until(() => bot.Updates.Waiting == 0 && (end = gateway.Ask()) is { IsIdle: true } status && status.Inbound("accepted") >= said,
                Bound.Replies * 2, () => $"it does not catch up: {bot.Updates.Waiting} wait at the server. {end?.Json}\n{gateway.Said}");
            var caughtUp = clock.Elapsed;

            end!.AssertBalances();
            var times = bot.Sent.GroupBy(static message => message.Text).ToDictionary(static group => group.Key, static group => group.Count());
            var (parked, missing) = ((int)end.Outbound("parked"), Enumerable.Range(0, said).Count(i => !times.ContainsKey($"message {i}")));
            var figure = new Figure(fault, noticed, reconnected, caughtUp, said, said - (int)end.Inbound("accepted"), parked, parked - missing,
                times.Values.Count(static count => count > 1));
            Figures.Add(figure);
            Assert.Equal((0, said), (figure.Lost, (int)(end.Outbound("delivered") + parked)));
            Assert.InRange(missing, 0, parked);
            if (!resends) Assert.Equal(0, figure.Twice);
            else Assert.Equal(0, missing);
            // One message at a time in each of twelve chats is all that can be in doubt of one blow.
            Assert.InRange(figure.Twice, 0, 12);
            // On a busy machine the clock of the one that watches starts late, and so does the other end.
            if (noticed is { } time && fault.Contains("until it is noticed", StringComparison.Ordinal))
                Assert.InRange(time, TimeSpan.FromSeconds(AnswerSeconds - 1), TimeSpan.FromSeconds(PollSeconds + AnswerSeconds + 10));
            Assert.DoesNotContain("secretsecret", gateway.Said, StringComparison.Ordinal);
            Assert.Equal(0, gateway.Stop());
        }
        finally
        {
            gateway.Dispose();
        }

        GatewayProcess Start() =>
            TelegramGateway.Start(folder, server, Change, port, outbox: resends ? new JsonObject { ["onUnknown"] = "resend" } : null);

        void Change(JsonObject settings)
        {
            settings["apiUrl"] = $"http://127.0.0.1:{front.Port}";
            if (fault.EndsWith("by webhook", StringComparison.Ordinal)) settings["webhookUrl"] = $"http://127.0.0.1:{port}/hooks/tg";
            if (fault.Contains("until it is noticed", StringComparison.Ordinal)) (settings["pollSeconds"], settings["answerSeconds"]) = (
                PollSeconds, AnswerSeconds);
        }
    }
}
