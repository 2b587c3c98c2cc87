using PluginGateway.Store;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Tests.Store.Verbs;

/// <summary>The end of a turn is one transaction, and an attempt is told of what former ones have owed and noted.</summary>
public sealed class TurnVerbsTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly MessageStore _store;

    public TurnVerbsTests() => _store = _folder.Open();

    public void Dispose()
    {
        _store.Close(StoreFolder.Patience);
        _folder.Dispose();
    }

    [Fact]
    public void Last_reply_memory_and_end_are_stored_together_and_once()
    {
        var turn = _store.Stored("e1");
        var end = new TurnEnd(turn, new(), new(StoreCalls.Owner(), new Dictionary<string, string?> { ["k"] = "v" })) { Last = Reply(turn, 0, "bye") };
        var first = _store.Finish(end).Value;
        Assert.True(first is { IsEnded: true, Last.Outcome: EnqueueOutcome.Owed });
        var again = _store.Finish(end with { Last = Reply(turn, 1, "more") }).Value;
        Assert.True(again is { IsEnded: false, Last.Id: 0 });
        Assert.Equal(("v", 1), (_store.Memory("k"), _store.Open().Count));
        Assert.Equal((1, 1), (_store.Balance().Inbound.Handled, _store.Balance().Outbound.Owed));
    }

    [Fact]
    public void An_end_without_its_lost_reply_stores_nothing_of_it()
    {
        var (turn, ledger) = (_store.Stored("e1"), new ReplyLedger());
        ledger.Lose();
        var end = new TurnEnd(turn, ledger, new(StoreCalls.Owner(), new Dictionary<string, string?> { ["k"] = "v" })) { Last = Reply(turn, 0, "bye") };
        Assert.Equal(StoreCode.ReplyLost, _store.Finish(end).Failure?.Code);
        Assert.Equal((null, 0, 1L), (_store.Memory("k"), _store.Open().Count, _store.Balance().Inbound.Pending));
    }

    [Fact]
    public void An_attempt_is_told_of_the_replies_of_its_turn_alone_in_their_order()
    {
        var (turn, other) = (_store.Stored("e1"), _store.Stored("e2", "a/2"));
        for (var i = 0; i < 12; i++) Owe(Reply(turn, i, $"text {i}"));
        Owe(Reply(other, 0, "other"));
        Owe(Reply(turn, 0, "of a program") with { Key = $"{_store.DatabaseId}.t{turn}.0", InboxId = 0 });
        Assert.True(_store.Deliver(_store.Open()[1].Id));
        var begun = _store.Begin(turn).Value!;
        Assert.Equal(Enumerable.Range(0, 12), begun.Earlier.Select(static row => row.Ordinal));
        Assert.Equal([1], begun.Earlier.Where(static row => row.State == OutboxState.Delivered).Select(static row => row.Ordinal));
        Assert.Equal("text 11", Payloads.ReadOutbound(begun.Earlier[11].Payload!).Text);
        Assert.Empty(_store.Begin(_store.Stored("e3")).Value!.Earlier);
    }

    [Fact]
    public void Replies_beyond_64_or_256_KiB_are_told_of_without_their_texts_or_not_at_all()
    {
        var (many, large) = (_store.Stored("e1"), _store.Stored("e2", "a/2"));
        for (var i = 0; i < 70; i++) Owe(Reply(many, i, "x"));
        for (var i = 0; i < 3; i++) Owe(Reply(large, i, new string('x', 100_000)));
        Assert.Equal(TurnVerbs.MostEarlier, _store.Begin(many).Value!.Earlier.Count);
        Assert.Equal([true, true, false], _store.Begin(large).Value!.Earlier.Select(static row => row.Payload is not null));
    }

    [Fact]
    public void Notes_last_until_their_turn_has_been_handled_or_is_forgotten()
    {
        var (handled, parked) = (_store.Stored("e1"), _store.Stored("e2", "a/2"));
        Assert.True(Note(handled, "k", "v") && Note(handled, "k", "w") && Note(parked, "p", "v"));
        Assert.Equal(new Dictionary<string, string> { ["k"] = "w" }, _store.Begin(handled).Value!.Notes);
        Assert.True(_store.End(handled).Value);
        Assert.False(Note(handled, "k", "late"));
        Assert.True(StoreCalls.Wait<bool>(done => _store.ParkTurn(parked, "why", done)).Value);
        Assert.False(Note(parked, "q", "late"));
        // The operator's rerun is another attempt of this turn.
        _store.Rerun(parked);
        Assert.Equal(new Dictionary<string, string> { ["p"] = "v" }, _store.Begin(parked).Value!.Notes);
        Assert.Equal(1, _store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT count(*) FROM turn_notes")).Value);
    }

    private OutboxEntry Reply(long turn, int ordinal, string text) => StoreCalls.Reply(_store, turn, ordinal, text);

    private void Owe(OutboxEntry entry) =>
        Assert.Equal(EnqueueOutcome.Owed, StoreCalls.Wait<EnqueueResult>(done => _store.Enqueue(entry, done)).Value.Outcome);

    private bool Note(long turn, string key, string value) => StoreCalls.Wait<bool>(done => _store.NoteTurn(turn, key, value, done)).Value;
}
