using System.Text;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Store;
using PluginGateway.Store.Files;

namespace PluginGateway.Tests.Store;

/// <summary>Tickets: kept for the replies of their turn, over a restart, and erased as soon as they are of no use.</summary>
public sealed class TicketStoreTests : IDisposable
{
    private const string Secret = "a-very-secret-ticket";
    private readonly StoreFolder _folder = new() { Clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)) };

    public void Dispose() => _folder.Dispose();

    private FakeTimeProvider Clock => (FakeTimeProvider)_folder.Clock;

    [Fact]
    public void Every_reply_of_the_turn_has_the_ticket_until_it_expires_also_after_a_restart()
    {
        var store = _folder.Open();
        var until = Clock.GetUtcNow().AddMinutes(1);
        var turn = Accept(store, "e", until);
        var other = store.Stored("without");
        var (first, second) = (store.Owe(turn, 0).Id, store.Owe(turn, 1).Id);
        Assert.Equal(new Ticket(Secret, until), store.Lease(first)!.Ticket);
        Assert.Null(store.Lease(store.Owe(other, 0).Id)!.Ticket);
        store.CloseCleanly();

        var again = _folder.Open();
        Assert.Equal(new Ticket(Secret, until), again.Lease(second)!.Ticket);
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(again.Lease(second, 2)!.Ticket);
        again.CloseCleanly();
    }

    [Fact]
    public void A_ticket_is_erased_when_the_turn_has_ended_and_its_replies_are_settled_or_when_it_has_expired()
    {
        var store = _folder.Open();
        var until = Clock.GetUtcNow().AddHours(1);
        var (answered, parked, running, expires) = (
            Accept(store, "1", until), Accept(store, "2", until), Accept(store, "3", until), Accept(store, "4", Clock.GetUtcNow().AddSeconds(10)));
        var reply = store.Owe(answered, 0).Id;
        Assert.True(store.End(answered).Value);
        StoreCalls.Wait<bool>(done => store.ParkTurn(parked, "why", done));
        AwaitTickets(store, answered, running, expires);

        Assert.True(store.Deliver(reply));
        AwaitTickets(store, running, expires);
        Clock.Advance(TimeSpan.FromSeconds(10));
        AwaitTickets(store, running);
        Assert.True(store.End(running).Value);
        AwaitTickets(store);
        store.CloseCleanly();
    }

    [Fact]
    public void No_backup_has_a_ticket()
    {
        var store = _folder.Open();
        var turn = Accept(store, "e", Clock.GetUtcNow().AddHours(1));
        var backup = Path.Combine(_folder.Folder, "backup.db");
        Backup.Write(_folder.Database, backup, Clock);
        Assert.Equal(1, store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT count(*) FROM tickets")).Value);
        Assert.DoesNotContain(Secret, Encoding.Latin1.GetString(File.ReadAllBytes(backup)), StringComparison.Ordinal);
        Assert.Equal(["backup.db"], Directory.GetFiles(_folder.Folder, "backup*").Select(Path.GetFileName));
        Assert.NotNull(store.Lease(store.Owe(turn, 0).Id)!.Ticket);
        store.CloseCleanly();
    }

    private static long Accept(MessageStore store, string eventId, DateTimeOffset until)
    {
        var accepted = store.Accept(StoreFolder.Entry(eventId) with { Ticket = new Ticket(Secret, until) });
        Assert.True(accepted.IsDurable, accepted.Failure?.Message);
        return accepted.Value.InboxId;
    }

    /// <summary>Waits until these turns have tickets and no others; the writer looks once a second.</summary>
    private void AwaitTickets(MessageStore store, params long[] turns)
    {
        Clock.Advance(TimeSpan.FromSeconds(1));
        StoreFolder.Until(() => store.Read(StoreFolder.Patience, static db =>
        {
            var ids = new List<long>();
            using var rows = db.Query("SELECT inbox_id FROM tickets ORDER BY inbox_id");
            while (rows.Read()) ids.Add(rows.GetInt64(0));
            return ids;
        }).Value!.SequenceEqual(turns));
    }
}
