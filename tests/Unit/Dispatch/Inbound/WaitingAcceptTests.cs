using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Inbound;

/// <summary>Calls of adapters without redelivery: a full inbox is a wait.</summary>
public sealed class WaitingAcceptTests
{
    private static IInbox Lossy(DispatchFixture fixture, string adapterId = "a", Func<bool>? isRetired = null) =>
        fixture.Inbox(adapterId, InboundClass.NonReplayable, isRetired);

    [Fact]
    public void Calls_wait_for_room_and_are_admitted_in_their_order_without_a_refusal()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 2 });
        fixture.Attach();
        var handler = fixture.AttachHandler();
        var inbox = Lossy(fixture);
        // Half of them have no id: their order is that of the calls all the same.
        var calls = Enumerable.Range(0, 20).Select(i =>
            inbox.AcceptAsync(DispatchFixture.Message(i % 2 == 0 ? $"e{i}" : null, text: $"{i}"), CancellationToken.None)).ToArray();
        fixture.Until(() => handler.Turns.Count == 1);
        var snapshot = fixture.Snapshot.Adapters.Single();
        Assert.Equal((18, fixture.Clock.GetUtcNow()), (snapshot.Waiting, snapshot.WaitingSince));
        Assert.Equal(18, calls.Count(static call => !call.IsCompleted));
        for (var turn = 0; turn < 20; turn++)
        {
            fixture.Until(() => handler.Turns.Count == turn + 1);
            handler.Complete(turn);
        }

        Assert.All(calls, static call => Assert.Equal(Acceptance.Stored, call.Result));
        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"{i}"), handler.Texts);
        Assert.Equal((20, 0), (fixture.Store.Balance().Inbound.Accepted, fixture.Store.Balance().Inbound.Refused));
        snapshot = fixture.Snapshot.Adapters.Single();
        Assert.Equal((0, null, 0, null), (snapshot.Waiting, snapshot.WaitingSince, snapshot.Refused, snapshot.Lost));
    }

    [Fact]
    public void Above_its_bounds_a_call_is_refused_and_counted_as_lost_with_its_times()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 1 });
        fixture.Attach();
        var inbox = Lossy(fixture);
        Task<Acceptance> Accept(int i, string text = "x") => inbox.AcceptAsync(DispatchFixture.Message($"e{i}", text: text), CancellationToken.None);
        var waiting = Enumerable.Range(0, 1 + WaitingCalls.MostCalls).Select(i => Accept(i)).ToArray();
        fixture.Until(() => waiting[0].IsCompleted);
        var first = fixture.Clock.GetUtcNow();
        Assert.Equal(Acceptance.Refused("full"), fixture.Get(Accept(1000)));
        fixture.Clock.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(Acceptance.Refused("full"), fixture.Get(Accept(1001)));
        Assert.Equal(new LostEvents(2, first, first.AddSeconds(7)), fixture.Snapshot.Adapters.Single().Lost);
        Assert.Equal(WaitingCalls.MostCalls, waiting.Count(static call => !call.IsCompleted));

        // Bytes are bounded too, of each adapter.
        var other = Lossy(fixture, "b");
        var large = new string('x', 900_000);
        var open = Enumerable.Range(0, 20).Select(i =>
            other.AcceptAsync(DispatchFixture.Message($"l{i}", text: large), CancellationToken.None)).ToArray();
        fixture.Until(() => open.Count(static call => call.IsCompleted) == 2);
        Assert.All(open.Where(static call => call.IsCompleted), static call => Assert.Equal(Acceptance.Refused("full"), call.Result));
    }

    [Fact]
    public void A_waiting_adapter_takes_no_room_of_others()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 8 });
        fixture.Intake.Quota.SetShares(["loud", "quiet"]);
        var calls = Enumerable.Range(0, 50).Select(i =>
            Lossy(fixture, "loud").AcceptAsync(DispatchFixture.Message($"l{i}"), CancellationToken.None)).ToArray();
        fixture.Until(() => calls.Count(static call => call.IsCompleted) == 6);
        for (var i = 0; i < 2; i++) Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message($"q{i}"), "quiet"));
        Assert.Equal(Acceptance.Refused("full"), fixture.Accept(DispatchFixture.Message("q2"), "quiet"));
        Assert.Equal((6, 44), ((int)fixture.Intake.Quota.Of("loud").Pending, fixture.Intake.WaitingOf("loud").Calls));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_wait_ends_with_the_generation_and_at_the_stop_and_what_waited_is_lost(bool isStop)
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 1 });
        fixture.Attach();
        var isRetired = false;
        var inbox = Lossy(fixture, isRetired: () => isRetired);
        var calls = Enumerable.Range(0, 4).Select(i => inbox.AcceptAsync(DispatchFixture.Message($"e{i}"), CancellationToken.None)).ToArray();
        fixture.Until(() => calls[0].IsCompleted);
        if (isStop) fixture.Dispatcher.CloseIntake();
        else isRetired = true;
        fixture.Until(() => calls.All(static call => call.IsCompleted));
        Assert.All(calls[1..], call => Assert.Equal(isStop ? Acceptance.Refused("stopping") : Acceptance.Retired, call.Result));
        Assert.Equal(3, fixture.Intake.LostOf("a")!.Events);
        Assert.Equal(1, fixture.Store.Balance().Inbound.Accepted);
    }

    [Fact]
    public void Calls_whose_callers_have_given_up_are_dropped_and_make_room_for_others()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 1 });
        using var gaveUp = new CancellationTokenSource();
        var inbox = Lossy(fixture);
        fixture.Accept(DispatchFixture.Message("first"));
        var left = Enumerable.Range(0, WaitingCalls.MostCalls).Select(i =>
            inbox.AcceptAsync(DispatchFixture.Message($"e{i}"), gaveUp.Token)).ToArray();
        gaveUp.Cancel();
        fixture.Until(() => left.All(static call => call.IsCanceled));
        var last = inbox.AcceptAsync(DispatchFixture.Message("last"), CancellationToken.None);
        fixture.Settle();
        Assert.False(last.IsCompleted);
        Assert.Equal(1, fixture.Intake.WaitingOf("a").Calls);
        Assert.Null(fixture.Intake.LostOf("a"));
    }

    [Fact]
    public void A_full_disk_makes_calls_wait_until_there_is_room_on_it()
    {
        using var fixture = new DispatchFixture(with: static o => o with { MaxPages = 150, ProbeEvery = TimeSpan.FromSeconds(1) });
        var inbox = Lossy(fixture);
        var text = new string('x', 50_000);
        var calls = Enumerable.Range(0, 20).Select(i =>
            inbox.AcceptAsync(DispatchFixture.Message($"e{i}", text: text), CancellationToken.None)).ToArray();
        fixture.Until(() => fixture.Intake.WaitingOf("a").Calls > 0);
        // A task is completed a moment after its commit.
        fixture.Until(() => calls.Count(static call => call.IsCompleted) + fixture.Intake.WaitingOf("a").Calls == calls.Length);
        fixture.Settle();
        Assert.All(calls.Where(static call => call.IsCompleted), static call => Assert.Equal(Acceptance.Stored, call.Result));
        var stored = calls.Count(static call => call.IsCompleted);
        Assert.Equal((stored, 20 - stored, null),
            (fixture.Store.Pending().Count, fixture.Intake.WaitingOf("a").Calls, fixture.Intake.LostOf("a")));
    }
}
