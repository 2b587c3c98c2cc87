using PluginGateway.Configuration.Options;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Queue of messages owed to one chat, in order: one message at a time is being sent. Every change of an owed message is made here: its
/// lease, its retry, its removal. <see cref="DeliveryScheduler"/> decides on the time, <see cref="DeliveryAttempts"/> makes the attempt,
/// <see cref="DeliverySettlement"/> settles it. Only on the loop's thread.</summary>
internal sealed class ChatQueue(AdapterQueue adapterQueue, string key)
{
    private static readonly OutboxOptions Unconnected = new();

    private readonly LinkedList<OwedMessage> _messages = new();
    private MinuteWindow? _minute;
    private DateTimeOffset _editsHeldUntil;

    public AdapterQueue Adapter { get; } = adapterQueue;

    public string Key { get; } = key;

    public IReadOnlyCollection<OwedMessage> Messages => _messages;

    /// <summary>The message that is being leased, sent or settled.</summary>
    public OwedMessage? Busy { get; private set; }

    public bool IsBusy => Busy is not null;

    /// <summary>The message behind <see cref="Busy"/>, when the commit that settles <see cref="Busy"/> leases this one.</summary>
    public OwedMessage? Next { get; private set; }

    /// <summary>True while the chat is in its adapter's queue of ready chats.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Time before which nothing is sent, by the chat's rate limit.</summary>
    public DateTimeOffset HeldUntil { get; private set; }

    /// <summary>Time of the next check; <see cref="DateTimeOffset.MaxValue"/>: none is planned.</summary>
    public DateTimeOffset WakesAt { get; private set; } = DateTimeOffset.MaxValue;

    /// <summary>Inserts a message in order: ids are the order in which messages were owed, and a message that is owed again keeps its id.</summary>
    public void Add(OwedMessage message)
    {
        var before = _messages.Last;
        while (before is not null && before.Value.Id > message.Id) before = before.Previous;
        if (before is null) _messages.AddFirst(message);
        else _messages.AddAfter(before, message);
        Adapter.AddOwed(1);
    }

    /// <summary>Removes a message that is not owed any more. False when it was not.</summary>
    public bool Remove(OwedMessage message)
    {
        if (!_messages.Remove(message)) return false;
        Adapter.AddOwed(-1);
        message.ForgetCut();
        return true;
    }

    /// <summary>Begins an attempt at a message, which has the chat until <see cref="Unlock"/>.</summary>
    public PendingDelivery Lease(OwedMessage message, AttachedGeneration generation, Moment now)
    {
        Lock(message);
        return Begin(message, generation, now);
    }

    /// <summary>Begins an attempt at the second message: it has the chat as soon as the one before is settled durably.</summary>
    public PendingDelivery LeaseNext(OwedMessage message, AttachedGeneration generation, Moment now)
    {
        if (Busy is null || Next is not null) throw new InvalidOperationException($"Message {message.Id} cannot be the next of chat '{Key}'.");
        Next = message;
        return Begin(message, generation, now);
    }

    /// <summary>Cancels an attempt whose lease was not written: the adapter has not seen the message, and the attempt does not count.</summary>
    public void CancelLease(OwedMessage message, DateTimeOffset due) => Held(message).CancelAttempt(due);

    /// <summary>Cancels an attempt that the adapter has not seen: the attempt does not count.</summary>
    /// <param name="delivery">The attempt.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="waits">True: the message waits for the next generation, if its own is still attached.</param>
    /// <param name="now">The time.</param>
    /// <param name="due">Time of the next attempt.</param>
    public void CancelAttempt(PendingDelivery delivery, string reason, bool waits, DateTimeOffset now, DateTimeOffset due)
    {
        waits = waits && Adapter.Connection == delivery.Generation;
        Held(delivery.Message).CancelAttempt(due);
        delivery.Message.Retry(reason, waits, waits ? now : null);
    }

    /// <summary>Records that an attempt has ended with an unknown outcome: the message may have arrived.</summary>
    public void MayHaveArrived(PendingDelivery delivery) => Held(delivery.Message).MayHaveArrived(delivery.Began);

    /// <summary>Counts attempts anew for the rest of a message, after a part of it has arrived.</summary>
    public void CountAnew(OwedMessage message) => Held(message).CountAnew();

    /// <summary>Sets the time from which a message may be sent.</summary>
    public void Reschedule(OwedMessage message, DateTimeOffset due) => Held(message).BecomeDue(due);

    /// <summary>Plans another attempt, after a wait or after the next connection. The message holds those behind it.</summary>
    public void Retry(PendingDelivery delivery, DeliveryDecision decision, DateTimeOffset now)
    {
        // A newer generation may have been attached while this one was busy; then there is no connection to wait for.
        var waits = decision.Verdict == DeliveryDecisionKind.AfterReconnect
            && (Adapter.Connection is null || Adapter.Connection == delivery.Generation);
        Held(delivery.Message).BecomeDue(now + decision.Delay);
        delivery.Message.Retry(decision.Reason, waits, now);
    }

    /// <summary>Makes messages due now, at the operator's request, and ends the chat's hold.</summary>
    public void EndHold(IEnumerable<OwedMessage> messages, DateTimeOffset now)
    {
        (HeldUntil, _editsHeldUntil) = (default, default);
        foreach (var message in messages)
        {
            if (message.Due > now) message.BecomeDue(now);
        }
    }

    /// <summary>Makes a message due now, at the operator's request, through the present connection.</summary>
    public void SendNow(OwedMessage message, DateTimeOffset now)
    {
        EndHold([message], now);
        message.StopWaiting();
    }

    /// <summary>Ends the waits for a connection: the adapter has connected again.</summary>
    public void Connected()
    {
        foreach (var message in _messages) message.StopWaiting();
    }

    /// <summary>Holds all sends until a time.</summary>
    public void Hold(DateTimeOffset until)
    {
        if (until > HeldUntil) HeldUntil = until;
    }

    /// <summary>Holds edits until a time.</summary>
    public void HoldEdits(DateTimeOffset until)
    {
        if (until > _editsHeldUntil) _editsHeldUntil = until;
    }

    /// <summary>Counts messages for a limit by the minute, and holds all sends while it is reached.</summary>
    public void CountInMinute(DateTimeOffset now, int count, int most) => Hold((_minute ??= new MinuteWindow()).Add(now, count, most));

    /// <summary>Marks the chat as ready: it has a message that may be sent now.</summary>
    public void BecomeReady()
    {
        IsReady = true;
        Adapter.AddReady(this);
    }

    /// <summary>Marks the chat as taken from the queue of ready chats.</summary>
    public void LeaveReady() => IsReady = false;

    /// <summary>Sets the time of the next check; <see cref="DateTimeOffset.MaxValue"/>: none is planned.</summary>
    public void Wake(DateTimeOffset at) => WakesAt = at;

    /// <summary>Gives the chat to a message until <see cref="Unlock"/>. Throws when another message has it: two at a time would be sent twice or out
    /// of order.</summary>
    public void Lock(OwedMessage message)
    {
        if (Holds(message)) return;
        if (Busy is { } other) throw new InvalidOperationException($"Chat '{Key}' is busy with message {other.Id}; {message.Id} cannot take it.");
        Busy = message;
    }

    /// <summary>Ends a message's hold of the chat: the next message has it then, if one was leased ahead.</summary>
    public void Unlock(OwedMessage message)
    {
        if (Next == message) Next = null;
        else if (Busy == message) (Busy, Next) = (Next, null);
    }

    /// <summary>Returns true while the message is being leased, sent or settled.</summary>
    public bool Holds(OwedMessage message) => Busy == message || Next == message;

    /// <summary>Returns the message right after one that is being settled, if it may be sent then.</summary>
    public OwedMessage? After(OwedMessage settled, DateTimeOffset now) =>
        HeldUntil <= now && _messages.First is { Next.Value: var next } first && first.Value == settled
        && next.IsSendable(now) && !IsPaced(next, now) && next is { IsDoubtful: false, DoubtfulSince: null, Target: null } && !IsExpired(next, now)
            ? next : null;

    /// <summary>Returns the message to send now, or null with the time at which that may change. A message that waits holds the ones behind it for a
    /// while, those of other sessions for a shorter one, then they pass; an edit, a deletion or a reaction whose message is still owed waits for that
    /// message, an edit for the rate of edits, and both hold no other. A chat without messages is kept while its last ones count for a limit by the
    /// minute.</summary>
    public OwedMessage? TrySelect(DateTimeOffset now, Predicate<long> isOwed, out DateTimeOffset wakeAt)
    {
        var longestHold = (Adapter.Terms ?? Unconnected).HoldChat;
        var holdOthers = Adapter.HoldOthers < longestHold ? Adapter.HoldOthers : longestHold;
        HashSet<string>? heldSessions = null;
        wakeAt = DateTimeOffset.MaxValue;
        if (HeldUntil > now)
        {
            wakeAt = HeldUntil;
            return null;
        }

        if (_messages.Count == 0 && _minute is { End: var end } && end > now) wakeAt = end;
        foreach (var message in _messages)
        {
            if (message.Target is { } target && isOwed(target)) continue;
            if (IsPaced(message, now))
            {
                if (EditsHeldUntil < wakeAt) wakeAt = EditsHeldUntil;
                continue;
            }

            var session = message.Session ?? "";
            if (heldSessions?.Contains(session) == true) continue;
            if (message.IsSendable(now)) return message;
            if (!message.WaitsForConnection && message.Due < wakeAt) wakeAt = message.Due;
            var since = message.BlockedSince ?? now;
            if (now >= since + longestHold) continue;
            var passes = since + (now < since + holdOthers ? holdOthers : longestHold);
            if (passes < wakeAt) wakeAt = passes;
            if (now < since + holdOthers) return null;
            (heldSessions ??= new(StringComparer.Ordinal)).Add(session);
        }

        return null;
    }

    /// <summary>Returns the oldest message if it has expired.</summary>
    public OwedMessage? Expired(DateTimeOffset now) => _messages.First is { Value: var oldest } && IsExpired(oldest, now) ? oldest : null;

    /// <summary>Returns the message if it has the chat; only then may the result of an attempt be applied to it.</summary>
    private OwedMessage Held(OwedMessage message) =>
        Holds(message) ? message : throw new InvalidOperationException($"Message {message.Id} is not being sent in chat '{Key}'.");

    private PendingDelivery Begin(OwedMessage message, AttachedGeneration generation, Moment now)
    {
        message.BeginAttempt();
        return new PendingDelivery(this, message, generation, now);
    }

    private DateTimeOffset EditsHeldUntil => Adapter.EditsHeldUntil > _editsHeldUntil ? Adapter.EditsHeldUntil : _editsHeldUntil;

    private bool IsPaced(OwedMessage message, DateTimeOffset now) => message.Kind == OwedKind.Edit && EditsHeldUntil > now;

    private bool IsExpired(OwedMessage message, DateTimeOffset now) =>
        Adapter.Terms is { ExpireAfter: var most } && most > TimeSpan.Zero && now - message.Owed >= most;
}
