using System.Diagnostics;
using PluginGateway.PeerTests.Servers;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.PeerTests.Wedged;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>Something goes wrong around a gateway that goes on running, and comes right again.</summary>
/// <param name="server">The Bot API.</param>
/// <param name="front">The process before it, through which the gateway reaches it.</param>
/// <param name="gateway">Who has to bear it.</param>
internal sealed class Breakage(BotServer server, Relay front, GatewayProcess gateway)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>From the fault until the adapter was no longer connected; null: it stayed connected, as far as anybody saw.</summary>
    public TimeSpan? Noticed { get; private set; }

    /// <summary>Breaks it, waits, and mends it.</summary>
    /// <returns>The clock that runs since it was mended.</returns>
    public Stopwatch BreakAndMend(string fault)
    {
        switch (fault)
        {
            case "gateway frozen for 5 s (SIGSTOP)":
                gateway.Send(Signal.Stop);
                Thread.Sleep(TimeSpan.FromSeconds(5));
                gateway.Send(Signal.Continue);
                break;
            case "server killed for 3 s":
                server.Kill();
                Watch(TimeSpan.FromSeconds(3));
                server.StartAgain();
                break;
            case "server silent until it is noticed":
                server.Silence();
                WatchUntilNoticed();
                server.Speak();
                break;
            case "front killed for 3 s (SIGKILL)":
                front.Kill();
                Watch(TimeSpan.FromSeconds(3));
                front.StartAgain();
                break;
            case "front frozen until it is noticed (SIGSTOP)":
                front.Send(Signal.Stop);
                WatchUntilNoticed();
                front.Send(Signal.Continue);
                break;
            case "front resets every connection five times":
                for (var i = 0; i < 5; i++)
                {
                    front.Reset();
                    Watch(TimeSpan.FromMilliseconds(300));
                }

                break;
            case "packets dropped until it is noticed":
                using (var hole = new BlackHole())
                {
                    hole.Swallow(front.Port);
                    WatchUntilNoticed();
                }

                break;
            case "every third packet dropped for 5 s":
                using (var hole = new BlackHole())
                {
                    hole.Swallow(front.Port, oneIn: 3);
                    Watch(TimeSpan.FromSeconds(5));
                }

                break;
            case "answers cut off in the middle":
                server.Script("sendMessage", [.. Enumerable.Repeat(
                    new BotReply(200, """{"ok":true,"result":{"message_id":1,"date":""") { IsCut = true, AfterTheDeed = true }, 5)]);
                server.Script(
                    "getUpdates", [.. Enumerable.Repeat(new BotReply(200, """{"ok":true,"result":[{"update_id":1,""") { IsCut = true }, 2)]);
                Watch(TimeSpan.FromSeconds(2));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault, "Nobody knows how to break that.");
        }

        return Stopwatch.StartNew();
    }

    private void WatchUntilNoticed() => Bound.Until(() => IsNoticed(), Bound.Start, () => $"it is not noticed:\n{gateway.Said}");

    private void Watch(TimeSpan time)
    {
        for (var end = _clock.Elapsed + time; _clock.Elapsed < end; Thread.Sleep(20)) IsNoticed();
    }

    private bool IsNoticed()
    {
        if (Noticed is null && gateway.TelegramState() is not (null or "connected")) Noticed = _clock.Elapsed;
        return Noticed is not null;
    }
}
