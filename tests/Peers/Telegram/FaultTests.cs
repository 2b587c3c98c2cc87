using System.Diagnostics;
using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.PeerTests.Wedged;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>While people write, the gateway or its Bot API goes wrong: nothing that Telegram handed over is lost, nothing is said twice unless somebody wants that, and how long it takes is written down.</summary>
public sealed class FaultTests
{
    private const int PollSeconds = 2;
    private const int AnswerSeconds = 6;

    [Theory]
    [InlineData("gateway killed")]
    [InlineData("gateway killed, doubtful replies sent again")]
    [InlineData("gateway stopped and started")]
    [InlineData("server killed for 3 s")]
    [InlineData("server silent until it is noticed")]
    [InlineData("black hole until it is noticed")]
    [InlineData("connections reset five times")]
    [InlineData("answers cut off in the middle")]
    public void Nothing_is_lost_and_nothing_said_twice_whatever_goes_wrong_while_people_write(string fault)
    {
        using var server = new BotServer();
        var bot = server.Add(TelegramGateway.Token);
        using var folder = new TempFolder();
        var outbox = fault.EndsWith("sent again", StringComparison.Ordinal) ? new JsonObject { ["onUnknown"] = "resend" } : null;
        var gateway = TelegramGateway.Start(folder, server, fault.EndsWith("noticed", StringComparison.Ordinal) ? Impatient : null, outbox: outbox);
        using var crowd = new Crowd(bot);
        try
        {
            Bound.Until(() => bot.Sent.Count > 8, Bound.Replies, () => $"nothing is answered:\n{gateway.Said}");
            TimeSpan? noticed = null;
            Stopwatch clock;
            if (fault.StartsWith("gateway", StringComparison.Ordinal))
            {
                if (fault.Contains("killed", StringComparison.Ordinal)) gateway.Kill();
                else Assert.Equal(0, gateway.Stop());
                gateway.Dispose();
                clock = Stopwatch.StartNew();
                gateway = TelegramGateway.Start(folder, server, fault.EndsWith("noticed", StringComparison.Ordinal) ? Impatient : null, outbox: outbox is null ? null : new JsonObject { ["onUnknown"] = "resend" });
            }
            else
            {
                (noticed, clock) = Break(fault, server, gateway);
            }

            Bound.Until(() => gateway.TelegramState() == "connected", Bound.Replies, () => $"it does not connect again:\n{gateway.Said}");
            var reconnected = clock.Elapsed;
            Thread.Sleep(1000); // and life goes on
            var said = crowd.Finish();
            Status? end = null;
            Bound.Until(() => bot.Updates.Waiting == 0 && (end = gateway.Ask()) is { IsIdle: true } status && status.Inbound("accepted") >= said, Bound.Replies * 2, () => $"it does not catch up: {bot.Updates.Waiting} wait at the server. {end?.Json}\n{gateway.Said}");
            var caughtUp = clock.Elapsed;

            end!.AssertBalances();
            var times = bot.Sent.GroupBy(static message => message.Text).ToDictionary(static group => group.Key, static group => group.Count());
            var (parked, missing) = ((int)end.Outbound("parked"), Enumerable.Range(0, said).Count(i => !times.ContainsKey($"message {i}")));
            var figure = new Figure(fault, noticed, reconnected, caughtUp, said, said - (int)end.Inbound("accepted"), parked, parked - missing, times.Values.Count(static count => count > 1));
            Figures.Add(figure);
            Assert.Equal((0, said), (figure.Lost, (int)(end.Outbound("delivered") + parked)));
            Assert.InRange(missing, 0, parked);
            if (outbox is null) Assert.Equal(0, figure.Twice);
            else Assert.Equal(0, missing);
            // One message at a time in each of twelve chats is all that can be in doubt of one blow.
            Assert.InRange(figure.Twice, 0, 12);
            // On a busy machine the clock of the one that watches starts late, and so does the other end.
            if (fault.StartsWith("server silent", StringComparison.Ordinal)) Assert.InRange(figure.Noticed!.Value, TimeSpan.FromSeconds(AnswerSeconds - 1), TimeSpan.FromSeconds(PollSeconds + AnswerSeconds + 10));
            Assert.DoesNotContain("secretsecret", gateway.Said, StringComparison.Ordinal);
            Assert.Equal(0, gateway.Stop());
        }
        finally
        {
            gateway.Dispose();
        }
    }

    /// <summary>Breaks something, waits, and mends it.</summary>
    /// <returns>When it was noticed, and the clock that runs since it was mended.</returns>
    private static (TimeSpan? Noticed, Stopwatch SinceMended) Break(string fault, BotServer server, GatewayProcess gateway)
    {
        var clock = Stopwatch.StartNew();
        TimeSpan? noticed = null;
        switch (fault)
        {
            case "server killed for 3 s":
                server.Kill();
                Watch(TimeSpan.FromSeconds(3));
                server.StartAgain();
                break;
            case "server silent until it is noticed":
                server.Silence();
                Watch(Bound.Start, untilNoticed: true);
                server.Speak();
                break;
            case "black hole until it is noticed":
                using (var hole = new BlackHole())
                {
                    hole.Swallow(server.Port);
                    Watch(Bound.Start, untilNoticed: true);
                }

                break;
            case "connections reset five times":
                for (var i = 0; i < 5; i++)
                {
                    server.Reset();
                    Watch(TimeSpan.FromMilliseconds(300));
                }

                break;
            default:
                server.Script("sendMessage", [.. Enumerable.Repeat(new BotReply(200, """{"ok":true,"result":{"message_id":1,"date":""") { IsCut = true, AfterTheDeed = true }, 5)]);
                server.Script("getUpdates", [.. Enumerable.Repeat(new BotReply(200, """{"ok":true,"result":[{"update_id":1,""") { IsCut = true }, 2)]);
                Watch(TimeSpan.FromSeconds(2));
                break;
        }

        return (noticed, Stopwatch.StartNew());

        void Watch(TimeSpan time, bool untilNoticed = false)
        {
            var end = clock.Elapsed + time;
            while (clock.Elapsed < end && !(untilNoticed && noticed is not null))
            {
                if (noticed is null && gateway.TelegramState() is not (null or "connected")) noticed = clock.Elapsed;
                Thread.Sleep(20);
            }
        }
    }

    private static void Impatient(JsonObject settings) => (settings["pollSeconds"], settings["answerSeconds"]) = (PollSeconds, AnswerSeconds);
}
