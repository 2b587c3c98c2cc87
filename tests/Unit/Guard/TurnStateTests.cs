using PluginGateway.Guard;

namespace PluginGateway.Tests.Guard;

/// <summary>The memory of a session as one turn sees it: each limit is an exception at the change.</summary>
public sealed class TurnStateTests
{
    private readonly List<string> _reads = [];

    [Fact]
    public async Task A_stored_value_is_read_once_asked_for_and_a_change_hides_it()
    {
        var state = New(new() { ["known"] = 10 });
        Assert.Null(await state.GetAsync("unknown", Token));
        Assert.Empty(_reads);
        Assert.Equal("stored known", await state.GetAsync("known", Token));
        state.Set("known", "new");
        state.Set("other", "value");
        Assert.Equal(("new", "value"), (await state.GetAsync("known", Token), await state.GetAsync("other", Token)));
        state.Remove("known");
        Assert.Null(await state.GetAsync("known", Token));
        Assert.Equal(["known"], _reads);
        Assert.Equal(["other"], state.Keys);
        Assert.Equal(new Dictionary<string, string?> { ["known"] = null, ["other"] = "value" }, state.Close());
    }

    [Fact]
    public void A_key_that_only_this_turn_has_had_is_no_change()
    {
        var state = New([]);
        state.Set("key", "value");
        state.Remove("key");
        state.Remove("unknown");
        Assert.Empty(state.Close());
    }

    [Fact]
    public async Task Nothing_is_read_or_changed_when_the_turn_is_over()
    {
        var state = New(new() { ["known"] = 10 });
        state.Set("key", "value");
        Assert.Single(state.Close());
        Assert.Throws<InvalidOperationException>(() => state.Set("key", "late"));
        Assert.Throws<InvalidOperationException>(() => state.Remove("known"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => state.GetAsync("known", Token));
        Assert.Equal("value", state.Close()["key"]);
    }

    [Fact]
    public void A_key_has_128_characters_and_a_value_64_KiB()
    {
        var state = New([]);
        state.Set(new string('k', 128), new string('x', TurnState.MaxValueBytes));
        Assert.Throws<ArgumentException>(() => state.Set("", "x"));
        Assert.Throws<ArgumentException>(() => state.Set(new string('k', 129), "x"));
        Assert.Throws<ArgumentException>(() => state.Set("k", new string('x', TurnState.MaxValueBytes + 1)));
        Assert.Throws<ArgumentException>(() => state.Set("k", new string('\u00e9', (TurnState.MaxValueBytes / 2) + 1)));
        Assert.Single(state.Close());
    }

    [Fact]
    public void A_turn_changes_256_KiB_and_a_value_set_again_counts_once()
    {
        var state = New([]);
        var value = new string('x', TurnState.MaxValueBytes - 2);
        for (var i = 0; i < 20; i++) state.Set($"k{i % 4}", value);
        Assert.Contains("262144 bytes", Assert.Throws<InvalidOperationException>(() => state.Set("k", "x")).Message, StringComparison.Ordinal);
        state.Remove("k0");
        state.Set("k", "x");
        Assert.Equal(4, state.Close().Count);
    }

    [Fact]
    public void A_session_has_1_MiB_and_gets_smaller_at_any_time()
    {
        var state = New(new() { ["a"] = TurnState.MaxSessionBytes - 10, ["b"] = 10 });
        Assert.Contains("1048576 bytes", Assert.Throws<InvalidOperationException>(() => state.Set("c", "x")).Message, StringComparison.Ordinal);
        state.Set("b", "12345678");
        Assert.Equal(["a", "b"], state.Keys);
        state.Remove("b");
        state.Set("c", "12345678");
        Assert.Equal(2, state.Close().Count);
    }

    [Fact]
    public void A_session_has_1024_keys()
    {
        var state = New(Enumerable.Range(0, TurnState.MaxKeys).ToDictionary(static i => $"k{i}", static _ => 10));
        Assert.Throws<InvalidOperationException>(() => state.Set("more", "x"));
        state.Remove("k1");
        state.Set("more", "x");
    }

    [Fact]
    public void A_handler_whose_memory_is_used_up_may_replace_and_remove_but_not_add()
    {
        var state = New(new() { ["a"] = 101 }, room: 0);
        var refusal = Assert.Throws<InvalidOperationException>(() => state.Set("b", "x")).Message;
        Assert.Contains("gateway.store.maxMemoryMegabytes", refusal, StringComparison.Ordinal);
        state.Set("a", new string('x', 100));
        state.Set("a", "shorter");
        state.Set("b", "fits");
        Assert.Equal(2, state.Close().Count);
    }

    [Fact]
    public void Changes_of_a_worker_are_made_under_the_same_limits()
    {
        var state = New(new() { ["gone"] = 10 });
        state.Take(new Dictionary<string, string?> { ["new"] = "value", ["gone"] = null });
        Assert.Equal(["new"], state.Keys);
        Assert.Throws<ArgumentException>(() => state.Take(new Dictionary<string, string?> { [""] = "x" }));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TurnState New(Dictionary<string, int> sizes, long room = long.MaxValue) => new(new SessionMemory(sizes, room), (key, _) =>
    {
        _reads.Add(key);
        return Task.FromResult<string?>($"stored {key}");
    });
}
