using CsCheck;
using PluginGateway.Store;

namespace PluginGateway.Tests.Store;

/// <summary>Any order of verbs, with crashes between them, keeps the books exact and leaves open exactly what a model says.</summary>
public sealed class StoreModelTests
{
    [Fact]
    public void Any_sequence_of_verbs_and_crashes_leaves_open_exactly_what_is_not_settled()
    {
        Gen.Int[0, 1_000_000].Array[5, 60].Sample(Play, iter: 12, threads: 1);
    }

    private static void Play(int[] steps)
    {
        var folder = new StoreFolder();
        var store = folder.Open();
        var (seen, pending, owed, ordinal) = (new HashSet<string>(), new List<long>(), new List<long>(), 0);
        foreach (var step in steps)
        {
            var pick = step / 8;
            switch (step % 8)
            {
                case 0 or 1:
                    var accepted = store.Accept(StoreFolder.Entry($"e{pick % 20}")).Value;
                    Assert.Equal(!seen.Add($"e{pick % 20}"), accepted.IsDuplicate);
                    if (!accepted.IsDuplicate) pending.Add(accepted.InboxId);
                    break;
                case 2 when pending.Count > 0:
                    owed.Add(store.Owe(pending[pick % pending.Count], ordinal++).Row!.Id);
                    break;
                case 3 when pending.Count > 0:
                    store.BeginTurn(pending[pick % pending.Count], 1);
                    if (pick % 2 == 0) break;
                    Assert.True(store.End(pending[pick % pending.Count]).Value);
                    pending.RemoveAt(pick % pending.Count);
                    break;
                case 4 when pending.Count > 0:
                    Assert.True(StoreCalls.Wait<bool>(done => store.ParkTurn(pending[pick % pending.Count], "why", done)).Value);
                    pending.RemoveAt(pick % pending.Count);
                    break;
                case 5 when owed.Count > 0:
                    Assert.NotNull(store.Lease(owed[pick % owed.Count]));
                    break;
                case 6 when owed.Count > 0:
                    Assert.True(store.Deliver(owed[pick % owed.Count]));
                    owed.RemoveAt(pick % owed.Count);
                    break;
                case 7:
                    var copy = new StoreFolder();
                    InboxStoreTests.CopyDatabase(folder, copy);
                    store.CloseCleanly();
                    folder.Dispose();
                    (folder, store) = (copy, copy.Open());
                    break;
            }
        }

        Assert.Equal(pending, store.Pending().Select(r => r.Id));
        Assert.Equal(owed, store.Open().Select(r => r.Id));
        store.Balance();
        store.CloseCleanly();
        folder.Dispose();
    }
}
