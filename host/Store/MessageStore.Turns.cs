using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <summary>Verbs about turns and the memory of their sessions. A turn is named by its first message.</summary>
internal sealed partial class MessageStore
{
    /// <summary>Memory of each handler, as of the last commit. Any thread.</summary>
    public IReadOnlyDictionary<string, MemoryUse> MemoryUses => _usage.Memory;

    /// <summary>Begins an attempt at a turn, so that a crash counts as one, and reads what it may use: the turn may run once this is stored.</summary>
    /// <remarks>The disk is not waited for, here and at the end of a turn: a power failure undoes the count of an attempt, or makes a turn run again
    /// whose replies, which were waited for, are not owed twice.</remarks>
    public void BeginTurn(TurnMembers turn, int attempt, MemoryOwner owner, Action<CommandResult<TurnBegin>> done, bool isFirst = false) =>
        _writer.Post(new Command<TurnBegin>(db => TurnVerbs.Begin(db, turn, attempt, owner, isFirst), done) { MustBeOnDisk = false });

    /// <summary>Ends a turn whose handler has returned, unless one of its replies could not be stored. The disk is not waited for. False: it had ended
    /// before.</summary>
    public void EndTurn(TurnEnd end, Action<CommandResult<bool>> done) =>
        _writer.Post(new Command<bool>(db => TurnVerbs.End(db, end).IsEnded, done, end.Weight) { MustBeOnDisk = false });

    /// <summary>Ends a turn with its last reply, unless one of its replies could not be stored.</summary>
    public void FinishTurn(TurnEnd end, Action<CommandResult<EndedTurn>> done) => Post(db => TurnVerbs.End(db, end), done, end.Weight);

    /// <summary>Finds the messages of a turn by the first one, in their order; a message that is not the first of a turn alone.</summary>
    public void FindTurn(long lead, Action<CommandResult<IReadOnlyList<InboxRow>>> done) => Post(db => InboxVerbs.LoadTurn(db, lead), done);

    /// <summary>Stores a note of an open turn. False: the turn has ended.</summary>
    public void NoteTurn(long turn, string key, string value, Action<CommandResult<bool>> done) =>
        Post(db => TurnVerbs.Note(db, turn, key, value), done, value.Length);

    /// <summary>Reads a value of the memory of a session; null: the key has none.</summary>
    public void ReadMemory(MemoryOwner owner, string key, Action<CommandResult<string?>> done) =>
        _writer.Post(new Command<string?>(db => MemoryVerbs.Get(db, owner.HandlerId, owner.Session, key), done) { MustBeOnDisk = false });

    /// <summary>Deletes the memory of all senders of an adapter whose ids prove nothing.</summary>
    public void ForgetSenders(string adapterId) => Post(db =>
    {
        MemoryVerbs.ForgetSender(db, adapterId, "");
        return true;
    }, null);

    /// <summary>Lists sessions with memory.</summary>
    public void ListMemory(MemoryQuery query, Action<CommandResult<IReadOnlyList<MemoryRow>>> done) =>
        _writer.Post(new Command<IReadOnlyList<MemoryRow>>(db => MemoryQueries.List(db, query), done) { MustBeOnDisk = false });

    /// <summary>Shows the memory of one session.</summary>
    public void ShowMemory(MemoryQuery query, bool withValues, Action<CommandResult<IReadOnlyList<MemoryValue>>> done) =>
        _writer.Post(new Command<IReadOnlyList<MemoryValue>>(db => MemoryQueries.Show(db, query, withValues), done) { MustBeOnDisk = false });

    /// <summary>Deletes the memory of at most <see cref="MemoryQuery.Limit"/> sessions, and answers with their number.</summary>
    public void DropMemory(MemoryQuery query, Action<CommandResult<int>> done) => Post(db => MemoryQueries.Drop(db, query), done);
}
