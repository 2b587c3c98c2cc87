using Microsoft.Extensions.Logging;
using PluginGateway.Threads;

namespace PluginGateway.Store;

/// <summary>
/// Everything the gateway must not forget, as a list of verbs. Each verb queues one command for the writer thread and returns at once; its answer comes after the commit,
/// on the writer, to a callback that may only post to a mailbox. Commands are written in the order in which they were queued.
/// </summary>
internal sealed class MessageStore
{
    private readonly Writer _writer;
    private readonly Dictionary<string, int> _generations;
    private readonly ILogger _log;
    private Balance _balance;

    private MessageStore(Writer writer, Dictionary<string, int> generations, Balance balance, string databaseId, byte[] secret, ILogger log) =>
        (_writer, _generations, _balance, DatabaseId, Secret, _log) = (writer, generations, balance, databaseId, secret, log);

    /// <summary>A random name of this database.</summary>
    public string DatabaseId { get; }

    /// <summary>Random bytes that only this database knows, to sign with.</summary>
    public byte[] Secret { get; }

    /// <summary>The writer's proof of life.</summary>
    public Heartbeat Heartbeat => _writer.Heartbeat;

    /// <summary>What the writer has done since the start.</summary>
    public WriterFigures Figures => _writer.Figures;

    /// <summary>Set once the database turned out to be damaged; the remedy is the operator's.</summary>
    public StoreFailure? Broken => _writer.Broken;

    /// <summary>The balance as it was last read.</summary>
    public Balance LastBalance => Volatile.Read(ref _balance);

    /// <summary>Opens or creates the database, brings it to this version and marks interrupted turns to run again.</summary>
    /// <exception cref="StoreException">It cannot be used; the message says what to do.</exception>
    public static MessageStore Open(StoreOptions options, TimeProvider clock, ILogger log, Migrations? migrations = null)
    {
        var session = new Session(Database.Open(options, migrations ?? Migrations.Embedded, log), clock);
        try
        {
            session.Begin();
            var recovered = InboxVerbs.Recover(session);
            var generations = AdapterVerbs.Generations(session);
            var balance = Books.Read(session);
            var secret = AdapterVerbs.Secret(session);
            session.Commit();
            log.Opened(options.Path, balance.Inbound.Pending, balance.Outbound.Pending, recovered);
            var writer = new Writer(session, options, clock, log);
            return new MessageStore(writer, generations, balance, session.DatabaseId, secret, log);
        }
        catch (Exception exception)
        {
            session.Dispose();
            var failure = StoreFailure.From(exception);
            throw new StoreException(failure.Code, $"'{options.Path}' cannot be read or written: {failure.Message} Free disk space, check the disk and start again.", exception);
        }
    }

    // Inbox

    /// <summary>Stores a message, unless its event id was seen before; its state goes along either way.</summary>
    public void Accept(InboundEntry entry, Action<Answer<Accepted>> done) => Post(db => InboxVerbs.Accept(db, entry), done, entry.Payload.Length);

    /// <summary>Marks a turn as running, so that a crash counts as an attempt.</summary>
    public void BeginTurn(long inboxId, int attempt) => Post(db => InboxVerbs.Begin(db, inboxId, attempt), null);

    /// <summary>Owes a reply, once for each ordinal of a turn.</summary>
    public void OweReply(OwedReply reply, ReplyLedger ledger, Action<Answer<Owing>> done) =>
        Post(db => OutboxVerbs.Owe(db, reply), answer =>
        {
            if (!answer.IsDurable) ledger.Lose();
            done(answer);
        }, reply.Payload.Length);

    /// <summary>Marks a message as handled, unless one of its replies could not be stored.</summary>
    public void EndTurn(long inboxId, ReplyLedger ledger, Action<Answer<bool>> done) =>
        Post(db => ledger.HasLost ? throw new StoreException(StoreCode.ReplyLost, "A reply of the turn could not be stored.") : InboxVerbs.End(db, inboxId), done);

    /// <summary>The message waits for another turn.</summary>
    public void FailTurn(long inboxId, int attempt, string reason, Action<Answer<bool>> done) => Post(db => InboxVerbs.Fail(db, inboxId, attempt, reason), done);

    /// <summary>The message waits for the operator.</summary>
    public void ParkTurn(long inboxId, string reason, Action<Answer<bool>> done) => Post(db => InboxVerbs.Park(db, inboxId, reason), done);

    /// <summary>Messages to answer with ids above <paramref name="after"/>, oldest first.</summary>
    public void LoadPendingInbox(long after, int limit, Action<Answer<IReadOnlyList<InboxRow>>> done) => Post(db => InboxVerbs.LoadPending(db, after, limit), done);

    // Outbox

    /// <summary>Marks a message as being sent, durably, and brings its payload. Null when it is settled already.</summary>
    public void LeaseSend(long outboxId, int generation, int attempt, Action<Answer<Lease?>> done) =>
        Post(db => OutboxVerbs.Lease(db, outboxId, generation, attempt), done);

    public void SettleDelivered(long outboxId, string? messageId, Action<Answer<bool>> done) => Post(db => OutboxVerbs.Deliver(db, outboxId, messageId), done);

    public void SettleRejected(long outboxId, string error, Action<Answer<bool>> done) => Post(db => OutboxVerbs.Reject(db, outboxId, error), done);

    /// <summary>The first <paramref name="deliveredLength"/> UTF-16 units of the text have arrived; the rest is owed.</summary>
    public void SettlePartial(long outboxId, int deliveredLength, string messageId, DateTimeOffset due, string error, Action<Answer<bool>> done) =>
        Post(db => OutboxVerbs.DeliverPart(db, outboxId, deliveredLength, messageId, due, error), done);

    public void Reschedule(long outboxId, DateTimeOffset due, string error, Action<Answer<bool>> done) =>
        Post(db => OutboxVerbs.Reschedule(db, outboxId, due, error), done);

    /// <summary>The message waits for the operator.</summary>
    public void ParkSend(long outboxId, string error, Action<Answer<bool>> done) => Post(db => OutboxVerbs.Park(db, outboxId, error), done);

    /// <summary>Messages to deliver with ids above <paramref name="after"/>, oldest first; those that were being sent when the last process ended are marked as leased.</summary>
    public void LoadOpenOutbox(long after, int limit, Action<Answer<IReadOnlyList<OutboxRow>>> done) => Post(db => OutboxVerbs.LoadOpen(db, after, limit), done);

    /// <summary>Owes a message that belongs to no turn, once for each key.</summary>
    public void OweOutside(OutsideMessage message, Action<Answer<OutsideOwing>> done) => Post(db => OutsideVerbs.Owe(db, message), done, message.Payload.Length);

    /// <summary>What became of a message to a platform; null: there is none with this key, or none any more.</summary>
    public void FindDelivery(string key, Action<Answer<Delivery?>> done) => Post(db => OutsideVerbs.FindByKey(db, key), done);

    public void FindDelivery(long outboxId, Action<Answer<Delivery?>> done) => Post(db => OutsideVerbs.FindById(db, outboxId), done);

    // Adapters

    public void GetState(string adapterId, string key, Action<Answer<string?>> done) => Post(db => AdapterVerbs.GetState(db, adapterId, key), done);

    /// <summary>Null removes the key.</summary>
    public void SetState(string adapterId, string key, string? value, Action<Answer<bool>> done) => Post(db => AdapterVerbs.SetState(db, adapterId, key, value), done);

    /// <summary>The next generation of an adapter id. Does not wait: the number is queued before anything that generation can write, so nothing durable ever bears a
    /// number that could be given again.</summary>
    public int NextGeneration(string adapterId)
    {
        lock (_generations)
        {
            var next = _generations.GetValueOrDefault(adapterId) + 1;
            _generations[adapterId] = next;
            Post(db => AdapterVerbs.SetGeneration(db, adapterId, next), null);
            return next;
        }
    }

    // Books

    /// <summary>Counts a message that was turned away.</summary>
    public void Count(Total total) => _writer.Count(total);

    /// <summary>Reads the balance, waiting at most <paramref name="bound"/> on the caller's thread. False: <paramref name="balance"/> is the last one read.</summary>
    public bool TryBalance(TimeSpan bound, out Balance balance)
    {
        var asked = new object();
        var answered = false;
        var read = false;
        Post(Books.Read, answer =>
        {
            Take(answer.Value);
            lock (asked)
            {
                (answered, read) = (true, answer.IsDurable);
                Monitor.Pulse(asked);
            }
        });
        lock (asked)
        {
            if (!answered && bound > TimeSpan.Zero) Monitor.Wait(asked, bound);
        }

        balance = LastBalance;
        return read;
    }

    /// <summary>Commits everything queued before, checkpoints and closes. False: not finished within the bound. Walking away is safe: the write-ahead log is read at the next start.</summary>
    public bool Close(TimeSpan bound) => _writer.Close(bound);

    private void Take(Balance? balance)
    {
        if (balance is null) return;
        if (!balance.IsExact) _log.OutOfBalance(balance.Inbound.Missing, balance.Outbound.Missing);
        Volatile.Write(ref _balance, balance);
    }

    private void Post<T>(Func<Session, T> run, Action<Answer<T>>? done, int weight = 0) => _writer.Post(new Command<T>(run, done, weight));
}
