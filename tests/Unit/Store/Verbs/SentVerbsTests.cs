using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Tests.Store.Verbs;

/// <summary>Platforms' ids of our messages: found at once, after a restart, whatever the clock does, and as long as the row is kept.</summary>
public sealed class SentVerbsTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly StoreFolder _folder;
    private MessageStore _store;
    private int _events;

    public SentVerbsTests()
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
    public void A_message_is_found_as_soon_as_it_is_delivered()
    {
        Assert.Null(Target("1"));
        var first = Deliver("1");
        Assert.Equal(first, Target("1"));
        // In the same millisecond as the last look.
        var (second, third) = (Deliver("2"), Deliver("3\n4"));
        Assert.Equal([first, second, third, third, null], [Target("1"), Target("2"), Target("3"), Target("4"), Target("5")]);
        Assert.Null(Target("1", "a/2"));
    }

    [Fact]
    public void Of_messages_with_the_same_id_the_last_one_is_found()
    {
        Deliver("1");
        Assert.Equal(Deliver("1"), Target("1"));
    }

    [Fact]
    public void A_part_of_a_message_that_was_not_delivered_as_a_whole_is_found_also_when_it_is_marked_as_sent()
    {
        var row = Owe();
        Assert.True(StoreCalls.Wait<bool>(done => _store.SettlePartial(row, 2, "7", _clock.GetUtcNow(), "", done)).Value);
        Assert.Equal(row, Target("7"));
        Assert.True(_store.Park(row));
        Assert.Equal(row, Target("7"));
        StoreCalls.Wait<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>(done => _store.MarkSent([row], done));
        Assert.Equal(row, Target("7"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-3600)]
    public void What_was_delivered_before_a_restart_is_found_wherever_the_clock_is(int seconds)
    {
        var before = Deliver("1");
        Target("1");
        var after = Deliver("2");
        Restart(TimeSpan.FromSeconds(seconds));
        Assert.Equal([before, after], [Target("1"), Target("2")]);
        var later = Deliver("3");
        Assert.Equal([before, after, later], [Target("1"), Target("2"), Target("3")]);
    }

    [Fact]
    public void A_forgotten_message_takes_its_id_along()
    {
        _store.Close(StoreFolder.Patience);
        _store = _folder.Open(static options => options with { KeepSettled = TimeSpan.FromHours(1), SweepEvery = TimeSpan.Zero });
        var row = Deliver("1");
        Assert.Equal(row, Target("1"));
        _clock.Advance(TimeSpan.FromHours(2));
        StoreFolder.Until(() => StoreCalls.Wait<OutboxRow?>(done => _store.FindOutbox(row, done)).Value is null);
        _store.Close(StoreFolder.Patience);
        using (var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False"))
        {
            connection.Open();
            using var count = connection.CreateCommand();
            count.CommandText = "SELECT count(*) FROM sent";
            Assert.Equal(0L, count.ExecuteScalar());
        }

        _store = _folder.Open();
        Assert.Null(Target("1"));
    }

    [Fact]
    public void Messages_of_a_portion_are_copied_without_a_question()
    {
        var rows = Enumerable.Range(1, SentVerbs.Portion + 10).Select(number => (Number: number, Row: Deliver($"{number}"))).ToArray();
        using var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using var count = connection.CreateCommand();
        count.CommandText = "SELECT count(*) FROM sent";
        StoreFolder.Until(() => (long)count.ExecuteScalar()! >= SentVerbs.Portion);
        Assert.Equal(rows[^1].Row, Target($"{rows[^1].Number}"));
    }

    private long Owe()
    {
        var turn = _store.Stored($"e{++_events}");
        var row = _store.Owe(turn, 1).Id;
        Assert.True(_store.End(turn).Value);
        return row;
    }

    private long Deliver(string messageIds)
    {
        var row = Owe();
        Assert.True(StoreCalls.Wait<bool>(done => _store.SettleDelivered(row, messageIds, done)).Value);
        return row;
    }

    /// <summary>Returns the message that a quote of this id is about; null: none.</summary>
    private long? Target(string messageId, string chat = "a/1") => _store.Accept(
        StoreFolder.Entry($"e{++_events}") with { About = new SentMessage(chat, messageId) }).Value.Target;

    private void Restart(TimeSpan later)
    {
        _store.Close(StoreFolder.Patience);
        if (later >= TimeSpan.Zero) _clock.Advance(later);
        else _clock.AdjustTime(_clock.GetUtcNow() + later);
        _store = _folder.Open();
    }
}
