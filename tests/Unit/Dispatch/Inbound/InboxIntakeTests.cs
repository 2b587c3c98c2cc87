using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Inbound;

public sealed class InboxIntakeTests
{
    [Fact]
    public void Message_is_acknowledged_after_its_commit_and_a_second_time_as_a_duplicate()
    {
        using var fixture = new DispatchFixture();
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e1")));
        Assert.Equal(Acceptance.Duplicate, fixture.Accept(DispatchFixture.Message("e1")));
        Assert.Equal((1, 1), (fixture.Store.Balance().Inbound.Accepted, fixture.Store.Balance().Inbound.Duplicates));
        Assert.Equal(1, fixture.Intake.Quota.Count);
    }

    [Fact]
    public void Text_over_a_mebibyte_is_discarded_and_counted()
    {
        using var fixture = new DispatchFixture();
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e1", text: new string('x', 1024 * 1024))));
        Assert.Equal(Acceptance.Discarded("tooLarge"), fixture.Accept(DispatchFixture.Message("e2", text: new string('x', (1024 * 1024) + 1))));
        Assert.Equal(Acceptance.Discarded("tooLarge"), fixture.Accept(DispatchFixture.Message("e3", text: new string('ä', (512 * 1024) + 1))));
        Assert.Equal(2, fixture.Store.Balance().Inbound.Discarded);
    }

    [Fact]
    public void Message_that_is_too_large_without_its_text_is_discarded_too()
    {
        using var fixture = new DispatchFixture();
        var message = new InboundMessage("e1", new Chat("1", ChatKind.Direct), new Sender("u"), "x")
        {
            Extras = new Dictionary<string, string> { ["k"] = new('x', 5 * 1024 * 1024) },
        };
        Assert.Equal(Acceptance.Discarded("tooLarge"), fixture.Accept(message));
    }

    [Fact]
    public async Task Event_id_may_be_missing_only_where_nothing_is_replayed()
    {
        using var fixture = new DispatchFixture();
        var none = CancellationToken.None;
        foreach (var inbound in (InboundClass[])[InboundClass.AckGated, InboundClass.CursorPolled])
        {
            var inbox = fixture.Inbox(inbound: inbound);
            var refused = Assert.Throws<ArgumentException>(() => { _ = inbox.AcceptAsync(DispatchFixture.Message(null), none); });
            Assert.StartsWith(
                $"EventId of this InboundMessage is null, and adapter 'a' declares Inbound = InboundClass.{inbound}:", refused.Message,
                StringComparison.Ordinal);
            // In a batch too, of which nothing is stored.
            Assert.Throws<ArgumentException>(() =>
            {
                _ = inbox.AcceptAsync([DispatchFixture.Message("e1"), DispatchFixture.Message(null)], null, none);
            });
        }

        Assert.Equal((0, 0), (fixture.Store.Balance().Inbound.Accepted, fixture.Store.Balance().Inbound.Discarded));
        Assert.Equal(Acceptance.Stored, await fixture.Inbox(inbound: InboundClass.NonReplayable).AcceptAsync(DispatchFixture.Message(null), none));
    }

    [Fact]
    public void Ids_that_cannot_be_told_apart_once_stored_are_discarded_and_counted()
    {
        using var fixture = new DispatchFixture();
        fixture.Attach();
        Assert.Equal(Acceptance.Discarded("invalid"), fixture.Accept(DispatchFixture.Message("e\uD800")));
        Assert.Equal(Acceptance.Discarded("invalid"), fixture.Accept(DispatchFixture.Message("e1", chat: "\uDC00")));
        Assert.Equal(2, fixture.Snapshot.Adapters.Single().Discarded["invalid"]);
    }

    [Fact]
    public void Events_that_can_never_be_stored_are_named_by_one_warning_an_adapter_and_cause_in_ten_minutes()
    {
        var (lines, clock) = (new List<string>(), new FakeTimeProvider());
        var warnings = new DiscardWarnings(clock, new ListLog(lines));
        var chat = new Chat("1", ChatKind.Direct);
        for (var i = 0; i < 3; i++) warnings.Warn("a", new InboundMessage("e", chat, new Sender("u\uD800"), "x"), DiscardCause.Invalid);
        warnings.Warn("a", new ReactionChanged("e", chat with { Thread = "t\uDC00" }, null, "m"), DiscardCause.TooLarge);
        warnings.Warn("b", new ReactionChanged("e", chat with { Thread = "t\uDC00" }, null, "m"), DiscardCause.Invalid);
        warnings.Warn("a", DispatchFixture.Message("e"), DiscardCause.Stranger);
        clock.Advance(TimeSpan.FromMinutes(11));
        warnings.Warn("a", new InboundMessage("e\uD800", chat, new Sender("u"), "x"), DiscardCause.Invalid);
        Assert.Equal(
            [
                Line("a", "InboundMessage", "invalid", "its Sender.Id has a NUL or half of a surrogate pair"),
                Line("a", "ReactionChanged", "tooLarge", "its text is over 1048576 bytes, or all of it over 4194304"),
                Line("b", "ReactionChanged", "invalid", "its Chat.Thread has a NUL or half of a surrogate pair"),
                Line("a", "InboundMessage", "invalid", "its EventId has a NUL or half of a surrogate pair (2 more since this was last said)"),
            ], lines);

        static string Line(string adapter, string kind, string cause, string why) =>
            $"Adapter '{adapter}': a {kind} was acknowledged and discarded as {cause}, because {why}. status counts them under discarded.";
    }

    [Fact]
    public void History_is_discarded_and_counted_and_its_state_is_written()
    {
        using var fixture = new DispatchFixture();
        fixture.Attach();
        var old = DispatchFixture.Message("e1") with { IsHistory = true };
        Assert.Equal(Acceptance.Discarded("history"), fixture.Accept(old));
        Assert.Equal(Acceptance.Discarded("history"), fixture.Accept(old with { State = new Dictionary<string, string> { ["k"] = "v" } }));
        Assert.Equal("v", fixture.Store.State("a", "k"));
        Assert.Equal(2, fixture.Snapshot.Adapters.Single().Discarded["history"]);
        // The same message as a new one is another event: it was never stored.
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e1")));
    }

    [Fact]
    public void State_over_its_limits_is_refused_with_an_exception_and_nothing_is_acknowledged()
    {
        using var fixture = new DispatchFixture();
        InboundMessage With(string key, string value) =>
            new("e1", new Chat("1", ChatKind.Direct), new Sender("u"), "x") { State = new Dictionary<string, string> { [key] = value } };
        var many = Enumerable.Range(0, 65).ToDictionary(static i => $"k{i}", static _ => "v");
        foreach (var message in (InboundMessage[])[
            With(new string('k', 129), "v"), With("k", new string('v', (64 * 1024) + 1)), With("k", "v") with { State = many }])
        {
            Assert.StartsWith("State of this InboundMessage is over a limit; allowed: at most 64 entries,",
                Assert.Throws<ArgumentException>(() => { fixture.Accept(message); }).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() =>
            {
                _ = fixture.Inbox().AcceptAsync([message, DispatchFixture.Message("e2")], null, CancellationToken.None);
            });
        }

        Assert.Equal((0, 0), (fixture.Store.Balance().Inbound.Accepted, fixture.Store.Balance().Inbound.Discarded));
        Assert.Equal(Acceptance.Stored, fixture.Accept(With(new string('k', 128), new string('v', 64 * 1024))));
    }

    [Fact]
    public void Lone_surrogates_and_nul_are_replaced_and_flagged()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1", text: "a\uD800b\0c😀\uDC00"));
        fixture.Until(() => handler.Turns.Count == 1);
        var message = handler.Turns[0].Turn.Messages[^1];
        Assert.Equal("a\uFFFDb\uFFFDc😀\uFFFD", message.Text);
        Assert.Equal("true", message.Extras[InboundRules.ReplacedFlag]);
    }

    [Fact]
    public void Names_with_lone_surrogates_do_not_keep_a_message_from_being_stored()
    {
        using var fixture = new DispatchFixture();
        var message = new InboundMessage("e1", new Chat("1", ChatKind.Direct), new Sender("u", "x\uD800"), "x")
        {
            Extras = new Dictionary<string, string> { ["k\uDC00"] = "\uD800" }
        };
        Assert.Equal(Acceptance.Stored, fixture.Accept(message));
    }

    [Fact]
    public void Full_inbox_refuses_until_something_has_been_handled()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 2 });
        var handler = fixture.AttachHandler();
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e1")));
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e2")));
        Assert.Equal(Acceptance.Refused("full"), fixture.Accept(DispatchFixture.Message("e3")));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Complete(0);
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e3")));
        Assert.Equal(1, fixture.Store.Balance().Inbound.Refused);
    }

    [Fact]
    public void Flood_of_one_adapter_leaves_every_other_its_share()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 24 });
        fixture.Intake.Quota.SetShares(["loud", "quiet", "other"]);
        var stored = Enumerable.Range(0, 40).Count(i => fixture.Accept(DispatchFixture.Message($"l{i}"), "loud") == Acceptance.Stored);
        Assert.Equal(24 - (2 * 4), stored);
        foreach (var id in (string[])["quiet", "other"])
        {
            for (var i = 0; i < 4; i++) Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message($"{id}{i}"), id));
        }

        Assert.Equal(Acceptance.Refused("full"), fixture.Accept(DispatchFixture.Message("q9"), "quiet"));
        var adapter = fixture.Snapshot.Adapters.Single(static o => o.AdapterId == "loud");
        Assert.Equal((16, 24), (adapter.Pending, adapter.Refused));
        Assert.Equal(1, fixture.Snapshot.Adapters.Single(static o => o.AdapterId == "quiet").Refused);
    }

    [Fact]
    public void One_adapter_alone_has_all_the_room_and_gives_up_some_when_a_second_is_configured()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 8 });
        fixture.Intake.Quota.SetShares(["a"]);
        for (var i = 0; i < 8; i++) Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message($"e{i}")));
        fixture.Intake.Quota.SetShares(["a", "b"]);
        var handler = fixture.AttachHandler();
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Complete(0);
        handler.Complete(1);
        Assert.Equal(Acceptance.Refused("full"), fixture.Accept(DispatchFixture.Message("e8")));
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e8"), "b"));
    }

    [Fact]
    public void Shares_hold_whatever_is_reserved_and_released()
    {
        Gen.Select(Gen.Int[0, 2], Gen.Bool, Gen.Int[1, 300]).Array[1, 200].Sample(static script =>
        {
            string[] ids = ["a", "b", "c"];
            var quota = new MessageQuota(new InboxLimits { MaxPending = 30, MaxPendingBytes = 3000 });
            quota.SetShares(ids);
            var held = ids.ToDictionary(static id => id, static _ => new Stack<int>());
            foreach (var (who, takes, bytes) in script)
            {
                var mine = held[ids[who]];
                if (!takes && mine.TryPop(out var last)) quota.Release(ids[who], last);
                else if (quota.TryReserve(ids[who], bytes)) mine.Push(bytes);
                else Assert.False(mine.Count < 5 && mine.Sum() + bytes <= 500, $"'{ids[who]}' was refused within its share.");
            }

            Assert.Equal((held.Values.Sum(static h => h.Count), held.Values.Sum(static h => h.Sum())), ((int)quota.Count, (int)quota.Bytes));
            Assert.InRange(quota.Count, 0, 30);
            Assert.InRange(quota.Bytes, 0, 3000);
        }, iter: 2000);
    }

    [Fact]
    public void Message_as_large_as_the_limit_is_not_refused_for_ever()
    {
        var quota = new MessageQuota(new InboxLimits { MaxPendingBytes = 4 * 1024 * 1024 });
        quota.SetShares(["a", "b"]);
        Assert.True(quota.TryReserve("a", 4 * 1024 * 1024));
        Assert.False(quota.TryReserve("b", 1));
        quota.Release("a", 4 * 1024 * 1024);
        Assert.True(quota.TryReserve("b", 1));
    }

    [Fact]
    public void State_that_waits_to_be_written_takes_room_and_gives_it_back()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPendingBytes = 200_000 });
        using var release = new ManualResetEventSlim();
        fixture.Store.Accept(StoreFolder.Entry("e0"), _ => release.Wait(StoreFolder.Patience));
        InboundMessage With(string id) => new(id, new Chat("1", ChatKind.Direct), new Sender("u"), "x")
        {
            State = Enumerable.Range(0, 3).ToDictionary(static i => $"k{i}", static _ => new string('v', 60_000))
        };
        var first = fixture.Inbox().AcceptAsync(With("e1"), CancellationToken.None);
        Assert.Equal(Acceptance.Refused("full"), fixture.Accept(With("e2")));
        release.Set();
        fixture.Until(() => first.IsCompleted);
        Assert.Equal(Acceptance.Stored, fixture.Accept(With("e2")));
        Assert.InRange(fixture.Intake.Quota.Bytes, 1, 1000);
    }

    [Fact]
    public void Reads_and_writes_of_state_that_nobody_awaits_are_bounded()
    {
        using var fixture = new DispatchFixture();
        using var release = new ManualResetEventSlim();
        fixture.Store.Accept(StoreFolder.Entry("e0"), _ => release.Wait(StoreFolder.Patience));
        var state = new StoredState(fixture.Store, "a", static () => false);
        var open = Enumerable.Range(0, 64).Select(
            i => i % 2 == 0 ? state.SetAsync($"k{i}", "v", CancellationToken.None) : (Task)state.GetAsync($"k{i}", CancellationToken.None)).ToArray();
        Assert.Throws<InvalidOperationException>(() => { _ = state.SetAsync("k", "v", CancellationToken.None); });
        Assert.Throws<InvalidOperationException>(() => { _ = state.GetAsync("k", CancellationToken.None); });
        release.Set();
        fixture.Until(() => open.All(static task => task.IsCompletedSuccessfully));
        fixture.Until(() => state.SetAsync("k", "v", CancellationToken.None) is not null);
    }

    [Fact]
    public void Bytes_are_bounded_too_and_duplicates_take_no_room()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPendingBytes = 2500 });
        var text = new string('x', 1000);
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e1", text: text)));
        for (var i = 0; i < 5; i++) Assert.Equal(Acceptance.Duplicate, fixture.Accept(DispatchFixture.Message("e1", text: text)));
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e2", text: text)));
        Assert.Equal(Acceptance.Refused("full"), fixture.Accept(DispatchFixture.Message("e3", text: text)));
    }

    [Fact]
    public void What_was_pending_before_a_restart_counts_against_the_limit()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        store.Accept(StoreFolder.Entry("e1"));
        store.Accept(StoreFolder.Entry("e2"));
        store.CloseCleanly();
        var fixture = new DispatchFixture(new InboxLimits { MaxPending = 2 }, folder);
        fixture.Until(() => fixture.Intake.Quota.Count == 2);
        Assert.Equal(Acceptance.Refused("full"), fixture.Accept(DispatchFixture.Message("e3")));
        fixture.Store.CloseCleanly();
    }

    [Fact]
    public void Closed_intake_and_closed_store_refuse_as_stopping()
    {
        using var fixture = new DispatchFixture();
        fixture.Dispatcher.CloseIntake();
        Assert.Equal(Acceptance.Refused("stopping"), fixture.Accept(DispatchFixture.Message("e1")));
        using var other = new DispatchFixture();
        other.Store.CloseCleanly();
        Assert.Equal(Acceptance.Refused("stopping"), other.Accept(DispatchFixture.Message("e1")));
        Assert.Equal(0, other.Intake.Quota.Count);
    }

    [Fact]
    public async Task Retired_generation_is_told_so_and_nothing_is_stored()
    {
        using var fixture = new DispatchFixture();
        Assert.Equal(
            Acceptance.Retired, await fixture.Inbox(isRetired: static () => true).AcceptAsync(DispatchFixture.Message("e1"), CancellationToken.None));
        Assert.Equal(0, fixture.Store.Balance().Inbound.Accepted);
    }

    [Fact]
    public void Full_disk_refuses_and_loses_nothing()
    {
        using var fixture = new DispatchFixture(with: o => o with { MaxPages = 150 });
        var text = new string('x', 50_000);
        var answers = Enumerable.Range(0, 20).Select(i => fixture.Accept(DispatchFixture.Message($"e{i}", text: text))).ToList();
        Assert.Contains(Acceptance.Refused("full"), answers);
        var stored = answers.Count(a => a == Acceptance.Stored);
        Assert.Equal((stored, stored), (fixture.Store.Pending().Count, (int)fixture.Intake.Quota.Count));
    }

    [Fact]
    public void Caller_that_gives_up_does_not_lose_the_message()
    {
        using var fixture = new DispatchFixture();
        using var cancellation = new CancellationTokenSource();
        using var release = new ManualResetEventSlim();
        fixture.Store.Accept(StoreFolder.Entry("e0"), _ => release.Wait(StoreFolder.Patience));
        var task = fixture.Inbox().AcceptAsync(DispatchFixture.Message("e1"), cancellation.Token);
        cancellation.Cancel();
        fixture.Until(() => task.IsCanceled);
        release.Set();
        Assert.Equal(Acceptance.Duplicate, fixture.Accept(DispatchFixture.Message("e1")));
    }

    [Fact]
    public void Continuation_that_blocks_does_not_hold_the_store()
    {
        using var fixture = new DispatchFixture();
        using var attached = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        fixture.Store.Accept(StoreFolder.Entry("e0"), _ => attached.Wait(StoreFolder.Patience));
        var blocked = fixture.Inbox().AcceptAsync(DispatchFixture.Message("e1"), CancellationToken.None)
            .ContinueWith(_ => release.Wait(StoreFolder.Patience), TaskContinuationOptions.ExecuteSynchronously);
        attached.Set();
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e2")));
        Assert.False(blocked.IsCompleted);
        release.Set();
    }

    [Fact]
    public async Task State_is_durable_when_set_and_stays_untouched_by_a_retired_generation()
    {
        using var fixture = new DispatchFixture();
        var none = CancellationToken.None;
        Assert.True(await new StoredState(fixture.Store, "a", static () => false).SetAsync("k", "v", none));
        Assert.False(await new StoredState(fixture.Store, "a", static () => true).SetAsync("k", "other", none));
        Assert.Equal("v", await new StoredState(fixture.Store, "a", static () => true).GetAsync("k", none));
        Assert.Null(await new StoredState(fixture.Store, "b", static () => false).GetAsync("k", none));
        await Assert.ThrowsAsync<ArgumentException>(
            () => new StoredState(fixture.Store, "a", static () => false).SetAsync(new string('k', 129), "v", none));
    }
}
