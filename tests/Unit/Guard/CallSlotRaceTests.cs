using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Guard;

/// <summary>A call ends exactly once, and a late one never ends a later call of its slot: calls that complete right at their deadline.</summary>
public sealed class CallSlotRaceTests
{
    [Fact]
    public void Calls_that_complete_at_their_deadline_end_once_and_keep_their_own_result()
    {
        var calls = Effort.Of(3000);
        var random = new Random(7);
        var sink = new CountingSink();
        var fixture = new GuardFixture(
            new ScriptedAdapter { OnSend = (message, _) => Complete(message, random.Next(0, 25)) },
            new CallTimeouts { Send = TimeSpan.FromMilliseconds(12) }, sends: 64).Created();
        for (var i = 0; i < calls; i++) fixture.Adapter.Post(new SendCall(GuardFixture.Message($"{i}"), sink) { Tag = $"{i}" });
        GuardFixture.Until(() => sink.Ends >= calls, "every call has ended");
        GuardFixture.Until(() => !fixture.Adapter.HasOpenCalls, "every late call has come back");
        Assert.Equal(calls, sink.Ends);
        Assert.Equal(0, sink.Foreign);
        Assert.Equal(fixture.Overdue.Count, fixture.Late.Count);
        Assert.InRange(fixture.Overdue.Count, 1, calls - 1);

        static async Task<SendResult> Complete(OutboundMessage message, int milliseconds)
        {
            await Task.Delay(milliseconds);
            return SendResult.Sent(message.Key);
        }
    }

    private sealed class CountingSink : ICallSink
    {
        private int _ends;
        private int _foreign;

        public int Ends => Volatile.Read(ref _ends);

        public int Foreign => Volatile.Read(ref _foreign);

        public void Settled(GuardedCall call)
        {
            if (((SendCall)call).Value is { } value && value.Receipt!.MessageId != (string)call.Tag!) Interlocked.Increment(ref _foreign);
            Interlocked.Increment(ref _ends);
        }
    }
}
