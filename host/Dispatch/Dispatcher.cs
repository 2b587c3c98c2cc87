using PluginGateway.Access;
using PluginGateway.Dispatch.Attachments;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch;

/// <summary>
/// Moves messages from inbox to handler to outbox to adapter: one loop on one thread, which decides what runs and what is due. It runs no plugin code
/// and waits for nothing: the store, the guards and the intake post their results. Every member may be called from any thread, and only those with a
/// bound wait.
/// </summary>
internal sealed class Dispatcher
{
    private readonly DispatchLoop _loop;
    private readonly MessageStore _store;
    private readonly InboxIntake _intake;
    private readonly OutboundQueue _sends;
    private readonly TurnScheduler _turns;
    private readonly BacklogLoader _backlog;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly List<Action> _whenIdle = [];
    private volatile DispatchSnapshot _snapshot = DispatchSnapshot.Empty;

    /// <param name="store">The store.</param>
    /// <param name="intake">Accepts messages.</param>
    /// <param name="handlerOf">Returns the handler id that answers an adapter id. Any thread; must not block. Call
    /// <see cref="Reroute"/> when its answers change.</param>
    /// <param name="media">The folder of the files of messages.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="random">Source of the jitter of waits.</param>
    /// <param name="log">The log.</param>
    /// <param name="room">Counts owed messages; null: without a limit that matters.</param>
    public Dispatcher(
        MessageStore store, InboxIntake intake, Func<string, string> handlerOf, MediaFolder media, TimeProvider clock, Random random, ILogger log,
        MessageQuota? room = null)
    {
        (_store, _intake, _clock) = (store, intake, clock);
        Outbox = new Outbox(store, room ?? new MessageQuota(int.MaxValue, int.MaxValue), Deliver);
        _log = log;
        _loop = new DispatchLoop(clock, store.Together, log);
        Tokens = new ReplyTokens(store.Secret, clock);
        _sends = new OutboundQueue(_loop, store, new RetryPolicy(random), Events, media.Path, Room, intake.Access.OnSending, log);
        Copies = new AttachmentCopier(media, Later);
        Fetches = new AttachmentFetcher(media, (adapterId, call, refuse) => _loop.Post(() => _sends.Fetch(adapterId, call, refuse)), Later, clock);
        var services = new TurnServices(
            Tokens, Copies, Fetches, Outbox, intake.Judge, adapterId => intake.Discarded.Count(adapterId, DiscardCause.NotMentioned), store);
        _turns = new TurnScheduler(_loop, store, intake.Quota, _sends, handlerOf, services, Events, log);
        Turns = new TurnControl(_loop, store, _turns, _sends);
        _backlog = new BacklogLoader(_loop, store, intake.Quota, _sends, _turns, log);
        (intake.Judge.HandlerOf, intake.Judge.AbilitiesOf) = (handlerOf, _sends.AbilitiesOf);
        _sends.ConversationOf = adapterId => intake.Judge.ConversationOf(adapterId);
        intake.Answered = (adapterId, answer) => _loop.Post(() => _sends.Answer(adapterId, answer));
        intake.Arrived = arrival => _loop.Post(() => OnArrived(arrival));
        intake.Later = Later;
        _loop.Post(_sends.WatchExpiry);
        _backlog.Begin();
    }

    /// <summary>Heartbeats of the threads of the dispatcher, its own first.</summary>
    public IReadOnlyList<Heartbeat> Heartbeats => [_loop.Heartbeat, _loop.PackingHeartbeat, Fetches.Heartbeat];

    /// <summary>The reply tokens of turns.</summary>
    public ReplyTokens Tokens { get; }

    /// <summary>Copies the files of messages.</summary>
    public AttachmentCopier Copies { get; }

    /// <summary>Fetches attachments.</summary>
    public AttachmentFetcher Fetches { get; }

    /// <summary>Publishes events of messages.</summary>
    public MessageEvents Events { get; } = new();

    /// <summary>Takes messages into the outbox. Any thread.</summary>
    public Outbox Outbox { get; }

    /// <summary>Lists and stops turns.</summary>
    public TurnControl Turns { get; }

    /// <summary>Counts owed messages, by adapter. Any thread.</summary>
    public MessageQuota Room => Outbox.Room;

    /// <summary>Handlers that defer turns. Any thread.</summary>
    public IReadOnlyList<HandlerOutage> Outages => _turns.Outages;

    /// <summary>Returns the abilities of an adapter id. Any thread.</summary>
    public AdapterAbilities AbilitiesOf(string adapterId) => _sends.AbilitiesOf(adapterId);

    /// <summary>Returns the handler id that answers an adapter id. Any thread.</summary>
    public string HandlerOf(string adapterId) => _intake.Judge.HandlerOf(adapterId);

    /// <summary>Ends the holds of an adapter at the operator's request: its messages no longer wait for a time that its platform or its plugin has
    /// named. Any thread.</summary>
    public void ForgetHolds(string adapterId) => _loop.Post(() => _sends.ForgetHolds(adapterId));

    /// <summary>The snapshot that was taken last.</summary>
    public DispatchSnapshot LastSnapshot => _snapshot;

    /// <summary>Starts the dispatcher's threads. Messages that the last process left are processed as soon as handlers and adapters are
    /// attached.</summary>
    public void Start()
    {
        Fetches.Start();
        _loop.Start(Advance);
    }

    /// <summary>Attaches a generation of an adapter, which can deliver now. It replaces the one before.</summary>
    public void Attach(AdapterPort port) => _loop.Post(() => _sends.Attach(port));

    /// <summary>Detaches a generation: it gets no further calls; its open deliveries end by themselves or at their deadlines.</summary>
    public void Detach(string adapterId, int generation) => _loop.Post(() => _sends.Detach(adapterId, generation));

    /// <summary>An adapter id is no longer configured, and nothing of it is at work. What is owed through it stays.</summary>
    public void Forget(string adapterId)
    {
        _intake.Forget(adapterId);
        _loop.Post(() => _sends.Forget(adapterId));
    }

    /// <summary>Declarations of handlers.</summary>
    public HandlerDeclarations Declared => _intake.Judge.Declared;

    /// <summary>A generation of a handler can answer. It takes the place of the one before.</summary>
    public void Attach(HandlerPort port)
    {
        Declared.Declare(port.HandlerId, port.Traits);
        _loop.Post(() => _turns.Attach(port));
    }

    /// <summary>A handler id is no longer configured.</summary>
    public void ForgetHandler(string handlerId) => _intake.Judge.Declared.Forget(handlerId);

    /// <summary>Detaches a generation of a handler: it gets no further turns.</summary>
    public void DetachHandler(string handlerId, int generation) => _loop.Post(() => _turns.Detach(handlerId, generation));

    /// <summary>Stops waiting for the turns that still run on this generation of a handler: they run again on the next.</summary>
    public void InterruptTurns(string handlerId, int generation) => _loop.Post(() => _turns.Interrupt(handlerId, generation));

    /// <summary>Applies a change of the handlers of adapters.</summary>
    public void Reroute() => _loop.Post(_turns.Reroute);

    /// <summary>Applies a change of the configured adapters: each has its share of the inbox, of the owed messages and of the media folder.</summary>
    public void SetShares(IReadOnlyCollection<string> adapterIds)
    {
        _intake.Quota.SetShares(adapterIds);
        Room.SetShares(adapterIds);
        Copies.Folder.Shares.Divide(adapterIds);
    }

    /// <summary>Delivers messages again, for the operator. Any thread; never blocks.</summary>
    public void Resume(IReadOnlyList<OutboxRow> rows) => _loop.Post(() =>
    {
        foreach (var row in rows) Take(row, static (sends, row) => sends.RetryNow(row));
    });

    /// <summary>Answers messages again, for the operator: behind those that wait in their conversations. Any thread; never blocks.</summary>
    public void Resume(IReadOnlyList<InboxRow> rows) => _loop.Post(() =>
    {
        // One that was dropped a moment ago is still in its place.
        foreach (var row in rows.Where(row => !_backlog.Knows(row.Id)))
        {
            _intake.Quota.Add(row.AdapterId, row.Payload.Length);
            Take(row);
        }
    });

    /// <summary>Drops messages, for the operator, except those that are being sent. <paramref name="done"/> runs on a loop: it may only post or
    /// pulse.</summary>
    public void Drop(IReadOnlyList<long> ids, Action<IReadOnlyList<long>, CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>> done) =>
        _loop.Post(() =>
    {
        var withdrawn = _sends.Withdraw(ids);
        _store.Drop([.. ids.Except(withdrawn.BeingSent)], commandResult =>
        {
            if (!commandResult.IsDurable) _loop.Post(withdrawn.PutBack);
            done(withdrawn.BeingSent, commandResult);
        });
    });

    /// <summary>Refuses messages from now on, so that their platforms keep them.</summary>
    public void CloseIntake() => _intake.Close();

    /// <summary>Starts no further turn and no further send.</summary>
    public void BeginDrain() => _loop.Post(() => _turns.IsDraining = _sends.IsDraining = true);

    /// <summary>Waits on the caller's thread until no turn runs and no send is in flight. False when that is not reached within the bound.</summary>
    public bool WaitDrained(TimeSpan bound) => Ask(bound, answer => _whenIdle.Add(answer));

    /// <summary>Stops waiting for the turns that run: their late replies are refused, and they run again after the next start.</summary>
    public void StopTurns() => _loop.Post(_turns.StopRunning);

    /// <summary>Takes a snapshot, waiting at most <paramref name="bound"/> on the caller's thread. False: <paramref name="snapshot"/> is the last
    /// one.</summary>
    public bool TrySnapshot(TimeSpan bound, out DispatchSnapshot snapshot)
    {
        var isFresh = Ask(bound, answer =>
        {
            _snapshot = new(_clock.GetUtcNow(), _turns.Snapshot(), _turns.Waiting, [.. _sends.Snapshot().Select(Describe)])
            {
                Detached = _turns.Stopped.Detached.Count,
                Stopped = _turns.Stopped.Count,
                HeldMessages = _turns.Held,
            };
            answer();
        });
        snapshot = _snapshot;
        return isFresh;
    }

    private AdapterQueueSnapshot Describe(AdapterQueueSnapshot adapter)
    {
        var (pending, refused) = _intake.Quota.Of(adapter.AdapterId);
        var (waiting, since) = _intake.WaitingOf(adapter.AdapterId);
        return adapter with
        {
            Waiting = waiting,
            WaitingSince = since,
            Lost = _intake.LostOf(adapter.AdapterId),
            Pending = pending,
            Refused = refused,
            OwedRefused = Room.Of(adapter.AdapterId).Refused,
            Discarded = _intake.Discarded.Of(adapter.AdapterId)
        };
    }

    /// <summary>Runs one round of the loop, for tests that have no thread for it. False when there was nothing to do.</summary>
    internal bool Step(TimeSpan wait)
    {
        var hasRun = _loop.Step(wait);
        Advance();
        return hasRun;
    }

    private void Advance()
    {
        _turns.Advance();
        _sends.Advance();
        _intake.Advance();
        if (_whenIdle.Count == 0 || _turns.Running > 0 || _sends.InFlight > 0) return;
        foreach (var answer in _whenIdle) answer();
        _whenIdle.Clear();
    }

    private void OnArrived(Arrival arrival)
    {
        _sends.QueueOf(arrival.AdapterId).LastInbound = _clock.GetUtcNow();
        foreach (var changed in arrival.Changed ?? []) _backlog.Change(changed);
        if (arrival.Row is { } row) Take(row);
        if (arrival.Control is { } control) Turns.Apply(control);
        if (arrival.Report is var (entry, result)) Announce(entry, result);
        if (arrival.Owed is not { } owed) return;
        Room.Add(owed.AdapterId, 0);
        Take(owed, static (sends, row) => sends.Add(row, isCounted: true));
    }

    /// <summary>Takes a message that has been stored as owed, for which room was reserved.</summary>
    private void Deliver(OutboxRow row) => _loop.Post(() => Take(row, static (sends, row) => sends.Add(row, isCounted: true)));

    private void Take(OutboxRow row, Action<OutboundQueue, OutboxRow> take) => _backlog.Add(row, row => take(_sends, row));

    private void Take(InboxRow row)
    {
        _backlog.Add(row);
        if (Events.Listener is not null && !InboundFacts.Read(row.Payload).IsUnaddressed) Events.Accepted(row);
    }

    /// <summary>Tells of a message that was read, or has bounced.</summary>
    private void Announce(InboundEntry entry, Accepted result)
    {
        var (report, id) = (entry.Report!, result.Target!.Value);
        if (result.HasBounced) _log.MessageBounced(id, entry.AdapterId, report.Error);
        if (result.HasBounced || report.Change == DeliveryChange.Read)
            Events.Publish(result.HasBounced ? MessageEventKind.Bounced : MessageEventKind.Read, id, entry.AdapterId, entry.About!.Chat, report.Error);
    }

    private void Later(TimeSpan wait, Action action) => _loop.Post(() => _loop.At(_loop.Now + wait, action));

    /// <summary>Runs a request on the loop's thread and waits for its answer on the caller's.</summary>
    private bool Ask(TimeSpan bound, Action<Action> question) =>
        Rendezvous<bool>.TryAsk(complete => _loop.Post(() => question(() => complete(true))), bound, out _);
}
