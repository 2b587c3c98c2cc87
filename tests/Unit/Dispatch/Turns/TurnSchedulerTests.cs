using PluginGateway.Guard.Calls;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Turns;

public sealed class TurnSchedulerTests
{
    [Fact]
    public void Conversation_is_answered_one_message_after_another_and_others_beside_it()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1", chat: "1", text: "first"));
        fixture.Accept(DispatchFixture.Message("e2", chat: "1", text: "second"));
        fixture.Accept(DispatchFixture.Message("e3", chat: "2", text: "beside"));
        fixture.Settle();
        Assert.Equal(["first", "beside"], handler.Texts);
        handler.Complete(0);
        Assert.Equal(["first", "beside", "second"], handler.Texts);
    }

    [Fact]
    public void No_more_turns_run_than_the_handler_takes()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler(concurrentTurns: 2);
        for (var i = 0; i < 5; i++) fixture.Accept(DispatchFixture.Message($"e{i}", chat: $"{i}"));
        fixture.Settle();
        Assert.Equal(2, handler.Turns.Count);
        handler.Complete(0);
        Assert.Equal(3, handler.Turns.Count);
        Assert.Equal(2, fixture.Snapshot.RunningTurns.Count);
    }

    [Fact]
    public void Adapter_with_a_flood_does_not_starve_another()
    {
        using var fixture = new DispatchFixture();
        for (var i = 0; i < 20; i++) fixture.Accept(DispatchFixture.Message($"e{i}", chat: $"{i}", text: "flood"), "loud");
        fixture.Accept(DispatchFixture.Message("e", text: "quiet"), "quiet");
        var handler = fixture.AttachHandler(concurrentTurns: 1);
        fixture.Settle();
        handler.Complete(0);
        Assert.Contains("quiet", handler.Texts);
    }

    [Fact]
    public void Reply_is_owed_before_the_turn_ends_and_sent()
    {
        using var fixture = new DispatchFixture();
        var (adapter, handler) = (fixture.Attach(), fixture.AttachHandler());
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Reply(0, "one");
        fixture.Settle();
        Assert.Equal(["one"], adapter.Texts);
        adapter.Sent(0);
        handler.Complete(0);
        var balance = fixture.Store.Balance();
        Assert.Equal((1, 0, 1, 0), (balance.Inbound.Handled, balance.Inbound.Pending, balance.Outbound.Delivered, balance.Outbound.Pending));
    }

    [Fact]
    public void Reply_that_was_not_awaited_is_owed_all_the_same()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        handler.Always = "quick";
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => fixture.Store.Balance().Inbound.Handled == 1);
        Assert.Equal(1, fixture.Store.Balance().Outbound.Pending);
    }

    [Fact]
    public void Turn_that_a_handlers_worker_has_never_taken_runs_again_without_counting_as_an_attempt()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.End(0, CallEndKind.Failed, new CallFailure("x", "its process has ended", null) { HadNoEffect = true });
        fixture.Advance(TimeSpan.FromSeconds(1));
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal(1, handler.Turns[1].Turn.Attempt);
    }

    [Fact]
    public void Turns_of_a_replaced_handler_run_again_on_the_next_without_counting_as_an_attempt_and_its_late_replies_are_refused()
    {
        using var fixture = new DispatchFixture();
        var old = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => old.Turns.Count == 1);
        fixture.Dispatcher.DetachHandler("handler", 1);
        fixture.Dispatcher.InterruptTurns("handler", 2);
        fixture.Settle();
        Assert.Single(fixture.Snapshot.RunningTurns);

        fixture.Dispatcher.InterruptTurns("handler", 1);
        var next = fixture.AttachHandler(generation: 2);
        fixture.Until(() => next.Turns.Count == 1);
        Assert.Equal(1, next.Turns[0].Turn.Attempt);
        Assert.Throws<InvalidOperationException>(() => old.Reply(0, "late"));
        old.Complete(0);
        next.Reply(0, "on time");
        next.Complete(0);
        var balance = fixture.Store.Balance();
        Assert.Equal((1, 0, 1), (balance.Inbound.Handled, balance.Inbound.Pending, balance.Outbound.Owed));
    }

    [Fact]
    public void Failed_turn_runs_again_after_a_wait_and_is_parked_after_three_attempts()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1", text: "bad"));
        fixture.Accept(DispatchFixture.Message("e2", text: "behind"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Fail(0);
        Assert.Single(handler.Turns);
        fixture.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Single(handler.Turns);
        fixture.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(2, handler.Turns[1].Turn.Attempt);
        handler.Fail(1);
        fixture.Advance(TimeSpan.FromSeconds(5.1));
        handler.Fail(2);
        Assert.Equal(["bad", "bad", "bad", "behind"], handler.Texts);
        Assert.Equal((1, 1), (fixture.Store.Balance().Inbound.Parked, fixture.Store.Balance().Inbound.Pending));
        Assert.Equal(1, fixture.Intake.Quota.Count);
    }

    [Fact]
    public void Overdue_turn_counts_as_an_attempt_and_its_late_reply_is_refused()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Reply(0, "in time");
        handler.End(0, CallEndKind.Overdue);
        Assert.Throws<InvalidOperationException>(() => handler.Reply(0, "too late"));
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(2, handler.Turns[1].Turn.Attempt);
        handler.Reply(1, "in time, again");
        handler.Reply(1, "more");
        handler.Complete(1);
        Assert.Equal(2, fixture.Store.Balance().Outbound.Owed);
    }

    [Fact]
    public void Turn_refused_by_a_retired_handler_waits_for_the_next_without_losing_an_attempt()
    {
        using var fixture = new DispatchFixture();
        var old = fixture.AttachHandler(generation: 1);
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => old.Turns.Count == 1);
        old.End(0, CallEndKind.Refused);
        fixture.Dispatcher.DetachHandler("handler", 1);
        fixture.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(old.Turns);
        var next = fixture.AttachHandler(generation: 2);
        fixture.Settle();
        Assert.Equal(1, next.Turns[0].Turn.Attempt);
    }

    [Fact]
    public void Late_detach_of_an_old_handler_does_not_detach_the_new_one()
    {
        using var fixture = new DispatchFixture();
        fixture.AttachHandler(generation: 1);
        var next = fixture.AttachHandler(generation: 2);
        fixture.Dispatcher.DetachHandler("handler", 1);
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => next.Turns.Count == 1);
    }

    [Fact]
    public void Message_that_ended_the_process_three_times_is_parked_and_not_tried_again()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var id = store.Stored("e1");
        store.BeginTurn(id, 3, "a/c");
        store.CloseCleanly();
        var fixture = new DispatchFixture(folder: folder);
        var handler = fixture.AttachHandler();
        fixture.Until(() => fixture.Store.Balance().Inbound.Parked == 1);
        Assert.Empty(handler.Turns);
        fixture.Store.CloseCleanly();
    }

    [Fact]
    public void Attempt_is_durable_before_the_handler_sees_the_message()
    {
        using var fixture = new DispatchFixture();
        fixture.Accept(DispatchFixture.Message("e1"));
        using var release = new ManualResetEventSlim();
        fixture.Store.SetState("x", "blocks", "the writer", _ => release.Wait(StoreFolder.Patience));
        var handler = fixture.AttachHandler();
        for (var i = 0; i < 5; i++) fixture.Dispatcher.Step(TimeSpan.FromMilliseconds(1));
        Assert.Empty(handler.Turns);
        release.Set();
        fixture.Until(() => handler.Turns.Count == 1);
        Assert.Equal(1, fixture.Store.Pending()[0].Attempt);
    }

    [Fact]
    public void Turn_that_had_not_begun_when_the_drain_began_is_not_run_and_not_counted()
    {
        using var folder = new StoreFolder();
        var fixture = new DispatchFixture(folder: folder);
        using var release = new ManualResetEventSlim();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Store.SetState("x", "blocks", "the writer", _ => release.Wait(StoreFolder.Patience));
        var handler = fixture.AttachHandler();
        for (var i = 0; i < 5; i++) fixture.Dispatcher.Step(TimeSpan.FromMilliseconds(1));
        fixture.Dispatcher.BeginDrain();
        fixture.Dispatcher.Step(TimeSpan.Zero);
        release.Set();
        fixture.Settle();
        Assert.Empty(handler.Turns);
        Assert.Empty(fixture.Snapshot.RunningTurns);
        Assert.Equal(0, fixture.Store.Pending()[0].Attempt);
        fixture.Store.CloseCleanly();
    }

    [Fact]
    public void Messages_of_before_a_restart_are_answered_before_newer_ones()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        for (var i = 0; i < 1200; i++) store.Accept(StoreFolder.Entry($"e{i}", text: $"{i}"), static _ => { });
        store.CloseCleanly();
        var fixture = new DispatchFixture(folder: folder);
        var handler = fixture.AttachHandler();
        handler.Always = "ok";
        fixture.Accept(DispatchFixture.Message("new", text: "1200"));
        fixture.Until(() => handler.Turns.Count == 1201);
        Assert.Equal(Enumerable.Range(0, 1201).Select(i => $"{i}"), handler.Texts);
        fixture.Store.CloseCleanly();
    }

    [Fact]
    public void Adapter_can_have_a_handler_of_its_own_and_be_given_another()
    {
        var own = "special";
        using var fixture = new DispatchFixture(handlerOf: id => id == "a" ? own : "handler");
        var (special, usual) = (fixture.AttachHandler("special", concurrentTurns: 1), fixture.AttachHandler());
        fixture.Accept(DispatchFixture.Message("e1", chat: "1", text: "for special"));
        fixture.Accept(DispatchFixture.Message("e2", chat: "2", text: "waits"));
        fixture.Accept(DispatchFixture.Message("e3", text: "for handler"), "b");
        fixture.Settle();
        Assert.Equal(["for special"], special.Texts);
        Assert.Equal(["for handler"], usual.Texts);
        own = "handler";
        fixture.Dispatcher.Reroute();
        fixture.Settle();
        Assert.Equal(["for handler", "waits"], usual.Texts);
    }

    [Fact]
    public void Typing_is_shown_while_a_turn_takes_long_and_not_for_a_quick_one()
    {
        using var fixture = new DispatchFixture();
        var (adapter, handler) = (fixture.Attach(showsTyping: true), fixture.AttachHandler());
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        fixture.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Empty(adapter.Typing);
        fixture.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Single(adapter.Typing);
        fixture.Advance(TimeSpan.FromSeconds(4.1));
        Assert.Equal(2, adapter.Typing.Count);
        handler.Complete(0);
        fixture.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(2, adapter.Typing.Count);
    }

    [Fact]
    public void Turn_whose_reply_found_the_disk_full_runs_again_even_if_the_handler_did_not_look()
    {
        using var fixture = new DispatchFixture(with: o => o with { MaxPages = 150 });
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        var task = handler.Turns[0].Turn.ReplyAsync(new string('x', 1_000_000), CancellationToken.None);
        handler.Complete(0);
        fixture.Until(() => task.IsFaulted);
        Assert.IsType<IOException>(task.Exception!.InnerException);
        // The store asks its disk again by a clock of its own.
        fixture.Until(() =>
        {
            fixture.Advance(TimeSpan.FromSeconds(1.1));
            return handler.Turns.Count > 1;
        });
        Assert.Equal(2, handler.Turns.Count);
        Assert.Equal((0, 1), (fixture.Store.Balance().Inbound.Handled, fixture.Store.Balance().Inbound.Pending));
    }

    [Fact]
    [Original("agent drain")]
    public void Drain_starts_nothing_waits_for_what_runs_and_stopped_turns_run_again()
    {
        using var folder = new StoreFolder();
        var fixture = new DispatchFixture(folder: folder);
        var (adapter, handler) = (fixture.Attach(), fixture.AttachHandler());
        fixture.Accept(DispatchFixture.Message("e1", chat: "1", text: "runs"));
        fixture.Accept(DispatchFixture.Message("e2", chat: "1", text: "waits"));
        fixture.Until(() => handler.Turns.Count == 1);
        fixture.Dispatcher.BeginDrain();
        fixture.Settle();
        Assert.False(fixture.Dispatcher.WaitDrained(TimeSpan.FromMilliseconds(50)));
        handler.Reply(0, "stays owed");
        fixture.Dispatcher.StopTurns();
        Drained(fixture);
        Assert.Throws<InvalidOperationException>(() => handler.Reply(0, "late"));
        handler.Complete(0);
        Assert.Single(handler.Turns);
        Assert.Empty(adapter.Sends);
        fixture.Store.CloseCleanly();

        var store = folder.Open();
        Assert.Equal([0, 0], store.Pending().Select(r => r.Attempt));
        Assert.Single(store.Open());
        store.CloseCleanly();
    }

    private static void Drained(DispatchFixture fixture)
    {
        var drained = false;
        var waiter = PluginGateway.Threads.LoopThread.Start("waiter", () => drained = fixture.Dispatcher.WaitDrained(StoreFolder.Patience));
        fixture.Until(() => !waiter.IsAlive);
        Assert.True(drained);
    }

    [Fact]
    public void A_turn_that_is_put_off_waits_longer_each_time_and_loses_no_attempt()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Accept(DispatchFixture.Message("e2", chat: "2", text: "beside"));
        fixture.Until(() => handler.Turns.Count == 2);
        handler.Complete(1);
        for (var (times, seconds) = (0, 1); times < 5; times++, seconds *= 2)
        {
            handler.End(handler.Turns.Count - 1 == 1 ? 0 : handler.Turns.Count - 1, CallEndKind.Failed, Away(TimeSpan.Zero));
            var before = handler.Turns.Count;
            fixture.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(50));
            Assert.Equal(before, handler.Turns.Count);
            fixture.Advance(TimeSpan.FromMilliseconds(100));
            Assert.Equal(before + 1, handler.Turns.Count);
            Assert.Equal(1, handler.Turns[^1].Turn.Attempt);
            Assert.Equal(handler.Turns[0].Turn.Id, handler.Turns[^1].Turn.Id);
        }

        handler.Complete(handler.Turns.Count - 1);
        Assert.Equal((2, 0), (fixture.Store.Balance().Inbound.Handled, fixture.Store.Balance().Inbound.Parked));
    }

    [Fact]
    public void A_turn_that_is_put_off_for_a_day_is_parked_and_a_demanded_wait_is_kept_up_to_five_minutes()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.End(0, CallEndKind.Failed, Away(TimeSpan.FromHours(1)));
        fixture.Advance(TimeSpan.FromSeconds(299));
        Assert.Single(handler.Turns);
        fixture.Advance(TimeSpan.FromHours(24));
        Assert.Equal(2, handler.Turns.Count);
        handler.End(1, CallEndKind.Failed, Away(TimeSpan.Zero));
        Assert.Equal(1, fixture.Store.Balance().Inbound.Parked);
    }

    private static CallFailure Away(TimeSpan wait) => new("NotNow", "The backend is away.", null) { NotNow = wait };
}
