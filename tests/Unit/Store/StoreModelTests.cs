using CsCheck;
using PluginGateway.Store;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Tests.Store;

/// <summary>Any order of verbs, the operator's included, with crashes between them, leaves exactly what a simple model says; the books are compared
/// after every step.</summary>
public sealed class StoreModelTests
{
    [Fact]
    public void Any_sequence_of_verbs_and_crashes_agrees_with_the_model() => Gen.Int[0, 1_000_000].Array[5, 80].Sample(Play, iter: 25, threads: 1);

    private static void Play(int[] steps)
    {
        var folder = new StoreFolder();
        var store = folder.Open();
        var (model, ordinal) = (new Model(), 0);
        foreach (var step in steps)
        {
            var pick = step / 20;
            var turn = model.Inbox.Count == 0 ? 0 : model.Inbox.Keys.ElementAt(pick % model.Inbox.Count);
            var entry = model.Outbox.Count == 0 ? 0 : model.Outbox.Keys.ElementAt(pick % model.Outbox.Count);
            switch (step % 20)
            {
                case 16 when entry != 0:
                    // An edit is owed and settled like a message, once for each key; what it is about need only have existed.
                    var action = StoreCalls.Wait<EnqueueResult>(done => store.Enqueue(
                        new($"{store.DatabaseId}.x.{pick}", "a", "a/1", [1]) { Kind = OwedKind.Edit, Target = entry }, done)).Value;
                    Assert.Equal(model.Act(pick, entry, action.Id), action.Outcome);
                    break;
                case 17 when turn != 0:
                    Assert.Equal(model.Drop(turn), StoreCalls.Wait<IReadOnlyList<RowChange<InboxState, InboxRow>>>(
                        done => store.DropInbox([turn], done)).Value!.Single().IsDone);
                    break;
                case 0 or 1:
                    var accepted = store.Accept(StoreFolder.Entry($"e{pick % 20}")).Value;
                    Assert.Equal(!model.Accept($"e{pick % 20}", accepted.InboxId), accepted.IsDuplicate);
                    break;
                case 2 or 3 when turn != 0:
                    var enqueueResult = store.Owe(turn, ordinal++);
                    Assert.Equal(model.IsOpenTurn(turn), enqueueResult.Outcome != EnqueueOutcome.TurnOver);
                    if (enqueueResult.Row is { } row) model.Outbox.Add(row.Id, OutboxState.Pending);
                    break;
                case 4 when turn != 0:
                    store.BeginTurn(turn, 1, "a/c");
                    model.Inbox[turn] = model.IsOpenTurn(turn) ? InboxState.Running : model.Inbox[turn];
                    break;
                case 5 when turn != 0:
                    Assert.Equal(model.End(turn, ChangesBy(pick)), store.End(turn, changes: ChangesBy(pick)).Value);
                    break;
                case 18 when turn != 0:
                    var end = new TurnEnd(turn, new(), ChangesBy(pick)) { Last = StoreCalls.Reply(store, turn, ordinal++) };
                    var finished = store.Finish(end).Value;
                    Assert.Equal(model.End(turn, end.Changes), finished.IsEnded);
                    if (finished.Last.Row is { } last) model.Outbox.Add(last.Id, OutboxState.Pending);
                    break;
                case 19 when turn != 0:
                    Assert.Equal(model.Note(turn, $"n{pick % 3}"), StoreCalls.Wait<bool>(done => store.NoteTurn(turn, $"n{pick % 3}", "v", done)).Value);
                    break;
                case 6 when turn != 0:
                    Assert.Equal(model.Move(turn, InboxState.Parked), StoreCalls.Wait<bool>(done => store.ParkTurn(turn, "why", done)).Value);
                    break;
                case 7 when turn != 0:
                    Assert.Equal(model.Rerun(turn), store.Rerun(turn).Single().IsDone);
                    break;
                case 8 when entry != 0:
                    Assert.Equal(model.IsOpenEntry(entry), store.Lease(entry) is not null);
                    if (model.IsOpenEntry(entry)) model.Outbox[entry] = OutboxState.Sending;
                    break;
                case 9 when entry != 0:
                    Assert.Equal(model.Move(entry, OutboxState.Delivered), store.Deliver(entry));
                    break;
                case 10 when entry != 0:
                    Assert.Equal(model.Move(entry, OutboxState.Parked), store.Park(entry));
                    break;
                case 11 when entry != 0:
                    Assert.Equal(model.Move(entry, OutboxState.Rejected), store.Reject(entry));
                    break;
                case 12 when entry != 0:
                    Assert.Equal(model.Operator(
                        entry, OutboxState.Pending, OutboxState.Parked, OutboxState.Rejected, OutboxState.Withdrawn, OutboxState.Pending), store.Resend(entry).Single().IsDone);
                    break;
                case 13 when entry != 0:
                    Assert.Equal(model.Operator(entry, OutboxState.Delivered, OutboxState.Parked), store.MarkSent(entry).Single().IsDone);
                    break;
                case 14 when entry != 0:
                    Assert.Equal(model.Operator(entry, OutboxState.Withdrawn, OutboxState.Parked, OutboxState.Pending, OutboxState.Sending),
                        store.Drop(entry).Single().IsDone);
                    break;
                case 15 when pick % 3 == 0:
                    var copy = new StoreFolder();
                    InboxStoreTests.CopyDatabase(folder, copy);
                    store.CloseCleanly();
                    folder.Dispose();
                    (folder, store) = (copy, copy.Open());
                    model.Crash();
                    break;
            }

            Assert.Equal(model.MemoryUse, store.MemoryUses.GetValueOrDefault(StoreCalls.Owner().HandlerId));
            var (books, balance) = (model.Balance, store.Balance());
            Assert.Equal((books.Inbound, books.Outbound), (balance.Inbound, balance.Outbound));
        }

        Assert.Equal(model.Inbox.Where(pair => pair.Value < InboxState.Handled).Select(pair => pair.Key), store.Pending().Select(r => r.Id));
        Assert.Equal(model.Outbox.Where(pair => pair.Value < OutboxState.Delivered).Select(pair => (pair.Key, pair.Value == OutboxState.Sending)),
            store.Open().Select(r => (r.Id, r.IsLeased)));
        Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(model.Memory.GetValueOrDefault($"k{i}"), store.Memory($"k{i}")));
        Assert.All(model.Notes.Where(pair => model.IsOpenTurn(pair.Key)), pair => Assert.Equal(pair.Value, store.Begin(pair.Key).Value!.Notes.Keys.ToHashSet()));
        Assert.Equal(model.Outbox.Where(pair => pair.Value == OutboxState.Parked).Select(pair => pair.Key),
            store.ListOutbox(new([OutboxState.Parked], null, 1000)).Select(l => l.Id).Order());
        store.CloseCleanly();
        folder.Dispose();
    }

    /// <summary>Changes of the memory: a value, or a removal, of one of four keys.</summary>
    private static MemoryChanges? ChangesBy(int pick) => pick % 4 == 0 ? null : new(StoreCalls.Owner(), new Dictionary<string, string?>
    {
        [$"k{pick % 4}"] = pick % 5 == 0 ? null : new string('x', pick % 50),
    });

    /// <summary>What a store is, without a file.</summary>
    private sealed class Model
    {
        private readonly HashSet<string> _seen = [];
        private readonly Dictionary<int, (long Target, long Id)> _actions = [];
        private long _duplicates;

        public SortedDictionary<long, InboxState> Inbox { get; } = [];

        public SortedDictionary<long, OutboxState> Outbox { get; } = [];

        public Dictionary<string, string> Memory { get; } = [];

        /// <summary>Keys of the notes of turns that have not been handled.</summary>
        public Dictionary<long, HashSet<string>> Notes { get; } = [];

        public MemoryUse MemoryUse => new(Memory.Count > 0 ? 1 : 0, Memory.Sum(static pair => pair.Key.Length + pair.Value.Length), 0);

        public Balance Balance => new(
            new(Inbox.Count, In(InboxState.Handled), In(InboxState.Parked), In(InboxState.Pending) + In(InboxState.Running), _duplicates, 0, 0)
            {
                Dropped = In(InboxState.Dropped),
            },
            new(Outbox.Count, Out(OutboxState.Delivered), Out(OutboxState.Rejected), Out(OutboxState.Parked),
                Out(OutboxState.Pending) + Out(OutboxState.Sending))
            {
                Withdrawn = Out(OutboxState.Withdrawn),
            });

        public bool Accept(string eventId, long id)
        {
            if (_seen.Add(eventId)) Inbox.Add(id, InboxState.Pending);
            else _duplicates++;
            return id != 0;
        }

        public EnqueueOutcome Act(int key, long target, long id)
        {
            if (_actions.TryGetValue(key, out var known)) return known == (target, id) ? EnqueueOutcome.Known : EnqueueOutcome.Conflict;
            if (_actions.Values.Any(action => action.Id == target)) return EnqueueOutcome.NoTarget;
            _actions.Add(key, (target, id));
            Outbox.Add(id, OutboxState.Pending);
            return EnqueueOutcome.Owed;
        }

        public bool IsOpenTurn(long id) => Inbox[id] < InboxState.Handled;

        public bool IsOpenEntry(long id) => Outbox[id] < OutboxState.Delivered;

        public bool End(long id, MemoryChanges? changes)
        {
            if (!Move(id, InboxState.Handled)) return false;
            Notes.Remove(id);
            foreach (var (key, value) in changes?.Values ?? new Dictionary<string, string?>())
            {
                if (value is null) Memory.Remove(key);
                else Memory[key] = value;
            }

            return true;
        }

        public bool Note(long id, string key)
        {
            if (!IsOpenTurn(id)) return false;
            if (!Notes.TryGetValue(id, out var keys)) Notes.Add(id, keys = []);
            keys.Add(key);
            return true;
        }

        public bool Move(long id, InboxState to)
        {
            if (!IsOpenTurn(id)) return false;
            Inbox[id] = to;
            return true;
        }

        public bool Move(long id, OutboxState to)
        {
            if (!IsOpenEntry(id)) return false;
            Outbox[id] = to;
            return true;
        }

        public bool Rerun(long id)
        {
            if (Inbox[id] is not (InboxState.Parked or InboxState.Dropped)) return false;
            Inbox[id] = InboxState.Pending;
            return true;
        }

        public bool Drop(long id)
        {
            if (Inbox[id] is not (InboxState.Parked or InboxState.Pending)) return false;
            Inbox[id] = InboxState.Dropped;
            return true;
        }

        public bool Operator(long id, OutboxState to, params OutboxState[] allowed)
        {
            if (!allowed.Contains(Outbox[id])) return false;
            Outbox[id] = to;
            return true;
        }

        public void Crash()
        {
            foreach (var id in Inbox.Where(pair => pair.Value == InboxState.Running).Select(pair => pair.Key).ToArray())
                Inbox[id] = InboxState.Pending;
        }

        private long In(InboxState state) => Inbox.Values.LongCount(s => s == state);

        private long Out(OutboxState state) => Outbox.Values.LongCount(s => s == state);
    }
}
