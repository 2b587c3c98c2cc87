using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Guard.Lanes;

/// <summary>One call in its slot, by the tick: when its deadline is, what its end says, and that no call touches another.</summary>
public sealed class CallSlotTests
{
    [Fact]
    public void No_deadline_ends_early_however_old_the_reading_of_the_watch_is()
    {
        var fixture = new SlotFixture();
        fixture.Watch.Sweep();
        fixture.Clock.Advance(TimeSpan.FromSeconds(0.4));
        fixture.Enter(0.5);
        fixture.Watch.Sweep();
        fixture.Pass(0.499);
        Assert.Empty(fixture.Overdue);
        fixture.Pass(0.001);
        Assert.Equal(TimeSpan.FromSeconds(0.5), Assert.Single(fixture.Overdue).End.Elapsed);
    }

    [Fact]
    public void A_call_that_begins_during_a_sweep_is_not_counted_from_the_reading_of_that_sweep()
    {
        var fixture = new SlotFixture();
        fixture.BeforeVisit = () =>
        {
            fixture.BeforeVisit = null;
            fixture.Clock.Advance(TimeSpan.FromSeconds(0.4));
            fixture.Enter(0.5);
        };
        fixture.Watch.Sweep();
        fixture.Pass(0.2);
        fixture.Pass(0.499);
        Assert.Empty(fixture.Overdue);
        fixture.Pass(0.001);
        Assert.Single(fixture.Overdue);
    }

    [Fact]
    public void A_slot_is_free_again_though_who_hears_of_an_end_throws()
    {
        var fixture = new SlotFixture { OnEnd = static () => throw new InvalidOperationException() };
        var adapter = new ScriptedAdapter { OnSend = static (_, _) => Task.FromResult(SendResult.Sent("m")) };
        fixture.Slot.Take(new SendCall(GuardFixture.Message(), null), TimeSpan.FromSeconds(1));
        Assert.Throws<InvalidOperationException>(() => fixture.Slot.Run(adapter));
        fixture.Slot.ReleaseLeftover();
        Assert.False(fixture.Slot.IsTaken);
        Assert.Equal(1, fixture.Freed);
        fixture.Slot.ReleaseLeftover();
        Assert.Equal(1, fixture.Freed);
        fixture.OnEnd = null;
        fixture.Enter(1).Source.SetResult(SendResult.Sent("m"));
        Assert.Single(fixture.Settled);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_of_zero_or_less_is_none(double limit)
    {
        var fixture = new SlotFixture();
        fixture.Enter(limit);
        fixture.Pass(1000);
        Assert.Empty(fixture.Overdue);
        fixture.Slot.EndWithin(TimeSpan.Zero);
        fixture.Pass(1000);
        Assert.Empty(fixture.Overdue);
    }

    [Fact]
    public void A_call_without_a_deadline_can_be_given_one_from_now()
    {
        var fixture = new SlotFixture();
        fixture.Enter(0);
        fixture.Pass(100);
        fixture.Slot.EndWithin(TimeSpan.FromSeconds(5));
        fixture.Watch.Sweep();
        fixture.Pass(4.999);
        Assert.Empty(fixture.Overdue);
        fixture.Pass(0.001);
        Assert.Equal(TimeSpan.FromSeconds(5), Assert.Single(fixture.Overdue).End.Elapsed);
    }

    [Fact]
    public void Time_in_which_the_process_could_not_run_does_not_count()
    {
        var fixture = new SlotFixture();
        fixture.Enter(10);
        fixture.Watch.Sweep();
        fixture.Clock.Advance(TimeSpan.FromHours(8));
        fixture.Watch.Sweep();
        fixture.Pass(8.999);
        Assert.Empty(fixture.Overdue);
        Assert.Equal(fixture.Watch.Now, fixture.Watch.Fresh);
        fixture.Pass(0.001);
        Assert.Single(fixture.Overdue);
    }

    [Fact]
    public void A_call_whose_thread_has_not_come_to_the_plugin_was_not_entered()
    {
        var fixture = new SlotFixture();
        fixture.Slot.Take(new SendCall(GuardFixture.Message(), null), TimeSpan.FromSeconds(1));
        fixture.Pass(2.1);
        Assert.Equal(CallStage.NotEntered, Assert.Single(fixture.Overdue).End.Stage);
        Assert.Equal((CallStage.NotEntered, fixture.Clock.GetUtcNow().AddSeconds(-2.1)),
            (fixture.Slot.Abandoned(1)!.Stage, fixture.Slot.Abandoned(1)!.SinceUtc));
    }

    [Fact]
    public void A_call_that_blocks_is_entered_and_one_that_gave_a_task_awaits()
    {
        using var release = new ManualResetEvent(false);
        using var entered = new ManualResetEvent(false);
        var fixture = new SlotFixture();
        fixture.Slot.Take(new SendCall(GuardFixture.Message(), null), TimeSpan.FromSeconds(1));
        var thread = new Thread(() => fixture.Slot.Run(
            new ScriptedAdapter { OnSend = (_, _) => { entered.Set(); release.WaitOne(); return Task.FromResult(SendResult.Sent("k")); } }))
        {
            IsBackground = true
        };
        thread.Start();
        Assert.True(entered.WaitOne(GuardFixture.Patience));
        Assert.Null(fixture.Slot.Abandoned(1));
        fixture.Pass(2.1);
        Assert.Equal(CallStage.Entered, Assert.Single(fixture.Overdue).End.Stage);
        Assert.Equal((7, CallStage.Entered), (fixture.Slot.Abandoned(7)!.Generation, fixture.Slot.Abandoned(7)!.Stage));
        Assert.False(fixture.Slot.HasReturned);
        release.Set();
        Assert.True(thread.Join(GuardFixture.Patience));
        Assert.False(fixture.Slot.IsTaken);

        fixture.Enter(1);
        fixture.Pass(2.1);
        Assert.Equal(CallStage.Awaiting, fixture.Overdue[^1].End.Stage);
        Assert.Equal(CallStage.Awaiting, fixture.Slot.Abandoned(1)!.Stage);
        Assert.True(fixture.Slot.HasReturned);
    }

    [Fact]
    public void A_late_result_changes_nothing_is_told_with_its_lateness_and_frees_the_slot()
    {
        var fixture = new SlotFixture();
        var (call, source, _) = fixture.Enter(1);
        fixture.Watch.Sweep();
        fixture.Pass(1);
        Assert.True(fixture.Slot.IsOverdue);
        Assert.Equal(0, fixture.Freed);
        fixture.Pass(0.7);
        source.SetResult(SendResult.Sent("late"));
        Assert.Equal(TimeSpan.FromSeconds(0.7), Assert.Single(fixture.Late).Lateness);
        Assert.Equal((CallEndKind.Overdue, SendOutcome.Unknown), (call.End.Kind, call.Result.Outcome));
        Assert.Equal((false, 1), (fixture.Slot.IsTaken, fixture.Freed));

        var (next, nextSource, token) = fixture.Enter(1);
        Assert.False(token.IsCancellationRequested);
        nextSource.SetResult(SendResult.Sent("next"));
        Assert.Equal((CallEndKind.Completed, CallStage.Awaiting, "next"), (next.End.Kind, next.End.Stage, next.Result.Receipt!.MessageId));
        Assert.Single(fixture.Late);
    }

    [Fact]
    public void A_watch_that_looked_at_one_call_cannot_end_the_next()
    {
        var fixture = new SlotFixture();
        // Not only the first time: each call of a slot must differ from all before it.
        for (var round = 0; round < 4; round++)
        {
            var (first, source, _) = fixture.Enter(1);
            fixture.Watch.Sweep();
            var second = (Call: (SendCall?)null, Source: (TaskCompletionSource<SendResult>?)null);
            fixture.Clock.Advance(TimeSpan.FromSeconds(1));
            // The watch has found the first call overdue and is about to say so: the call completes after all, and the slot is taken again.
            fixture.BeforeVisit = () => fixture.Clock.OnCalculation = () =>
            {
                fixture.BeforeVisit = null;
                source.SetResult(SendResult.Sent("first"));
                (var call, second.Source, _) = fixture.Enter(1);
                second.Call = call;
            };
            fixture.Watch.Sweep();
            Assert.NotNull(second.Call);
            Assert.Equal((CallEndKind.Completed, CallEndKind.Open), (first.End.Kind, second.Call.End.Kind));
            Assert.Empty(fixture.Overdue);
            second.Source!.SetResult(SendResult.Sent("second"));
            Assert.Equal(CallEndKind.Completed, second.Call.End.Kind);
        }
    }

    [Fact]
    public void An_overdue_call_is_cancelled_and_its_token_is_never_used_again()
    {
        var fixture = new SlotFixture(cancels: true);
        var (_, source, token) = fixture.Enter(1);
        fixture.Pass(2.1);
        GuardFixture.Until(() => token.IsCancellationRequested, "the overdue call is cancelled");
        source.SetResult(SendResult.Sent("late"));
        Assert.False(fixture.Enter(1).Token.IsCancellationRequested);
    }

    [Fact]
    public void A_call_that_was_cancelled_while_open_leaves_no_cancelled_token_to_the_next()
    {
        var fixture = new SlotFixture(cancels: true);
        var (call, source, token) = fixture.Enter(1);
        fixture.Slot.Cancel();
        GuardFixture.Until(() => token.IsCancellationRequested, "the open call is cancelled");
        source.SetResult(SendResult.Sent("in time"));
        Assert.Equal(CallEndKind.Completed, call.End.Kind);
        Assert.False(fixture.Enter(1).Token.IsCancellationRequested);
    }

    [Fact]
    public void A_call_that_ended_well_says_how_long_it_took()
    {
        var fixture = new SlotFixture();
        fixture.Watch.Sweep();
        var (call, source, _) = fixture.Enter(10);
        fixture.Pass(3);
        source.SetResult(SendResult.Sent("k"));
        Assert.Equal(TimeSpan.FromSeconds(3), call.End.Elapsed);
    }
}
