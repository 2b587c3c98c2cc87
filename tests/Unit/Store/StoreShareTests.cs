using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;

namespace PluginGateway.Tests.Store;

/// <summary>What one adapter keeps, however much, is paid by that adapter; on real files.</summary>
public sealed class StoreShareTests
{
    private const long Limit = 8 * 1024 * 1024;

    /// <summary>Event ids of the log.</summary>
    private const int MakingRoom = 5010, LimitReached = 5011, BelowLimit = 5012, ForgettingFresh = 5018, RoomAgain = 5019;

    [Fact]
    public void State_beyond_the_quota_is_refused_and_said_and_the_store_takes_everybodys_messages()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { MaxBytes = Limit });
        var kept = 0;
        CommandResult<bool> commandResult;
        while ((commandResult = Set(store, "sin", $"k{kept}", new string('x', 60_000))).IsDurable) Assert.True(++kept < 500, "It is never refused.");
        Assert.InRange(kept * 60_000, Limit / 16, Limit / 8);
        Assert.Contains("'sin' has used its share of the store for state", commandResult.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains("plugin-gateway state forget sin", Assert.Single(store.StateRefusals.Sentences), StringComparison.Ordinal);
        Assert.Null(store.Refusal);
        Assert.True(Set(store, "good", "cursor", "1").IsDurable);
        // A cursor that is there goes on; a message whose state has no room is kept without it.
        Assert.True(Set(store, "sin", "k0", "small").IsDurable);
        while (Set(store, "sin", $"s{kept++}", new string('x', 2000)).IsDurable) Assert.True(kept < 5000, "It is never refused.");
        Assert.True(Set(store, "sin", "k0", "a little longer").IsDurable);
        var accepted = store.Accept(StoreFolder.Entry("e1", adapter: "sin", state: new() { ["big"] = new string('x', 60_000), ["k0"] = "cursor" }));
        Assert.True(accepted.IsDurable);
        Assert.Equal((null, "cursor"), (store.State("sin", "big"), store.State("sin", "k0")));
        Assert.Equal(1, store.Balance().Inbound.Accepted);

        while (StoreCalls.Wait<int>(done => store.ForgetState("sin", 10, done)).Value > 0)
        {
        }

        Assert.Empty(store.StateRefusals.Sentences);
        Assert.True(Set(store, "sin", "again", new string('x', 60_000)).IsDurable);
        Assert.Equal("1", store.State("good", "cursor"));
        Assert.Equal([("good", 1, 7L), ("sin", 1, 60_005L)], Usages(store).Select(u => (u.AdapterId, (int)u.StateKeys, u.StateBytes)));
        store.CloseCleanly();
    }

    [Fact]
    public void Keys_beyond_the_quota_are_refused_and_those_that_go_make_room()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { MaxStateKeys = 3 });
        foreach (var key in (string[])["a", "b", "c"]) Assert.True(Set(store, "sin", key, "1").IsDurable);
        Assert.False(Set(store, "sin", "d", "1").IsDurable);
        Assert.True(Set(store, "sin", "a", null).IsDurable);
        Assert.True(Set(store, "sin", "d", "1").IsDurable);
        Assert.Empty(store.StateRefusals.Sentences);
        store.CloseCleanly();
        store = folder.Open(o => o with { MaxStateKeys = 3 });
        Assert.False(Set(store, "sin", "e", "1").IsDurable);
        store.CloseCleanly();
    }

    [Fact]
    public void Usage_follows_the_rows_also_when_a_transaction_is_undone()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        Set(store, "a", "k", "12345");
        var ledger = new ReplyLedger();
        ledger.Lose();
        // One batch: what fails takes nothing of its neighbours with it, and nothing is counted twice.
        var id = store.Stored("first");
        for (var i = 0; i < 50; i++) store.Accept(StoreFolder.Entry($"e{i % 40}"), static _ => { });
        store.EndTurn(new TurnEnd(id, ledger, null), static _ => { });
        for (var i = 0; i < 50; i++) store.SetState("a", $"k{i % 10}", new string('x', i), static _ => { });
        store.Balance();
        store.CloseCleanly();
        store = folder.Open();
        var counted = Assert.Single(Usages(store));
        store.CloseCleanly();
        using (var connection = Database.OpenExisting(folder.Database)) UsageTable.Recount(connection);
        store = folder.Open();
        Assert.Equal(Assert.Single(Usages(store)), counted);
        Assert.Equal((41, 11), (counted.Seen, counted.StateKeys));
        store.CloseCleanly();
    }

    [Fact]
    public void Event_ids_make_room_when_nothing_else_can_and_a_quiet_adapter_keeps_its_own()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { MaxBytes = 1024 * 1024, SweepRows = 2000 });
        Assert.True(store.End(store.Accept(StoreFolder.Entry("quiet", adapter: "quiet")).Value.InboxId).Value);
        Flood(store, 0, 20_000);
        Assert.Equal((20_001, 20_001), (store.Balance().Inbound.Accepted, store.Balance().Inbound.Handled));
        // Who fills it, and what to do.
        Assert.Contains("of adapter 'flood'", store.FreshForgotten, StringComparison.Ordinal);
        Assert.Contains("plugin-gateway adapter disable flood", store.FreshForgotten, StringComparison.Ordinal);
        Assert.Null(store.Refusal);
        Assert.True(store.Accept(StoreFolder.Entry("e19999", adapter: "flood")).Value.IsDuplicate);
        Assert.True(store.Accept(StoreFolder.Entry("quiet", adapter: "quiet")).Value.IsDuplicate);
        Assert.False(store.Accept(StoreFolder.Entry("e0", adapter: "flood")).Value.IsDuplicate);
        store.CloseCleanly();
    }

    [Fact]
    public void Ids_that_a_platform_gives_count_as_bytes_of_their_adapter_and_those_of_many_parts_are_bounded()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var row = store.Owe(store.Stored("e1"), 0).Row!;
        var before = Bytes();
        for (var part = 1; part <= 20; part++)
        {
            store.Lease(row.Id, part);
            Assert.True(
                StoreCalls.Wait<bool>(done => store.SettlePartial(row.Id, part, new string('ü', 10_000), folder.Clock.GetUtcNow(), "", done)).Value);
        }

        Assert.InRange(Bytes() - before, 2 * 40_000, 2 * 64 * 1024);
        Assert.True(store.Deliver(row.Id));
        store.CloseCleanly();

        long Bytes() => Assert.Single(store.Read(StoreFolder.Patience, StoreCensus.Read).Value!, static use => use.AdapterId == "a").MessageBytes;
    }

    [Fact]
    public void At_the_limit_who_fills_the_store_is_refused_and_named_and_the_others_are_not()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { MaxBytes = Limit });
        for (var i = 0; store.RefusalFor("flood") is null; i++)
        {
            Assert.True(i < 2000, "It is never full.");
            store.Accept(StoreFolder.Entry($"e{i}", adapter: "flood", text: new string('x', 20_000)));
        }

        StoreFolder.Until(() => store.Refusal is { } refusal && refusal.Message.Contains("'flood'", StringComparison.Ordinal));
        StoreFolder.Until(() => store.RefusalFor("quiet") is null);
        Assert.NotNull(store.RefusalFor("flood"));
        Assert.True(store.Accept(StoreFolder.Entry("q1", adapter: "quiet")).IsDurable);
        Assert.False(Set(store, "flood", "more", new string('x', 5000)).IsDurable);
        store.CloseCleanly();
    }

    [Fact]
    public void Lack_of_room_is_said_once_and_not_at_every_step()
    {
        using var folder = new StoreFolder();
        var log = new CountingLog();
        var store = MessageStore.Open(new StoreOptions(folder.Database) { MaxBytes = Limit }, TimeProvider.System, log);
        for (var i = 0; store.Refusal is null; i++)
        {
            Assert.True(i < 2000, "It is never full.");
            store.Accept(StoreFolder.Entry($"e{i}", text: new string('x', 20_000)));
        }

        for (var i = 0; i < 200; i++) store.Pending(limit: 1);
        Assert.Equal(1, log.Of(MakingRoom));
        Assert.Equal(1, log.Of(LimitReached));
        store.CloseCleanly();
    }

    [Fact]
    public void A_flood_of_event_ids_is_logged_at_its_begin_once_a_minute_while_it_lasts_and_at_its_end()
    {
        using var folder = new StoreFolder();
        var (log, clock) = (new CountingLog(), new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)));
        var store = MessageStore.Open(new StoreOptions(folder.Database) { MaxBytes = 1024 * 1024, SweepRows = 2000 }, clock, log);
        Flood(store, 0, 20_000);
        Assert.Equal((1, 1), (log.Of(MakingRoom), log.Of(ForgettingFresh)));
        clock.Advance(TimeSpan.FromSeconds(40));
        Flood(store, 20_000, 10_000);
        Assert.Equal((1, 1), (log.Of(MakingRoom), log.Of(ForgettingFresh)));
        clock.Advance(TimeSpan.FromSeconds(40));
        Flood(store, 30_000, 10_000);
        Assert.Equal((2, 2), (log.Of(MakingRoom), log.Of(ForgettingFresh)));
        Assert.Equal(0, log.Of(RoomAgain));
        clock.Advance(TimeSpan.FromMinutes(1));
        StoreFolder.Until(() => log.Of(RoomAgain) == 1);
        store.CloseCleanly();
    }

    [Fact]
    public void A_limit_that_is_reached_again_and_again_is_logged_once_and_its_end_after_a_minute_without_it()
    {
        using var folder = new StoreFolder();
        var (log, clock) = (new CountingLog(), new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)));
        var store = MessageStore.Open(new StoreOptions(folder.Database) { MaxBytes = Limit }, clock, log);
        var ids = new Queue<long>();
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; store.Refusal is null; i++)
            {
                Assert.True(i < 2000, "It is never full.");
                var accepted = store.Accept(StoreFolder.Entry($"{round}.{i}", text: new string('x', 20_000)));
                if (accepted.IsDurable) ids.Enqueue(accepted.Value.InboxId);
            }

            for (var i = 0; i < 50; i++) Assert.True(store.End(ids.Dequeue()).Value);
            StoreFolder.Until(() => store.Refusal is null);
        }

        Assert.Equal((1, 0), (log.Of(LimitReached), log.Of(BelowLimit)));
        clock.Advance(TimeSpan.FromMinutes(1));
        StoreFolder.Until(() => log.Of(BelowLimit) == 1);
        Assert.Equal(1, log.Of(LimitReached));
        store.CloseCleanly();
    }

    /// <summary>Messages of one adapter that are answered at once: only their event ids stay.</summary>
    private static void Flood(MessageStore store, int first, int count)
    {
        var ended = 0;
        for (var i = 0; i < count; i++)
        {
            store.Accept(StoreFolder.Entry($"e{first + i}", adapter: "flood"), commandResult =>
                store.EndTurn(new TurnEnd(commandResult.Value.InboxId, new(), null), _ => Interlocked.Increment(ref ended)));
            if (i % 500 == 499) StoreFolder.Until(() => Volatile.Read(ref ended) == i + 1);
        }
    }

    private static CommandResult<bool> Set(MessageStore store, string adapter, string key, string? value) =>
        StoreCalls.Wait<bool>(done => store.SetState(adapter, key, value, done));

    private static List<AdapterUsage> Usages(MessageStore store) =>
        [.. store.Read(StoreFolder.Patience, static db => db.Usage.All()).Value!.Where(static usage => usage.AdapterId[0] != ':')
            .OrderBy(static usage => usage.AdapterId, StringComparer.Ordinal)];
}

/// <summary>Counts lines by their event ids.</summary>
internal sealed class CountingLog : ILogger
{
    private readonly ConcurrentDictionary<int, int> _counts = new();

    public int Of(int eventId) => _counts.GetValueOrDefault(eventId);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _counts.AddOrUpdate(eventId.Id, 1, static (_, count) => count + 1);

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
