using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <summary>Contents of a database when it is opened, read in one transaction.</summary>
/// <param name="Generations">The last generation of each adapter id.</param>
/// <param name="Balance">The balance.</param>
/// <param name="Secret">Random bytes that only this database knows.</param>
/// <param name="Pairings">Pairings and requests.</param>
/// <param name="Ahead">Age of the last stored message by the current clock.</param>
internal sealed record StoreSnapshot(
    Dictionary<string, int> Generations, Balance Balance, byte[] Secret, IReadOnlyList<PairingRow> Pairings, TimeSpan Ahead)
{
    public static StoreSnapshot Read(Session db) =>
        new(AdapterVerbs.Generations(db), BalanceQuery.Read(db), AdapterVerbs.Secret(db), PairingVerbs.Load(db), AheadOf(db));

    private static TimeSpan AheadOf(Session db)
    {
        var last = Math.Max(
            db.Scalar<long>("SELECT accepted_utc FROM inbox WHERE id = (SELECT max(id) FROM inbox)"),
            db.Scalar<long>("SELECT owed_utc FROM outbox WHERE id = (SELECT max(id) FROM outbox)"));
        return last == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(db.Now - last);
    }
}
