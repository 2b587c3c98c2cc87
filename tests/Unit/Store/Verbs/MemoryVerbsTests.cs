using Microsoft.Extensions.Time.Testing;
using PluginGateway.Store;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Tests.Store.Verbs;

/// <summary>The memory of sessions in the store: written with the end of a turn, forgotten by age, by quota and with its sender.</summary>
public sealed class MemoryVerbsTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly StoreFolder _folder;
    private MessageStore _store;
    private int _events;

    public MemoryVerbsTests()
    {
        _folder = new StoreFolder { Clock = _clock };
        _store = _folder.Open();
    }

    public void Dispose()
    {
        _store.Close(StoreFolder.Patience);
        _folder.Dispose();
    }

    [Fact]
    public void Changes_are_there_with_the_end_of_their_turn_and_only_for_their_handler_and_session()
    {
        var first = Turn();
        Assert.Null(_store.Memory("k"));
        Assert.True(_store.End(first, changes: Changes(StoreCalls.Owner(), ("k", "v\0\u00e9"), ("n", "1"))).Value);
        Assert.Equal(("v\0\u00e9", "1"), (_store.Memory("k"), _store.Memory("n")));
        Assert.Null(_store.Memory("k", StoreCalls.Owner("a/2")));
        Assert.Null(_store.Memory("k", StoreCalls.Owner(handler: "handler:other")));
        var sizes = _store.Begin(Turn()).Value!.Memory.Sizes;
        Assert.Equal([("k", 5), ("n", 2)], sizes.Select(static size => (size.Key, size.Value)).Order());
        End(("n", null), ("unknown", null));
        Assert.Equal(("v\0\u00e9", null), (_store.Memory("k"), _store.Memory("n")));
        End(("k", null));
        Assert.Equal(default, Used);
    }

    [Fact]
    public void A_turn_that_has_ended_before_changes_nothing()
    {
        var turn = Turn();
        Assert.True(_store.End(turn).Value);
        Assert.False(_store.End(turn, changes: Changes(StoreCalls.Owner(), ("k", "v"))).Value);
        Assert.Null(_store.Memory("k"));
    }

    [Fact]
    public void A_turn_whose_reply_was_lost_changes_nothing()
    {
        var (turn, ledger) = (Turn(), new ReplyLedger());
        ledger.Lose();
        Assert.False(_store.End(turn, ledger, Changes(StoreCalls.Owner(), ("k", "v"))).IsDurable);
        Assert.Null(_store.Memory("k"));
        Assert.Equal(default, Used);
    }

    [Fact]
    public void Sessions_and_bytes_of_a_handler_are_counted_over_a_restart()
    {
        End(("k", "12345"));
        End("a/2", ("k", "1"));
        End(("k", "123"));
        Assert.Equal(new MemoryUse(2, 6, 0), Used);
        Restart();
        Assert.Equal(new MemoryUse(2, 6, 0), Used);
        Assert.Equal("123", _store.Memory("k"));
    }

    [Fact]
    public void At_nine_tenths_of_the_quota_the_sessions_that_are_idle_longest_are_forgotten_but_none_with_an_open_turn()
    {
        Restart(static options => options with { MaxMemoryBytes = 10_000 });
        var open = Turn("a/0");
        for (var i = 0; i < 9; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            End($"a/{i}", ("k", new string('x', 999)));
        }

        Assert.Equal(new MemoryUse(9, 9_000, 0), Used);
        _clock.Advance(TimeSpan.FromMinutes(1));
        End("a/9", ("k", new string('x', 999)));
        // The oldest has an open turn.
        Assert.Equal(new MemoryUse(9, 9_000, 1), Used);
        Assert.NotNull(_store.Memory("k", StoreCalls.Owner("a/0")));
        Assert.Null(_store.Memory("k", StoreCalls.Owner("a/1")));
        Assert.Equal(1_000, _store.Begin(Turn("a/2"), 1, StoreCalls.Owner("a/2")).Value!.Memory.Room);
        Assert.True(_store.End(open).Value);
    }

    [Fact]
    public void Memory_is_forgotten_when_its_last_message_is_old_enough()
    {
        Restart(static options => options with { KeepMemory = TimeSpan.FromDays(2), SweepEvery = TimeSpan.FromMinutes(1) });
        End(("k", "v"));
        End("a/2", ("k", "v"));
        _clock.Advance(TimeSpan.FromDays(1.5));
        // A message without a change keeps it too.
        _store.Begin(Turn("a/2"), 1, StoreCalls.Owner("a/2"));
        _clock.Advance(TimeSpan.FromDays(1));
        StoreFolder.Until(() => _store.Memory("k") is null);
        Assert.Equal("v", _store.Memory("k", StoreCalls.Owner("a/2")));
        Assert.Equal(1, Used.Sessions);
    }

    [Fact]
    public void Where_ids_prove_nothing_memory_lasts_for_an_hour_after_the_last_message()
    {
        End(Nick("ann"), ("k", "v"));
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Single(_store.Begin(Turn("a/ann"), 1, Nick("ann")).Value!.Memory.Sizes);
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Single(_store.Begin(Turn("a/ann"), 1, Nick("ann")).Value!.Memory.Sizes);
        _clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Empty(_store.Begin(Turn("a/ann"), 1, Nick("ann")).Value!.Memory.Sizes);
        Assert.Null(_store.Memory("k", Nick("ann")));
    }

    [Fact]
    public void A_sender_who_leaves_takes_the_memory_along_also_that_of_a_turn_that_still_runs()
    {
        End(Nick("ann"), ("k", "v"));
        End(Nick("ben"), ("k", "v"));
        var running = Turn("a/ann");
        _store.Accept(StoreFolder.Entry("left") with { IsDiscarded = true, Left = ["ann"] });
        Assert.Equal((null, "v"), (_store.Memory("k", Nick("ann")), _store.Memory("k", Nick("ben"))));
        Assert.True(_store.End(running, changes: Changes(Nick("ann"), ("k", "late"))).Value);
        Assert.Null(_store.Memory("k", Nick("ann")));
        // Another person of that name.
        End(Nick("ann"), ("k", "other"));
        Assert.Equal("other", _store.Memory("k", Nick("ann")));
        _store.ForgetSenders("a");
        Assert.Equal((null, null), (_store.Memory("k", Nick("ann")), _store.Memory("k", Nick("ben"))));
        Assert.Equal(0, Used.Sessions);
    }

    [Fact]
    public void An_operator_lists_shows_and_drops_memory()
    {
        End(("k", "v"), ("l", "w"));
        _clock.Advance(TimeSpan.FromHours(2));
        End("b/1", ("k", "v"));
        var all = new MemoryQuery(null, null, null, null, 10);
        Assert.Equal(["b/1", "a/1"], Listed(all));
        Assert.Equal(["a/1"], Listed(all with { IdleSince = _clock.GetUtcNow() - TimeSpan.FromHours(1) }));
        Assert.Equal(["b/1"], Listed(all with { AdapterId = "b", HandlerId = "handler:h" }));
        Assert.Empty(Listed(all with { HandlerId = "handler:other" }));
        var query = all with { Session = "a/1" };
        Assert.Equal([("k", 2L, null), ("l", 2L, null)], Shown(query, withValues: false));
        Assert.Equal([("k", 2L, "v"), ("l", 2L, "w")], Shown(query, withValues: true));
        Assert.Equal(1, StoreCalls.Wait<int>(done => _store.DropMemory(query, done)).Value);
        Assert.Equal(["b/1"], Listed(all));
        Assert.Equal(1, StoreCalls.Wait<int>(done => _store.DropMemory(all, done)).Value);
        Assert.Equal(default, Used);
    }

    [Fact]
    public void Another_person_under_the_name_of_a_direct_chat_finds_no_memory_also_where_the_platform_vouches_for_both()
    {
        var (ann, ben) = (new MemoryOwner("handler:h", "a/ann", "a", "account:ann", true), new MemoryOwner("handler:h", "a/ann", "a", "account:ben", true));
        End(ann, ("k", "v"));
        _clock.Advance(TimeSpan.FromDays(1));
        _store.ForgetSenders("a");
        Assert.Single(_store.Begin(Turn("a/ann"), 1, ann).Value!.Memory.Sizes);
        Assert.Single(_store.Begin(Turn("a/ann"), 1, ann with { Sender = null }).Value!.Memory.Sizes);
        Assert.Empty(_store.Begin(Turn("a/ann"), 1, ben).Value!.Memory.Sizes);
        Assert.Null(_store.Memory("k", ann));
    }

    private static MemoryOwner Nick(string nick) => StoreCalls.Owner($"a/{nick}", sender: nick);

    private static MemoryChanges Changes(MemoryOwner owner, params (string Key, string? Value)[] values) =>
        new(owner, values.ToDictionary(static value => value.Key, static value => value.Value));

    private MemoryUse Used => _store.MemoryUses.GetValueOrDefault("handler:h");

    private void Restart(Func<StoreOptions, StoreOptions>? with = null)
    {
        _store.CloseCleanly();
        _store = _folder.Open(with);
    }

    private long Turn(string session = "a/1") => _store.Stored($"e{_events++}", session);

    private void End(params (string Key, string? Value)[] values) => End(StoreCalls.Owner(), values);

    private void End(string session, params (string Key, string? Value)[] values) =>
        End(StoreCalls.Owner(session, adapter: session.Split('/')[0]), values);

    private void End(MemoryOwner owner, params (string Key, string? Value)[] values) =>
        Assert.True(_store.End(Turn(owner.Session), changes: Changes(owner, values)).Value);

    private IEnumerable<string> Listed(MemoryQuery query) =>
        _store.Read(StoreFolder.Patience, db => MemoryQueries.List(db, query)).Value!.Select(static row => row.Session);

    private IEnumerable<(string Key, long Bytes, string? Value)> Shown(MemoryQuery query, bool withValues) =>
        _store.Read(StoreFolder.Patience, db => MemoryQueries.Show(db, query, withValues)).Value!
            .Select(static value => (value.Key, value.Bytes, value.Value));
}
