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
        using var fixture = new FaultFixture(byCallback: fault == KilledByCallback);
        var platform = fixture.Platform;
        Bound.Until(
            () => fault == KilledByCallback || !platform.Connections.IsEmpty, Bound.Start, () => $"it is not connected:\n{fixture.Gateway.Said}");
        List<(string Chat, string Text)> said = [];
        Flow(fixture, fault, said, 6);
        var connects = platform.Connects.Count;
        var noticedBefore = Silences(fixture);
        var clock = Stopwatch.StartNew();
        Break(fixture, fault, hole);
        Flow(fixture, fault, said, 12);
        TimeSpan? noticed = null;
        if (fault is "front stopped (SIGSTOP)" or "packets dropped")
        {
            Bound.Until(() => Silences(fixture) > noticedBefore, Bound.Replies, () => $"the silence is not noticed:\n{fixture.Gateway.Said}");
            noticed = clock.Elapsed;
        }

        var healed = Heal(fixture, fault, hole);
        Flow(fixture, fault, said, 6);
        var staysConnected = fault is "answers cut off" or Frozen or KilledByCallback;
        if (!staysConnected)
            Bound.Until(() => platform.Connects.Count > connects, Bound.Start, () => $"it does not come back:\n{fixture.Gateway.Said}");
        var back = staysConnected ? healed : platform.Connects.ElementAt(connects);
        fixture.Gateway.AwaitAnswers(platform, said, inOrder: false);

        // What was handed over is acknowledged, nothing is given up, and nobody reads an answer twice.
        Bound.Until(() => platform.Events.All(static sent => sent.Acknowledged is not null), Bound.Replies, () => "not every event is acknowledged");
        Assert.DoesNotContain(platform.Events, static sent => sent.IsLost);
        fixture.Gateway.AwaitBalance();
        var answers = platform.Messages.Where(message => message.Chat.StartsWith(Chat(fault, 0)[..^1], StringComparison.Ordinal)).ToArray();
        Assert.Equal(said.Count, answers.Length);
        var last = answers.Max(static message => message.Sent);
        FeishuFigures.Add(fault, said.Count, platform.Events.TakeLast(said.Count).Sum(static sent => sent.Pushes - 1), noticed,
            Positive(back - healed), Positive(last - back), answers.Length - said.Count);
        // at most 1 s until the next ping; the rest is a busy machine
        if (noticed is { } time) Assert.InRange(time, TimeSpan.FromSeconds(FaultFixture.PongTimeoutSeconds - 1), TimeSpan.FromSeconds(40));
        FeishuGateway.AssertNoSecret(fixture.Folder, platform, fixture.Gateway.Said);
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    private static string Chat(string fault, int which) => $"oc_{string.Concat(fault.Where(char.IsAsciiLetter))}_{which}";

    private static int Silences(FaultFixture fixture) => fixture.Gateway.Said.Split(Silence).Length;

    /// <summary>People write, a little apart, in three chats.</summary>
    private static void Flow(FaultFixture fixture, string fault, List<(string Chat, string Text)> said, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var (chat, text) = (Chat(fault, said.Count % 3), $"{said.Count}");
            said.Add((chat, text));
            fixture.Platform.Say(chat, text);
            Thread.Sleep(50);
        }
    }

    private static void Break(FaultFixture fixture, string fault, BlackHole? hole)
    {
        switch (fault)
        {
            case "gateway killed" or KilledByCallback:
                fixture.Gateway.Kill();
                break;
            case Frozen:
                fixture.Gateway.Send(Signal.Stop);
                break;
            case "gateway stopped as planned":
                Assert.Equal(0, fixture.Gateway.Stop());
                break;
            case "platform killed":
                fixture.Platform.Stop();
                break;
            case "front killed":
                fixture.Relay.Kill();
                break;
            case "front stopped (SIGSTOP)":
                fixture.Relay.Send(Signal.Stop);
                break;
            case "packets dropped":
                hole!.Swallow(fixture.Relay.Port);
                break;
            case "connections reset":
                fixture.Relay.Reset();
                break;
            case "connection closed by the platform":
                fixture.Platform.Connections.Values.Single().CloseAsync().GetAwaiter().GetResult();
                break;
            case "answers cut off":
                fixture.Platform.FailNext(new FakeFault(CutsOff: true), new FakeFault(CutsOff: true), new FakeFault(Code: 230049),
                    new FakeFault(Code: 99991400, Status: 429, Reset: 1), new FakeFault(Code: 99991663), new FakeFault(CutsOff: true));
                break;
        }
    }

    /// <summary>From when on it can connect.</summary>
    private static DateTimeOffset Heal(FaultFixture fixture, string fault, BlackHole? hole)
    {
        if (fault == Frozen) Thread.Sleep(TimeSpan.FromSeconds(5));
        var now = DateTimeOffset.UtcNow;
        switch (fault)
        {
            case Frozen:
                fixture.Gateway.Send(Signal.Continue);
                break;
            case "gateway killed" or KilledByCallback or "gateway stopped as planned":
                fixture.StartGatewayAgain();
                break;
            case "platform killed":
                fixture.Platform.Start();
                break;
            case "front killed":
                fixture.Relay.StartAgain();
                break;
            case "front stopped (SIGSTOP)":
                fixture.Relay.Send(Signal.Continue);
                break;
            case "packets dropped":
                hole!.Dispose();
                break;
        }

        return now;
    }
}
