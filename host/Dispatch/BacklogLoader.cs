using PluginGateway.Dispatch.Outbound;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Store;

namespace PluginGateway.Dispatch;

/// <summary>Loads the messages that the last process left, page by page: first those that are owed, then those to answer. Messages that arrive
/// meanwhile wait for the end, because older ones of their chat or conversation may not have been read yet. Only the dispatcher's thread.</summary>
internal sealed class BacklogLoader(
    DispatchLoop loop, MessageStore store, MessageQuota pending, OutboundQueue sends, TurnScheduler turns, ILogger log)
{
    private const int PageSize = 500;

    private List<InboxRow>? _early = [];
    private readonly List<ChangedMessage> _earlyChanges = [];
    private List<(OutboxRow Row, Action<OutboxRow> Take)>? _earlyOwed = [];

    /// <summary>Begins to read. The store must be open.</summary>
    public void Begin() => LoadOutbox(0);

    /// <summary>Passes on a message of the outbox: now, or when the older ones have been loaded.</summary>
    public void Add(OutboxRow row, Action<OutboxRow> take)
    {
        if (_earlyOwed is not null) _earlyOwed.Add((row, take));
        else take(row);
    }

    /// <summary>Returns true for a message of the inbox that has been passed on and has not ended, or will be.</summary>
    public bool Knows(long inboxId) => turns.Knows(inboxId) || _early?.Exists(row => row.Id == inboxId) == true;

    /// <summary>Passes on a message of the inbox: now, or when the older ones have been loaded.</summary>
    public void Add(InboxRow row)
    {
        if (_early is not null) _early.Add(row);
        else turns.Add(row);
    }

    /// <summary>Passes on an edit or a deletion of a message of the inbox: now, or when the message has been passed on.</summary>
    public void Change(ChangedMessage changed)
    {
        if (_early is not null && !turns.Knows(changed.Id)) _earlyChanges.Add(changed);
        else turns.Change(changed);
    }

    private void LoadOutbox(long after) => store.LoadOpenOutbox(after, PageSize, commandResult => loop.Post(() =>
    {
        foreach (var row in commandResult.Value ?? []) sends.Add(row);
        if (commandResult.Failure is { Code: not StoreCode.Closed }) loop.At(loop.Now + DispatchLoop.StoreRetry, () => LoadOutbox(after));
        else if (commandResult.Value is [.., var last]) LoadOutbox(last.Id);
        else EndOutbox();
    }));

    private void EndOutbox()
    {
        var early = _earlyOwed!;
        _earlyOwed = null;
        foreach (var (row, take) in early) take(row);
        LoadInbox(0);
    }

    private void LoadInbox(long after) => store.LoadPendingInbox(after, PageSize, commandResult => loop.Post(() =>
    {
        var early = _early!.Select(static row => row.Id).ToHashSet();
        foreach (var row in commandResult.Value ?? [])
        {
            // Messages that arrived since the start are passed on at the end.
            if (early.Contains(row.Id)) continue;
            pending.Add(row.AdapterId, row.Payload.Length);
            turns.Add(row);
        }

        if (commandResult.Failure is { Code: not StoreCode.Closed }) loop.At(loop.Now + DispatchLoop.StoreRetry, () => LoadInbox(after));
        else if (commandResult.Value is [.., var last]) LoadInbox(last.Id);
        else EndInbox();
    }));

    private void EndInbox()
    {
        log.Loaded(turns.Waiting, sends.Snapshot().Sum(static adapter => adapter.Owed));
        var early = _early!;
        _early = null;
        foreach (var row in early) turns.Add(row);
        foreach (var changed in _earlyChanges) turns.Change(changed);
        _earlyChanges.Clear();
    }
}
