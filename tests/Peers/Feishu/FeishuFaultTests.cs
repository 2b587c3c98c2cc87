using System.Diagnostics;
using PluginGateway.FakeFeishu;
using PluginGateway.PeerTests.Wedged;

namespace PluginGateway.PeerTests.Feishu;

/// <summary>The product's promise on this platform: whatever breaks while messages flow, each is answered once.</summary>
public sealed class FeishuFaultTests
{
    private const string Silence = "has been silent for";
    private const string KilledByCallback = "gateway killed, by callback";
    private const string Frozen = "gateway frozen for 5 s (SIGSTOP)";

    [Theory]
    [InlineData("answers cut off")]
    [InlineData("connection closed by the platform")]
    [InlineData("connections reset")]
    [InlineData("front killed")]
    [InlineData("front stopped (SIGSTOP)")]
    [InlineData("packets dropped")]
    [InlineData("platform killed")]
    [InlineData("gateway killed")]
    [InlineData(KilledByCallback)]
    [InlineData(Frozen)]
    [InlineData("gateway stopped as planned")]
    public void Every_message_is_answered_once_whatever_breaks(string fault)
    {
        using var hole = fault == "packets dropped" ? new BlackHole() : null;
        using var bench = new FaultBench(byCallback: fault == KilledByCallback);
        var platform = bench.Platform;
        Bound.Until(() => fault == KilledByCallback || !platform.Connections.IsEmpty, Bound.Start, () => $"it is not connected:\n{bench.Gateway.Said}");
        List<(string Chat, string Text)> said = [];
        Flow(bench, fault, said, 6);
        var connects = platform.Connects.Count;
        var noticedBefore = Silences(bench);
        var clock = Stopwatch.StartNew();
        Break(bench, fault, hole);
        Flow(bench, fault, said, 12);
        TimeSpan? noticed = null;
        if (fault is "front stopped (SIGSTOP)" or "packets dropped")
        {
            Bound.Until(() => Silences(bench) > noticedBefore, Bound.Replies, () => $"the silence is not noticed:\n{bench.Gateway.Said}");
            noticed = clock.Elapsed;
        }

        var healed = Heal(bench, fault, hole);
        Flow(bench, fault, said, 6);
        var staysConnected = fault is "answers cut off" or Frozen or KilledByCallback;
        if (!staysConnected) Bound.Until(() => platform.Connects.Count > connects, Bound.Start, () => $"it does not come back:\n{bench.Gateway.Said}");
        var back = staysConnected ? healed : platform.Connects.ElementAt(connects);
        bench.Gateway.AwaitAnswers(platform, said, inOrder: false);

        // What was handed over is acknowledged, nothing is given up, and nobody reads an answer twice.
        Bound.Until(() => platform.Events.All(static sent => sent.Acknowledged is not null), Bound.Replies, () => "not every event is acknowledged");
        Assert.DoesNotContain(platform.Events, static sent => sent.IsLost);
        bench.Gateway.AwaitBooks();
        var answers = platform.Messages.Where(message => message.Chat.StartsWith(Chat(fault, 0)[..^1], StringComparison.Ordinal)).ToArray();
        Assert.Equal(said.Count, answers.Length);
        var last = answers.Max(static message => message.Sent);
        FeishuFigures.Add(fault, said.Count, platform.Events.TakeLast(said.Count).Sum(static sent => sent.Pushes - 1), noticed, Positive(back - healed), Positive(last - back), answers.Length - said.Count);
        if (noticed is { } time) Assert.InRange(time, TimeSpan.FromSeconds(FaultBench.PongTimeoutSeconds - 1), TimeSpan.FromSeconds(40)); // at most 1 s until the next ping; the rest is a busy machine
        FeishuGateway.AssertNoSecret(bench.Folder, platform, bench.Gateway.Said);
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    private static string Chat(string fault, int which) => $"oc_{string.Concat(fault.Where(char.IsAsciiLetter))}_{which}";

    private static int Silences(FaultBench bench) => bench.Gateway.Said.Split(Silence).Length;

    /// <summary>People write, a little apart, in three chats.</summary>
    private static void Flow(FaultBench bench, string fault, List<(string Chat, string Text)> said, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var (chat, text) = (Chat(fault, said.Count % 3), $"{said.Count}");
            said.Add((chat, text));
            bench.Platform.Say(chat, text);
            Thread.Sleep(50);
        }
    }

    private static void Break(FaultBench bench, string fault, BlackHole? hole)
    {
        switch (fault)
        {
            case "gateway killed" or KilledByCallback:
                bench.Gateway.Kill();
                break;
            case Frozen:
                bench.Gateway.Send(Signal.Stop);
                break;
            case "gateway stopped as planned":
                Assert.Equal(0, bench.Gateway.Stop());
                break;
            case "platform killed":
                bench.Platform.Stop();
                break;
            case "front killed":
                bench.Relay.Kill();
                break;
            case "front stopped (SIGSTOP)":
                bench.Relay.Send(Signal.Stop);
                break;
            case "packets dropped":
                hole!.Swallow(bench.Relay.Port);
                break;
            case "connections reset":
                bench.Relay.Reset();
                break;
            case "connection closed by the platform":
                bench.Platform.Connections.Values.Single().CloseAsync().GetAwaiter().GetResult();
                break;
            case "answers cut off":
                bench.Platform.FailNext(new FakeFault(CutsOff: true), new FakeFault(CutsOff: true), new FakeFault(Code: 230049), new FakeFault(Code: 99991400, Status: 429, Reset: 1), new FakeFault(Code: 99991663), new FakeFault(CutsOff: true));
                break;
        }
    }

    /// <summary>From when on it can connect.</summary>
    private static DateTimeOffset Heal(FaultBench bench, string fault, BlackHole? hole)
    {
        if (fault == Frozen) Thread.Sleep(TimeSpan.FromSeconds(5));
        var now = DateTimeOffset.UtcNow;
        switch (fault)
        {
            case Frozen:
                bench.Gateway.Send(Signal.Continue);
                break;
            case "gateway killed" or KilledByCallback or "gateway stopped as planned":
                bench.StartGatewayAgain();
                break;
            case "platform killed":
                bench.Platform.Start();
                break;
            case "front killed":
                bench.Relay.StartAgain();
                break;
            case "front stopped (SIGSTOP)":
                bench.Relay.Send(Signal.Continue);
                break;
            case "packets dropped":
                hole!.Dispose();
                break;
        }

        return now;
    }
}
