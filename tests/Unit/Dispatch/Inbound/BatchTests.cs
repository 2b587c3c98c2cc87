using PluginGateway.Configuration.Options;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Inbound;

/// <summary>Batches of a platform: one transaction, one outcome for each event.</summary>
public sealed class BatchTests
{
    private static readonly Dictionary<string, string> Cursor = new() { ["cursor"] = "9" };

    private static InboundEvent[] Batch(int from, int count) =>
        [.. Enumerable.Range(from, count).Select(static i => DispatchFixture.Message($"e{i}", text: $"{i}"))];

    [Fact]
    public void Every_event_has_its_outcome_and_the_state_is_stored_with_them()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Attach();
        fixture.Accept(DispatchFixture.Message("e1"));
        InboundEvent[] batch =
        [
            DispatchFixture.Message("e0", text: "0"), DispatchFixture.Message("e1", text: "1"),
            DispatchFixture.Message("e2", text: new string('x', (1024 * 1024) + 1)), DispatchFixture.Message("e0", text: "again"),
            DispatchFixture.Message("e3") with { IsHistory = true },
        ];
        var outcomes = fixture.Get(fixture.Inbox().AcceptAsync(batch, Cursor, CancellationToken.None));
        Assert.Equal(
            [Acceptance.Stored, Acceptance.Duplicate, Acceptance.Discarded("tooLarge"), Acceptance.Duplicate, Acceptance.Discarded("history")],
            outcomes);
        Assert.Equal("9", fixture.Store.State("a", "cursor"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Complete(0);
        fixture.Until(() => handler.Turns.Count == 2);
        handler.Complete(1);
        var books = fixture.Store.Balance().Inbound;
        Assert.Equal((2, 2, 2, 2), (books.Accepted, books.Handled, books.Duplicates, books.Discarded));
        Assert.Equal((0, 0), (fixture.Intake.Quota.Count, fixture.Intake.Quota.Bytes));
        Assert.Equal((1, 1), (Count(fixture, "tooLarge"), Count(fixture, "history")));
    }

    [Fact]
    public void Without_room_for_all_nothing_is_stored()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 3 });
        fixture.Accept(DispatchFixture.Message("first"));
        var inbox = fixture.Inbox();
        Assert.All(fixture.Get(inbox.AcceptAsync(Batch(0, 3), Cursor, CancellationToken.None)),
            static outcome => Assert.Equal(Acceptance.Refused("full"), outcome));
        var books = fixture.Store.Balance().Inbound;
        Assert.Equal((1, 3, null), (books.Accepted, books.Refused, fixture.Store.State("a", "cursor")));
        // The next batch is behind the refused one until that has come again.
        Assert.All(fixture.Get(inbox.AcceptAsync(Batch(3, 1), Cursor, CancellationToken.None)),
            static outcome => Assert.Equal(Acceptance.Refused("outOfOrder"), outcome));
        Assert.All(fixture.Get(inbox.AcceptAsync(Batch(0, 2), null, CancellationToken.None)),
            static outcome => Assert.Equal(Acceptance.Stored, outcome));
        Assert.Equal(3, fixture.Intake.Quota.Count);
    }

    [Fact]
    public void A_commit_that_fails_stores_nothing_of_the_batch()
    {
        using var fixture = new DispatchFixture(with: static o => o with { MaxPages = 150 });
        var large = Enumerable.Range(0, 8).Select(static i => DispatchFixture.Message($"e{i}", text: new string('x', 100_000))).ToArray();
        Assert.All(fixture.Get(fixture.Inbox().AcceptAsync(large, Cursor, CancellationToken.None)),
            static outcome => Assert.Equal(Acceptance.Refused("full"), outcome));
        Assert.Equal((0, 0, 0), (fixture.Store.Pending().Count, fixture.Intake.Quota.Count, fixture.Intake.Quota.Bytes));
        Assert.Null(fixture.Store.State("a", "cursor"));
    }

    [Fact]
    public void Where_nothing_is_delivered_again_a_batch_waits_as_a_whole()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 3 });
        var handler = fixture.AttachHandler();
        var inbox = fixture.Inbox(inbound: InboundClass.NonReplayable);
        fixture.Get(inbox.AcceptAsync(DispatchFixture.Message("first"), CancellationToken.None));
        var waiting = inbox.AcceptAsync(Batch(0, 3), Cursor, CancellationToken.None);
        fixture.Until(() => handler.Turns.Count == 1);
        Assert.False(waiting.IsCompleted);
        handler.Complete(0);
        Assert.All(fixture.Get(waiting), static outcome => Assert.Equal(Acceptance.Stored, outcome));
        Assert.Equal("9", fixture.Store.State("a", "cursor"));
    }

    [Fact]
    public void A_batch_over_a_limit_is_refused_with_an_exception_and_a_retired_generation_is_told_so()
    {
        using var fixture = new DispatchFixture();
        var inbox = fixture.Inbox();
        Assert.Throws<ArgumentException>(() => { _ = inbox.AcceptAsync([], Cursor, CancellationToken.None); });
        Assert.Throws<ArgumentException>(() => { _ = inbox.AcceptAsync(Batch(0, 257), Cursor, CancellationToken.None); });
        Assert.Throws<ArgumentException>(() => { _ = inbox.AcceptAsync([null!], Cursor, CancellationToken.None); });
        var large = Enumerable.Range(0, 9).Select(static i => DispatchFixture.Message($"e{i}", text: new string('x', 1_000_000))).ToArray();
        Assert.Throws<ArgumentException>(() => { _ = inbox.AcceptAsync(large, null, CancellationToken.None); });
        Assert.Throws<ArgumentException>(() =>
        {
            _ = inbox.AcceptAsync(Batch(0, 1), new Dictionary<string, string> { [""] = "x" }, CancellationToken.None);
        });
        Assert.Equal([Acceptance.Retired, Acceptance.Retired],
            fixture.Get(fixture.Inbox(isRetired: static () => true).AcceptAsync(Batch(0, 2), Cursor, CancellationToken.None)));
        Assert.Equal(0, fixture.Store.Balance().Inbound.Accepted);
    }

    private static long Count(DispatchFixture fixture, string cause) => fixture.Snapshot.Adapters.Single().Discarded[cause];
}
