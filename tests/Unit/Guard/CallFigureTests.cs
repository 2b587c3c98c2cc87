using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Guard;

public sealed class CallFigureTests
{
    [Fact]
    public void Every_end_is_counted_once_in_the_span_in_which_it_came()
    {
        var statistics = new CallStatistics();
        statistics.Count(Operation.Send, End(CallEndKind.Completed, 0));
        statistics.Count(Operation.Send, End(CallEndKind.Completed, 0.05));
        statistics.Count(Operation.Send, End(CallEndKind.Failed, 0.051));
        statistics.Count(Operation.Send, End(CallEndKind.Overdue, 31));
        statistics.Count(Operation.Unload, End(CallEndKind.Overdue, 2));
        var read = statistics.Read().ToArray();
        Assert.Equal([Operation.Send, Operation.Unload], read.Select(static operation => operation.Operation));
        Assert.Equal([1, 1, 1, 0, 0, 0, 1], read[0].Spans);
        Assert.Equal(
            (2, 1, 1), (read[0].ByOutcome[CallEndKind.Completed], read[0].ByOutcome[CallEndKind.Failed], read[0].ByOutcome[CallEndKind.Overdue]));
        Assert.Equal(31.101, read[0].Total.TotalSeconds, 6);
    }

    [Fact]
    public void Calls_of_a_guard_are_counted_by_operation_and_outcome()
    {
        var sends = 0;
        var fixture = new GuardFixture(new ScriptedAdapter
        {
            OnSend = (_, _) => ++sends == 1 ? Task.FromResult(SendResult.Sent("m")) : throw new InvalidOperationException("no")
        }).Created();
        fixture.Send();
        fixture.Send();
        var send = fixture.Figures.Read().Single(static operation => operation.Operation == Operation.Send);
        Assert.Equal((1, 1, 0), (send.ByOutcome[CallEndKind.Completed], send.ByOutcome[CallEndKind.Failed], send.ByOutcome[CallEndKind.Overdue]));
        Assert.Equal(1, fixture.Figures.Read().Single(static operation => operation.Operation == Operation.Create).ByOutcome[CallEndKind.Completed]);
    }

    [Fact]
    public void A_handler_that_cannot_answer_now_is_understood()
    {
        Assert.Equal(TimeSpan.FromSeconds(3), CallFailure.Of(new RetryLaterException("away", TimeSpan.FromSeconds(3))).NotNow);
        Assert.Equal(
            (TimeSpan.Zero, "away"), (CallFailure.Of(new RetryLaterException("away")).NotNow, CallFailure.Of(new RetryLaterException("away")).Describe()));
        Assert.Null(CallFailure.Of(new InvalidOperationException("away")).NotNow);
    }

    private static CallEnd End(CallEndKind kind, double seconds) => new(kind, CallStage.Awaiting, TimeSpan.FromSeconds(seconds), null);
}
