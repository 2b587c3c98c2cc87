using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;
using PluginGateway.Threads;

namespace PluginGateway.Store;

/// <summary>
/// Durable state of the gateway, as a list of verbs. Each verb queues one command for the writer thread and returns at once; its
/// answer comes after the commit, on the writer, to a callback that may only post to a mailbox. Commands are written in the order in which
/// they were queued.
/// </summary>
internal sealed partial class MessageStore
{
    private readonly Writer _writer;
    private readonly Reader _reader;
    private readonly Dictionary<string, int> _generations;
    private readonly StateQuota _quota;
    private readonly UsageTable _usage;
    private readonly ILogger _log;
    private Balance _balance;

    private MessageStore(Session session, StoreOptions options, StoreSnapshot opened, TimeSpan sweepAfter, TimeProvider clock, ILogger log)
    {
        (_generations, _balance, DatabaseId, _log) = (opened.Generations, opened.Balance, session.DatabaseId, log);
        (Secret, FirstPairings) = (opened.Secret, opened.Pairings);
        (_quota, _usage) = (options.StateQuota, session.Usage);
        StateRefusals = new StateRefusals(log);
        _reader = new Reader(options.Path, clock);
        _writer = new Writer(session, options, sweepAfter, Take, clock, log);
    }

    /// <summary>Random name of this database.</summary>
    public string DatabaseId { get; }

    /// <summary>Random signing key that only this database has.</summary>
    public byte[] Secret { get; }

    /// <summary>The writer's heartbeat.</summary>
    public Heartbeat Heartbeat => _writer.Heartbeat;

    /// <summary>Counters of the writer's work since the start.</summary>
    public WriterStatistics Figures => _writer.Figures;

    /// <summary>Failure of a database that is damaged, or was removed or replaced; the remedy is the operator's.</summary>
    public StoreFailure? Broken => _writer.Broken;

    /// <summary>Reason for which the store cannot write at the moment; unless it is broken, it tries again by itself. No work that needs it should be
    /// started. Null when it can, as far as is known.</summary>
    public StoreFailure? Failure => Broken ?? _writer.Failure;

    /// <summary>Reason for which no message should be accepted at the moment; null when there is none.</summary>
    public StoreFailure? Refusal => Failure ?? _writer.Limit;

    /// <summary>Returns the reason for which no message of this adapter should be accepted at the moment: at its limit the store still takes messages
    /// of adapters that use less than their share.</summary>
    public StoreFailure? RefusalFor(string adapterId) => Failure ?? _writer.LimitFor(adapterId);

    /// <summary>Adapters whose state was refused.</summary>
    public StateRefusals StateRefusals { get; }

    /// <summary>Sentence for the operator while event ids of the last hour are deleted, because nothing else makes room: the adapter that has most of
    /// them, and the remedy.</summary>
    public string? FreshForgotten => _writer.FreshForgotten;

    /// <summary>The balance of the last read.</summary>
    public Balance LastBalance => Volatile.Read(ref _balance);

    /// <summary>Opens or creates the database, brings it to this version and marks interrupted turns to run again.</summary>
    /// <exception cref="StoreException">The file cannot be used; the message says what to do.</exception>
    public static MessageStore Open(StoreOptions options, TimeProvider clock, ILogger log, Migrations? migrations = null)
    {
        var session = new Session(Database.Open(options, migrations ?? Migrations.Embedded, log), clock) { Quota = options.StateQuota, MemoryQuota = options.MemoryQuota };
        try
        {
            var store = Over(session, options, clock, log);
            store._writer.Start();
            return store;
        }
        catch (Exception exception)
        {
            session.Dispose();
            var failure = StoreFailure.From(exception);
            throw new StoreException(failure.Code, $"'{options.Path}' cannot be read or written: {failure.Message} "
                + "Free disk space, check the disk and start again.", exception);
        }
    }

    /// <summary>Returns the store of an open database, without a thread: <see cref="Step"/> does the writer's work.</summary>
    internal static MessageStore Over(Session session, StoreOptions options, TimeProvider clock, ILogger log)
    {
        session.Begin();
        var recovered = InboxVerbs.Recover(session);
        TicketVerbs.Erase(session);
        SentVerbs.Begin(session);
        session.MayHaveNotes = session.Scalar<long>("SELECT EXISTS (SELECT 1 FROM turn_notes)") == 1;
        session.MayHaveNumbers = session.Scalar<long>("SELECT EXISTS (SELECT 1 FROM sessions)") == 1;
        var opened = StoreSnapshot.Read(session);
        session.Usage.LoadMemory();
        session.Commit();
        session.Execute("PRAGMA busy_timeout=1000");
        session.ThrowIfFailed();
        var balance = opened.Balance;
        log.Opened(options.Path, balance.Inbound.Pending, balance.Outbound.Pending, recovered);
        if (!balance.IsExact) log.OutOfBalance(balance.Inbound.Missing, balance.Outbound.Missing);
        var distrusted = opened.Ahead > options.KeepSettled;
        if (distrusted) log.ClockIsAhead(opened.Ahead.TotalDays, options.TrustClockAfter.TotalHours);
        return new MessageStore(session, options, opened, distrusted ? options.TrustClockAfter : TimeSpan.Zero, clock, log);
    }

    /// <summary>Writes the queued commands, for tests that have no thread for it.</summary>
    internal void Step()
    {
        do _writer.Step(TimeSpan.Zero);
        while (_writer.HasLeftOver);
    }

    // Inbox

    /// <summary>Stores a message, unless its event id was seen before; its state goes along either way.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="done">Called with the result.</param>
    /// <param name="order">Returns the treatment of the state; on the writer, when everything queued before is written or has failed. Null: it is
    /// written.</param>
    public void Accept(InboundEntry entry, Action<CommandResult<Accepted>> done, Func<StateOrder>? order = null)
    {
        if (entry.State.Count == 0)
        {
            _writer.PostAtOnce(new Command<Accepted>(db => InboxVerbs.Accept(db, entry, StateOrder.Write), done, entry.Payload.Length));
            return;
        }

        _writer.PostAtOnce(new Command<Accepted>(
            db => InboxVerbs.Accept(db, entry, order?.Invoke() ?? StateOrder.Write),
            commandResult =>
            {
                Note(entry.AdapterId, commandResult.IsDurable, commandResult.Value.State);
                done(commandResult);
            }, entry.Payload.Length));
    }

    /// <summary>Stores messages of one adapter, all or none.</summary>
    public void Accept(IReadOnlyList<InboundEntry> entries, Action<CommandResult<Accepted[]>> done, Func<StateOrder> order) =>
        _writer.PostAtOnce(new Command<Accepted[]>(
            db => InboxVerbs.Accept(db, entries, order()),
            commandResult =>
            {
                foreach (var accepted in commandResult.Value ?? []) Note(entries[0].AdapterId, commandResult.IsDurable, accepted.State);
                done(commandResult);
            }, entries.Sum(static entry => entry.Payload.Length)));

    /// <summary>Makes a turn wait for another attempt.</summary>
    public void FailTurn(TurnMembers turn, int attempt, string reason, Action<CommandResult<bool>> done) =>
        Post(db => InboxVerbs.Fail(db, turn, attempt, reason), done);

    /// <summary>Settles the messages of a turn as stopped, and withdraws its replies that were never attempted. Null: the message has no open
    /// turn.</summary>
    public void StopTurn(long inboxId, Action<CommandResult<ControlResult?>> done) => Post(db => ControlVerbs.StopTurn(db, inboxId), done);

    /// <summary>Ends a running turn in favour of a new one with its messages and further ones.</summary>
    public void SupersedeTurn(TurnMembers turn, IReadOnlyList<long> further, Action<CommandResult<SupersededTurn>> done) =>
        Post(db => ControlVerbs.Supersede(db, turn, further), done);

    /// <summary>Parks the messages of a turn for the operator.</summary>
    public void ParkTurn(TurnMembers turn, string reason, Action<CommandResult<bool>> done) => Post(db => InboxVerbs.Park(db, turn, reason), done);

    /// <summary>Deletes messages that were held for one to the bot, which has not come.</summary>
    public void DiscardUnaddressed(IReadOnlyList<long> ids, Action<CommandResult<bool>> done) =>
        Post(db => InboxVerbs.DiscardUnaddressed(db, ids), done);

    /// <summary>Loads messages to answer with ids above <paramref name="after"/>, oldest first.</summary>
    public void LoadPendingInbox(long after, int limit, Action<CommandResult<IReadOnlyList<InboxRow>>> done) =>
        Post(db => InboxVerbs.LoadPending(db, after, limit), done);

    // Outbox

    /// <summary>Marks a message as being sent, durably, and returns its payload. Null when it is settled already.</summary>
    public void LeaseSend(long outboxId, int generation, int attempt, Action<CommandResult<Lease?>> done) =>
        Post(db => OutboxVerbs.Lease(db, outboxId, generation, attempt), done);

    /// <summary>Marks a message as delivered. <paramref name="messageIds"/>: the platform's ids, a line for each message that it made of this
    /// attempt; <paramref name="note"/>: a sentence about what the platform lacks, or null.</summary>
    public void SettleDelivered(long outboxId, string? messageIds, Action<CommandResult<bool>> done, string? note = null) =>
        Post(db => OutboxVerbs.Deliver(db, outboxId, messageIds, note), done);

    public void SettleRejected(long outboxId, string error, Action<CommandResult<bool>> done) =>
        Post(db => OutboxVerbs.Reject(db, outboxId, error), done);

    /// <summary>Records that the part before <paramref name="deliveredLength"/> has arrived: files first, then UTF-16 units of the text; the rest is
    /// owed.</summary>
    public void SettlePartial(
        long outboxId, int deliveredLength, string messageIds, DateTimeOffset due, string error, Action<CommandResult<bool>> done) =>
        Post(db => OutboxVerbs.DeliverPart(db, outboxId, deliveredLength, messageIds, due, error), done);

    public void Reschedule(long outboxId, DateTimeOffset due, bool isDoubtful, string error, Action<CommandResult<bool>> done) =>
        Post(db => OutboxVerbs.Reschedule(db, outboxId, due, isDoubtful, error), done);

    /// <summary>Parks a message for the operator.</summary>
    public void ParkSend(long outboxId, string error, Action<CommandResult<bool>> done) => Post(db => OutboxVerbs.Park(db, outboxId, error), done);

    /// <summary>Loads messages to deliver with ids above <paramref name="after"/>, oldest first; those that were being sent when the last process
    /// ended are marked as leased.</summary>
    public void LoadOpenOutbox(long after, int limit, Action<CommandResult<IReadOnlyList<OutboxRow>>> done) =>
        Post(db => OutboxVerbs.LoadOpen(db, after, limit), done);

    /// <summary>Owes a reply of a turn, a message of a program, an edit, a deletion or a reaction: once for each key.</summary>
    public void Enqueue(OutboxEntry entry, Action<CommandResult<EnqueueResult>> done) =>
        Post(db => OutboxVerbs.Enqueue(db, entry), done, entry.Payload.Length);

    /// <summary>Returns the names of the files of messages that are owed, parked or rejected, each with its adapter's id.</summary>
    public void MediaInUse(Action<CommandResult<IReadOnlyDictionary<string, string>>> done) => Post(MediaVerbs.InUse, done);

    /// <summary>Finds the message to which an edit, a deletion or a reaction refers; null when it is no longer known.</summary>
    public void FindMessage(long outboxId, Action<CommandResult<OutboxRowContent?>> done) => Post(db => OutboxVerbs.OpenMessage(db, outboxId), done);

    public void FindMessage(string key, Action<CommandResult<OutboxRowContent?>> done) => Post(db => OutboxVerbs.OpenMessage(db, key), done);

    /// <summary>Finds an accepted message; null when it is no longer known.</summary>
    public void FindInbound(long inboxId, Action<CommandResult<InboxRow?>> done) => Post(db => InboxVerbs.Load(db, inboxId), done);

    /// <summary>Finds a row of the outbox; null when there is none with this key, or no longer.</summary>
    public void FindOutbox(string key, Action<CommandResult<OutboxRow?>> done) => Post(db => OutboxVerbs.Find(db, key), done);

    public void FindOutbox(long outboxId, Action<CommandResult<OutboxRow?>> done) => Post(db => OutboxVerbs.Find(db, outboxId), done);

    /// <summary>Finds the message that an edit, a deletion or a reaction is about; null when it is no longer known.</summary>
    public void FindTarget(long outboxId, bool countsEdits, Action<CommandResult<ActionTarget?>> done) =>
        Post(db => OutboxVerbs.FindTarget(db, outboxId, countsEdits), done);

    /// <summary>Reads beside the writer, waiting at most <paramref name="bound"/> on the caller's thread.</summary>
    public CommandResult<T> Read<T>(TimeSpan bound, Func<Session, T> read) => _reader.Read(bound, read);

    // Pairings

    /// <summary>Pairings and requests at the time when the store was opened.</summary>
    public IReadOnlyList<PairingRow> FirstPairings { get; }

    /// <summary>Writes a pairing or a request in the place of that of its adapter and user, and removes others.</summary>
    public void PutPairing(PairingRow row, IReadOnlyList<PairingRow> forgotten, Action<CommandResult<bool>> done) =>
        Post(db => PairingVerbs.Remove(db, forgotten) && PairingVerbs.Put(db, row), done);

    public void RemovePairing(PairingRow row, Action<CommandResult<bool>> done) => Post(db => PairingVerbs.Remove(db, [row]), done);

    // Balance

    /// <summary>Counts a message that leaves no row.</summary>
    public void Count(Total total) => _writer.Count(total);

    /// <summary>Runs a step of the dispatcher: what it has written is in one commit. Only on the dispatcher's thread.</summary>
    public void Together(Action step) => _writer.Together(step);

    /// <summary>Reads the balance, waiting at most <paramref name="bound"/> on the caller's thread. False: <paramref name="balance"/> is that of the
    /// last read.</summary>
    public bool TryBalance(TimeSpan bound, out Balance balance)
    {
        var isInTime = Rendezvous<bool>.TryAsk(
            complete => Post(BalanceQuery.Read, commandResult =>
            {
                Take(commandResult.Value);
                complete(commandResult.IsDurable);
            }), bound, out var isRead);
        balance = LastBalance;
        return isInTime && isRead;
    }

    /// <summary>Commits every command queued before, checkpoints and closes. False: not finished within the bound. That is safe: the
    /// write-ahead log is read at the next start.</summary>
    public bool Close(TimeSpan bound) => _writer.Close(bound);

    private void Take(Balance? balance)
    {
        if (balance is null) return;
        var before = Interlocked.Exchange(ref _balance, balance);
        if (balance.IsExact && !before.IsExact) _log.InBalance();
        if (!balance.IsExact
            && (before.IsExact || before.Inbound.Missing != balance.Inbound.Missing || before.Outbound.Missing != balance.Outbound.Missing))
            _log.OutOfBalance(balance.Inbound.Missing, balance.Outbound.Missing);
    }

    private void Post<T>(Func<Session, T> run, Action<CommandResult<T>>? done, int weight = 0) => _writer.Post(new Command<T>(run, done, weight));
}
