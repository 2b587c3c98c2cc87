using Microsoft.Extensions.Time.Testing;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

public sealed class NothingIsLostTests
{
    private const int MostQuietSteps = 10_000;

    private static readonly SendError Error = new(SendErrorKind.Transient, SendRetry.WithBackoff, "connection lost");

    /// <summary>The platform delivers a key once; the process dies at any moment; handlers and sends fail as they like.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_accepted_message_is_answered_once_over_crashes_and_failures(int seed)
    {
        var random = new Random(seed);
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        var delivered = new Dictionary<string, string>();
        var folder = new StoreFolder { Clock = clock };
        var next = 0;
        for (var life = 1; life <= 6; life++)
        {
            var fixture = new DispatchFixture(folder: folder);
            for (var i = 0; i < 25; i++, next++) fixture.Accept(DispatchFixture.Message($"e{next}", chat: $"{next % 5}", text: $"{next}"));
            Run(fixture, clock, random, delivered, life, rounds: random.Next(5, 40));
            var copy = new StoreFolder { Clock = clock };
            InboxStoreTests.CopyDatabase(folder, copy);
            fixture.Dispose();
            folder = copy;
        }

        var last = new DispatchFixture(folder: folder);
        Run(last, clock, random, delivered, 7, rounds: 5000);
        var balance = last.Store.Balance();
        Assert.Equal((next, 0, 0), ((int)balance.Inbound.Accepted, (int)balance.Inbound.Pending, (int)balance.Outbound.Pending));
        Assert.Equal(balance.Inbound.Accepted, balance.Inbound.Handled + balance.Inbound.Parked);
        Assert.Equal(Enumerable.Range(0, next).Select(i => $"answer to {i}").Order(), delivered.Values.Order());
        last.Dispose();
    }

    private static void Run(
        DispatchFixture fixture, FakeTimeProvider clock, Random random, Dictionary<string, string> delivered, int life, int rounds)
    {
        var handler = fixture.AttachHandler(generation: life);
        var adapter = fixture.Attach(generation: life, traits: new AdapterTraits { Idempotency = Idempotency.Native });
        var (turns, sends, quiet) = (0, 0, 0);
        for (var round = 0; round < rounds && quiet < MostQuietSteps;)
        {
            fixture.Dispatcher.Step(TimeSpan.FromMilliseconds(1));
            clock.Advance(TimeSpan.FromSeconds(0.5));
            // A life lasts so many rounds in which something happens: on a busy machine the disk takes many steps, and a turn that three lives begin
            // and none ends is parked.
            if (handler.Turns.Count > turns || adapter.Sends.Count > sends) (round, quiet) = (round + 1, 0);
            else quiet++;
            if (quiet % 50 == 49 && fixture.Store.Balance() is { Inbound.Pending: 0, Outbound.Pending: 0 }) return;
            for (; turns < handler.Turns.Count; turns++)
            {
                var call = handler.Turns[turns];
                var number = call.Turn.Messages[^1].Text;
                _ = call.Turn.ReplyAsync($"answer to {number}", CancellationToken.None);
                call.Finish(new CallEnd(random.Next(6) == 0 ? CallEndKind.Failed : CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero,
                    new CallFailure("x", "y", null)));
            }

            for (; sends < adapter.Sends.Count; sends++) Platform(adapter.Sends[sends], random, delivered);
        }
    }

    private static void Platform(SendCall call, Random random, Dictionary<string, string> delivered)
    {
        var message = call.Message;
        var fate = random.Next(5);
        if (fate == 0)
        {
            call.Accept(SendResult.NotSent(Error));
        }
        else
        {
            delivered.TryAdd(message.Key, message.Text);
            call.Accept(fate == 1 ? SendResult.Unknown(Error) : SendResult.Sent("m"));
        }

        call.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
    }
}
