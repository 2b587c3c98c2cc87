using PluginGateway.Guard;

namespace PluginGateway.Tests.Guard;

/// <summary>One call in its slot, by the tick: when its deadline is, what its end says, and that no call touches another.</summary>
public sealed class CallSlotTests
{
    [Fact]
    public void No_deadline_ends_early_however_old_the_reading_of_the_watch_is()
    {
        var rig = new SlotRig();
        rig.Watch.Sweep();
        rig.Clock.Advance(TimeSpan.FromSeconds(0.4));
        rig.Enter(0.5);
        rig.Watch.Sweep();
        rig.Pass(0.499);
        Assert.Empty(rig.Overdue);
        rig.Pass(0.001);
        Assert.Equal(TimeSpan.FromSeconds(0.5), Assert.Single(rig.Overdue).End.Elapsed);
    }

    [Fact]
    public void A_call_that_begins_during_a_sweep_is_not_counted_from_the_reading_of_that_sweep()
    {
        var rig = new SlotRig();
        rig.BeforeVisit = () =>
        {
            rig.BeforeVisit = null;
            rig.Clock.Advance(TimeSpan.FromSeconds(0.4));
            rig.Enter(0.5);
        };
        rig.Watch.Sweep();
        rig.Pass(0.2);
        rig.Pass(0.499);
        Assert.Empty(rig.Overdue);
        rig.Pass(0.001);
        Assert.Single(rig.Overdue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_of_zero_or_less_is_none(double limit)
    {
        var rig = new SlotRig();
        rig.Enter(limit);
        rig.Pass(1000);
        Assert.Empty(rig.Overdue);
        rig.Slot.EndWithin(TimeSpan.Zero);
        rig.Pass(1000);
        Assert.Empty(rig.Overdue);
    }

    [Fact]
    public void A_call_without_a_deadline_can_be_given_one_from_now()
    {
        var rig = new SlotRig();
        rig.Enter(0);
        rig.Pass(100);
        rig.Slot.EndWithin(TimeSpan.FromSeconds(5));
        rig.Watch.Sweep();
        rig.Pass(4.999);
        Assert.Empty(rig.Overdue);
        rig.Pass(0.001);
        Assert.Equal(TimeSpan.FromSeconds(5), Assert.Single(rig.Overdue).End.Elapsed);
    }

    [Fact]
    public void Time_in_which_the_process_could_not_run_does_not_count()
    {
        var rig = new SlotRig();
        rig.Enter(10);
        rig.Watch.Sweep();
        rig.Clock.Advance(TimeSpan.FromHours(8));
        rig.Watch.Sweep();
        rig.Pass(8.999);
        Assert.Empty(rig.Overdue);
        Assert.Equal(rig.Watch.Now, rig.Watch.Fresh);
        rig.Pass(0.001);
        Assert.Single(rig.Overdue);
    }

    [Fact]
    public void A_call_whose_thread_has_not_come_to_the_plugin_was_not_entered()
    {
        var rig = new SlotRig();
        rig.Slot.Take(new SendCall(GuardRig.Message(), null), TimeSpan.FromSeconds(1));
        rig.Pass(2.1);
        Assert.Equal(CallStage.NotEntered, Assert.Single(rig.Overdue).End.Stage);
        Assert.Equal((CallStage.NotEntered, rig.Clock.GetUtcNow().AddSeconds(-2.1)), (rig.Slot.Abandoned(1)!.Stage, rig.Slot.Abandoned(1)!.SinceUtc));
    }

    [Fact]
    public void A_call_that_blocks_is_entered_and_one_that_gave_a_task_awaits()
    {
        using var release = new ManualResetEvent(false);
        using var entered = new ManualResetEvent(false);
        var rig = new SlotRig();
        rig.Slot.Take(new SendCall(GuardRig.Message(), null), TimeSpan.FromSeconds(1));
        var thread = new Thread(() => rig.Slot.Run(new ScriptedAdapter { OnSend = (_, _) => { entered.Set(); release.WaitOne(); return Task.FromResult(SendResult.Sent("k")); } })) { IsBackground = true };
        thread.Start();
        Assert.True(entered.WaitOne(GuardRig.Patience));
        Assert.Null(rig.Slot.Abandoned(1));
        rig.Pass(2.1);
        Assert.Equal(CallStage.Entered, Assert.Single(rig.Overdue).End.Stage);
        Assert.Equal((7, CallStage.Entered), (rig.Slot.Abandoned(7)!.Generation, rig.Slot.Abandoned(7)!.Stage));
        Assert.False(rig.Slot.HasReturned);
        release.Set();
        Assert.True(thread.Join(GuardRig.Patience));
        Assert.False(rig.Slot.IsTaken);

        rig.Enter(1);
        rig.Pass(2.1);
        Assert.Equal(CallStage.Awaiting, rig.Overdue[^1].End.Stage);
        Assert.Equal(CallStage.Awaiting, rig.Slot.Abandoned(1)!.Stage);
        Assert.True(rig.Slot.HasReturned);
    }

    [Fact]
    public void A_late_result_changes_nothing_is_told_with_its_lateness_and_frees_the_slot()
    {
        var rig = new SlotRig();
        var (call, source, _) = rig.Enter(1);
        rig.Watch.Sweep();
        rig.Pass(1);
        Assert.True(rig.Slot.IsOverdue);
        Assert.Equal(0, rig.Freed);
        rig.Pass(0.7);
        source.SetResult(SendResult.Sent("late"));
        Assert.Equal(TimeSpan.FromSeconds(0.7), Assert.Single(rig.Late).Lateness);
        Assert.Equal((CallEndKind.Overdue, SendOutcome.Unknown), (call.End.Kind, call.Result.Outcome));
        Assert.Equal((false, 1), (rig.Slot.IsTaken, rig.Freed));

        var (next, nextSource, token) = rig.Enter(1);
        Assert.False(token.IsCancellationRequested);
        nextSource.SetResult(SendResult.Sent("next"));
        Assert.Equal((CallEndKind.Completed, CallStage.Awaiting, "next"), (next.End.Kind, next.End.Stage, next.Result.Receipt!.MessageId));
        Assert.Single(rig.Late);
    }

    [Fact]
    public void A_watch_that_looked_at_one_call_cannot_end_the_next()
    {
        var rig = new SlotRig();
        // Not only the first time: each call of a slot must differ from all before it.
        for (var round = 0; round < 4; round++)
        {
            var (first, source, _) = rig.Enter(1);
            rig.Watch.Sweep();
            var second = (Call: (SendCall?)null, Source: (TaskCompletionSource<SendResult>?)null);
            rig.Clock.Advance(TimeSpan.FromSeconds(1));
            // The watch has found the first call overdue and is about to say so: the call completes after all, and the slot is taken again.
            rig.BeforeVisit = () => rig.Clock.OnCalculation = () =>
            {
                rig.BeforeVisit = null;
                source.SetResult(SendResult.Sent("first"));
                (var call, second.Source, _) = rig.Enter(1);
                second.Call = call;
            };
            rig.Watch.Sweep();
            Assert.NotNull(second.Call);
            Assert.Equal((CallEndKind.Completed, CallEndKind.Open), (first.End.Kind, second.Call.End.Kind));
            Assert.Empty(rig.Overdue);
            second.Source!.SetResult(SendResult.Sent("second"));
            Assert.Equal(CallEndKind.Completed, second.Call.End.Kind);
        }
    }

    [Fact]
    public void An_overdue_call_is_cancelled_and_its_token_is_never_used_again()
    {
        var rig = new SlotRig(cancels: true);
        var (_, source, token) = rig.Enter(1);
        rig.Pass(2.1);
        GuardRig.Until(() => token.IsCancellationRequested, "the overdue call is cancelled");
        source.SetResult(SendResult.Sent("late"));
        Assert.False(rig.Enter(1).Token.IsCancellationRequested);
    }

    [Fact]
    public void A_call_that_was_cancelled_while_open_leaves_no_cancelled_token_to_the_next()
    {
        var rig = new SlotRig(cancels: true);
        var (call, source, token) = rig.Enter(1);
        rig.Slot.Cancel();
        GuardRig.Until(() => token.IsCancellationRequested, "the open call is cancelled");
        source.SetResult(SendResult.Sent("in time"));
        Assert.Equal(CallEndKind.Completed, call.End.Kind);
        Assert.False(rig.Enter(1).Token.IsCancellationRequested);
    }

    [Fact]
    public void A_call_that_ended_well_says_how_long_it_took()
    {
        var rig = new SlotRig();
        rig.Watch.Sweep();
        var (call, source, _) = rig.Enter(10);
        rig.Pass(3);
        source.SetResult(SendResult.Sent("k"));
        Assert.Equal(TimeSpan.FromSeconds(3), call.End.Elapsed);
    }
}
