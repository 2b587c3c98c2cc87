using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Guard;

/// <summary>What a delivery's outcome tells its sender: whether anything left, and when to try again.</summary>
public sealed class DeliveryTests
{
    [Fact]
    public void A_fault_of_the_adapters_own_says_that_nothing_left_why_and_when_to_try_again()
    {
        Assert.Equal(SendRetry.WithBackoff, ErrorOf(new PluginFault("x", "y")).Retry);
        Assert.Equal(SendRetry.AfterReconnect, ErrorOf(new PluginFault("x", "y", FaultRetry.AfterOperatorAction)).Retry);
        Assert.Equal(SendRetry.After(TimeSpan.FromSeconds(7)), ErrorOf(new PluginFault("x", "y") { RetryAfter = TimeSpan.FromSeconds(7) }).Retry);
        Assert.Equal(SendRetry.WithBackoff, ErrorOf(new PluginFault("x", "y") { RetryAfter = TimeSpan.Zero }).Retry);
        var error = ErrorOf(new PluginFault("flooded", "first\nsecond"));
        Assert.Equal((SendErrorKind.Internal, "first", "flooded"), (error.Kind, error.Message, error.PlatformCode));
    }

    /// <summary>An error without a message cannot be made: the outcome itself threw, on the thread that asked for it.</summary>
    [Theory]
    [InlineData("\nnot on the first line", "not on the first line")]
    [InlineData(" \r\n\t indented", "indented")]
    public void A_fault_that_begins_with_an_empty_line_still_has_a_message(string message, string kept) =>
        Assert.Equal(kept, ErrorOf(new PluginFault("x", message)).Message);

    [Fact]
    public void What_never_came_back_or_threw_may_have_arrived_and_what_was_not_entered_has_not()
    {
        var overdue = Ended(new CallEnd(CallEndKind.Overdue, CallStage.Awaiting, TimeSpan.FromSeconds(30), null)).Result;
        Assert.Equal((SendOutcome.Unknown, "Send did not finish within 30 s."), (overdue.Outcome, overdue.Error!.Message));
        var threw = Ended(Failed(new InvalidOperationException("no"))).Result;
        Assert.Equal((SendOutcome.Unknown, "Send System.InvalidOperationException: no."), (threw.Outcome, threw.Error!.Message));
        var refused = Ended(new CallEnd(CallEndKind.Refused, CallStage.NotEntered, TimeSpan.Zero, null)).Result;
        Assert.Equal(
            (SendOutcome.NotSent, SendErrorKind.Transient, SendRetry.AfterReconnect), (refused.Outcome, refused.Error!.Kind, refused.Error.Retry));
    }

    [Fact]
    public void A_notice_that_was_withdrawn_before_it_got_a_slot_is_not_sent()
    {
        var first = new TaskCompletionSource<SendResult>();
        List<string> sent = [];
        var fixture =
            new GuardFixture(new ScriptedAdapter { OnSend = (message, _) => { sent.Add(message.Key); return first.Task; } }, sends: 1).Created();
        var sink = new BlockingSink();
        fixture.Adapter.Post(new NoticeCall(GuardFixture.Message("first"), sink));
        var second = new NoticeCall(GuardFixture.Message("second"), sink);
        fixture.Adapter.Post(second);
        GuardFixture.Until(() => sent.Count == 1, "the first is under way");
        second.Withdraw();
        first.SetResult(SendResult.Sent("first"));
        Assert.Equal(SendOutcome.Sent, ((NoticeCall)sink.Wait()).Result.Outcome);
        var withdrawn = ((NoticeCall)sink.Wait()).Result;
        Assert.Equal((SendOutcome.NotSent, SendRetry.Never, "The notice came too late."),
            (withdrawn.Outcome, withdrawn.Error!.Retry, withdrawn.Error.Message));
        Assert.Equal(["first"], sent);
    }

    private static SendError ErrorOf(PluginFault fault)
    {
        var result = Ended(Failed(new PluginException(fault))).Result;
        Assert.Equal(SendOutcome.NotSent, result.Outcome);
        return result.Error!;
    }

    private static CallEnd Failed(Exception exception) => new(CallEndKind.Failed, CallStage.Entered, TimeSpan.Zero, CallFailure.Of(exception));

    private static SendCall Ended(CallEnd end)
    {
        var call = new SendCall(GuardFixture.Message(), null);
        call.Finish(end);
        return call;
    }
}
