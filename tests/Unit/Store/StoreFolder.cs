using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Tests.Store;

/// <summary>A folder for one test's database, and short ways to say what the tests do with it.</summary>
internal sealed class StoreFolder : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly bool _isOurs;

    /// <param name="folder">A folder that is there already, and stays; null: a new one.</param>
    public StoreFolder(string? folder = null) =>
        (_isOurs, Folder) = (folder is null, folder ?? Directory.CreateTempSubdirectory("store-test-").FullName);

    public string Folder { get; }

    public string Database => Path.Combine(Folder, "gateway.db");

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public MessageStore Open(Func<StoreOptions, StoreOptions>? with = null, Migrations? migrations = null) =>
        MessageStore.Open((with ?? (static o => o))(new StoreOptions(Database)), Clock, NullLogger.Instance, migrations);

    public static void Until(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "It did not come true.");
            Thread.Sleep(10);
        }
    }

    public void Dispose()
    {
        if (_isOurs) Directory.Delete(Folder, recursive: true);
    }

    public static InboundEntry Entry(
        string? eventId, string conversation = "a/1", string adapter = "a", string text = "hello", Dictionary<string, string>? state = null) =>
        new(adapter, 1, eventId, conversation,
            Payloads.Write(new InboundMessage(eventId, new Chat("1", ChatKind.Direct), new Sender("u"), text)), state ?? []);
}

/// <summary>Verbs as calls that wait for their answer, for tests.</summary>
internal static class StoreCalls
{
    public static CommandResult<T> Wait<T>(Action<Action<CommandResult<T>>> verb)
    {
        var source = new TaskCompletionSource<CommandResult<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        verb(commandResult => source.TrySetResult(commandResult));
        Assert.True(source.Task.Wait(StoreFolder.Patience), "The store did not answer.");
        return source.Task.Result;
    }

    public static CommandResult<Accepted> Accept(this MessageStore store, InboundEntry entry) => Wait<Accepted>(done => store.Accept(entry, done));

    public static long Stored(this MessageStore store, string? eventId, string conversation = "a/1")
    {
        var commandResult = store.Accept(StoreFolder.Entry(eventId, conversation));
        Assert.True(commandResult.IsDurable, commandResult.Failure?.Message);
        return commandResult.Value.InboxId;
    }

    public static OutboxEntry Reply(MessageStore store, long turn, int ordinal, string text = "reply", string chat = "a/1") =>
        new($"{store.DatabaseId}.{turn}.{ordinal}", "a", chat, Payloads.Write(new Chat("1", ChatKind.Direct), new Reply(text))) { InboxId = turn };

    public static EnqueueResult Owe(this MessageStore store, long turn, int ordinal, string chat = "a/1") =>
        Wait<EnqueueResult>(done => store.Enqueue(Reply(store, turn, ordinal, chat: chat), done)).Value;

    public static MemoryOwner Owner(string session = "a/1", string handler = "handler:h", string adapter = "a", string? sender = null) =>
        new(handler, session, adapter, sender);

    public static void BeginTurn(
        this MessageStore store, TurnMembers turn, int attempt, string session, Action<CommandResult<TurnBegin>>? done = null) =>
        store.BeginTurn(turn, attempt, Owner(session), done ?? (static _ => { }));

    public static CommandResult<TurnBegin> Begin(this MessageStore store, long turn, int attempt = 1, MemoryOwner? owner = null) =>
        Wait<TurnBegin>(done => store.BeginTurn(turn, attempt, owner ?? Owner(), done));

    public static CommandResult<bool> End(this MessageStore store, long turn, ReplyLedger? ledger = null, MemoryChanges? changes = null) =>
        Wait<bool>(done => store.EndTurn(new TurnEnd(turn, ledger ?? new(), changes), done));

    public static CommandResult<EndedTurn> Finish(this MessageStore store, TurnEnd end) => Wait<EndedTurn>(done => store.FinishTurn(end, done));

    public static string? Memory(this MessageStore store, string key, MemoryOwner? owner = null) =>
        Wait<string?>(done => store.ReadMemory(owner ?? Owner(), key, done)).Value;

    public static IReadOnlyList<InboxRow> Pending(this MessageStore store, long after = 0, int limit = 100_000) =>
        Wait<IReadOnlyList<InboxRow>>(done => store.LoadPendingInbox(after, limit, done)).Value!;

    public static IReadOnlyList<OutboxRow> Open(this MessageStore store, long after = 0, int limit = 100_000) =>
        Wait<IReadOnlyList<OutboxRow>>(done => store.LoadOpenOutbox(after, limit, done)).Value!;

    public static Lease? Lease(this MessageStore store, long id, int attempt = 1) =>
        Wait<Lease?>(done => store.LeaseSend(id, 1, attempt, done)).Value;

    public static string? State(this MessageStore store, string adapterId, string key) =>
        Wait<string?>(done => store.GetState(adapterId, key, done)).Value;

    public static bool Deliver(this MessageStore store, long id) => Wait<bool>(done => store.SettleDelivered(id, "m", done)).Value;

    public static bool Park(this MessageStore store, long id) => Wait<bool>(done => store.ParkSend(id, "why", done)).Value;

    public static bool Reject(this MessageStore store, long id) => Wait<bool>(done => store.SettleRejected(id, "why", done)).Value;

    public static IReadOnlyList<RowChange<OutboxState, OutboxRow>> Resend(this MessageStore store, params long[] ids) =>
        Wait<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>(done => store.Resend(ids, done)).Value!;

    public static IReadOnlyList<RowChange<OutboxState, OutboxRow>> MarkSent(this MessageStore store, params long[] ids) =>
        Wait<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>(done => store.MarkSent(ids, done)).Value!;

    public static IReadOnlyList<RowChange<OutboxState, OutboxRow>> Drop(this MessageStore store, params long[] ids) =>
        Wait<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>(done => store.Drop(ids, done)).Value!;

    public static IReadOnlyList<RowChange<InboxState, InboxRow>> Rerun(this MessageStore store, params long[] ids) =>
        Wait<IReadOnlyList<RowChange<InboxState, InboxRow>>>(done => store.Rerun(ids, done)).Value!;

    public static IReadOnlyList<OutboxRow> ListOutbox(this MessageStore store, OutboxQuery query)
    {
        var commandResult = store.Read(StoreFolder.Patience, db => OperatorQueries.Outbox(db, query));
        Assert.True(commandResult.IsDurable, commandResult.Failure?.Message);
        return commandResult.Value!;
    }

    public static Balance Balance(this MessageStore store)
    {
        Assert.True(store.TryBalance(StoreFolder.Patience, out var balance));
        Assert.True(balance.IsExact, balance.ToString());
        return balance;
    }

    public static void CloseCleanly(this MessageStore store) => Assert.True(store.Close(StoreFolder.Patience));
}
