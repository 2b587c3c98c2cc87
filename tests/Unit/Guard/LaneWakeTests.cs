using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Guard;

/// <summary>A lane that sleeps is woken by whatever gives it something to do, and one that closes refuses whatever waits. A wake-up or a refusal that
/// is lost would leave a call waiting for ever.</summary>
public sealed class LaneWakeTests
{
    /// <summary>Long enough for a lane without work to have gone to sleep.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void A_send_to_a_lane_that_has_been_idle_is_entered()
    {
        var fixture = new GuardFixture(new ScriptedAdapter()).Created();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(CallEndKind.Completed, fixture.Send().End.Kind);
            Thread.Sleep(Idle);
        }
    }

    [Fact]
    public void A_slot_that_becomes_free_while_the_lane_sleeps_takes_the_call_that_waits()
    {
        var first = new TaskCompletionSource<SendResult>();
        var fixture = new GuardFixture(
            new ScriptedAdapter { OnSend = (message, _) => message.Key == "first" ? first.Task : Task.FromResult(SendResult.Sent(message.Key)) },
            sends: 1).Created();
        var sink = new BlockingSink();
        fixture.Adapter.Post(new SendCall(GuardFixture.Message("first"), sink));
        fixture.Adapter.Post(new SendCall(GuardFixture.Message("second"), sink));
        Thread.Sleep(Idle);
        first.SetResult(SendResult.Sent("first"));
        Assert.Equal("first", ((SendCall)sink.Wait()).Message.Key);
        Assert.Equal("second", ((SendCall)sink.Wait()).Message.Key);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void No_wake_up_is_lost_between_posts_completions_and_a_lane_that_falls_asleep(int slots)
    {
        const int posters = 3;
        var calls = Effort.Of(20_000);
        var fixture = new GuardFixture(new ScriptedAdapter { OnSend = Pausing }, sends: slots).Created();
        var sink = new BlockingSink();
        var threads = Enumerable.Range(0, posters).Select(seed => new Thread(() => Post(new Random(seed))) { IsBackground = true }).ToArray();
        foreach (var thread in threads) thread.Start();
        for (var i = 0; i < calls * posters; i++) Assert.Equal(CallEndKind.Completed, sink.Wait().End.Kind);

        void Post(Random random)
        {
            for (var i = 0; i < calls; i++)
            {
                fixture.Adapter.Post(new SendCall(GuardFixture.Message(), sink));
                if (random.Next(200) == 0) Thread.Sleep(1);
                else Thread.SpinWait(random.Next(400));
            }
        }

        static async Task<SendResult> Pausing(OutboundMessage message, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return SendResult.Sent(message.Key);
        }
    }

    [Fact]
    public void Every_call_posted_around_a_retirement_ends_once()
    {
        const int posters = 3, calls = 20;
        var rounds = Effort.Of(300);
        for (var round = 0; round < rounds; round++)
        {
            var fixture = new GuardFixture(new ScriptedAdapter(), sends: 2).Created();
            var sink = new BlockingSink();
            using var begin = new Barrier(posters + 1);
            var threads = Enumerable.Range(0, posters).Select(_ => new Thread(Post) { IsBackground = true }).ToArray();
            foreach (var thread in threads) thread.Start();
            begin.SignalAndWait();
            Thread.SpinWait(round * 6000 / rounds);
            fixture.Adapter.Retire();
            var ended = Enumerable.Range(0, posters * calls).Select(_ => sink.Wait()).ToHashSet();
            Assert.Equal(posters * calls, ended.Count);
            Assert.All(ended, static call => Assert.True(call.End.Kind is CallEndKind.Completed or CallEndKind.Refused));
            fixture.Adapter.BeginTeardown(TimeSpan.FromSeconds(1), sink);

            void Post()
            {
                begin.SignalAndWait();
                for (var i = 0; i < calls; i++) fixture.Adapter.Post(new SendCall(GuardFixture.Message(), sink));
            }
        }
    }
}
