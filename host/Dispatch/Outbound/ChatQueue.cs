using PluginGateway.Configuration.Options;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>What is owed to one chat, in order: one message at a time is being sent. Every change of an owed message is made here: its lease, its retry,
/// its removal. The scheduler decides when, the attempt how, the settlement what next. Only on the loop's thread.</summary>
internal sealed class ChatQueue(AdapterQueue adapterQueue, string key)
{
    private static readonly OutboxOptions Unconnected = new();

    private readonly LinkedList<OwedMessage> _messages = new();

    public AdapterQueue Adapter { get; } = adapterQueue;

    public string Key { get; } = key;

    public IReadOnlyCollection<OwedMessage> Messages => _messages;

    /// <summary>The message that is being leased, sent or settled.</summary>
    public OwedMessage? Busy { get; private set; }

    public bool IsBusy => Busy is not null;

    /// <summary>The message behind <see cref="Busy"/>, when the commit that settles that one leases this one.</summary>
    public OwedMessage? Next { get; private set; }

    /// <summary>It stands in its adapter's queue of chats that are ready.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Nothing is sent before: the chat's rate.</summary>
    public DateTimeOffset HeldUntil { get; private set; }

    /// <summary>When it will be looked at again; <see cref="DateTimeOffset.MaxValue"/>: not by itself.</summary>
    public DateTimeOffset WakesAt { get; private set; } = DateTimeOffset.MaxValue;

    /// <summary>Puts a message in its place: ids are the order in which messages were owed, and one that is owed again keeps its id.</summary>
    public void Add(OwedMessage message)
    {
        var before = _messages.Last;
        while (before is not null && before.Value.Id > message.Id) before = before.Previous;
        if (before is null) _messages.AddFirst(message);
        else _messages.AddAfter(before, message);
        Adapter.AddOwed(1);
    }

    /// <summary>A message is not owed any more. False: it was not.</summary>
    public bool Remove(OwedMessage message)
    {
        if (!_messages.Remove(message)) return false;
        Adapter.AddOwed(-1);
        message.ForgetCut();
        return true;
    }

    /// <summary>An attempt at a message begins, and the chat is the message's until <see cref="Unlock"/>.</summary>
    public PendingDelivery Lease(OwedMessage message, AttachedGeneration generation, Moment now)
    {
        Lock(message);
        return Begin(message, generation, now);
    }

    /// <summary>An attempt at the second message begins: the chat is its as soon as the one before it is settled durably.</summary>
    public PendingDelivery LeaseNext(OwedMessage message, AttachedGeneration generation, Moment now)
    {
        if (Busy is null || Next is not null) throw new InvalidOperationException($"Message {message.Id} cannot be the next of chat '{Key}'.");
        Next = message;
        return Begin(message, generation, now);
    }

    /// <summary>The lease was not written: nobody has seen the message, and the attempt does not count.</summary>
    public void CancelLease(OwedMessage message, DateTimeOffset due) => Held(message).CancelAttempt(due);

    /// <summary>The adapter has not seen the message: the attempt does not count.</summary>
    /// <param name="delivery">The attempt.</param>
    /// <param name="reason">Why there was none.</param>
    /// <param name="waits">It waits for the next generation, if its own is still the one at work.</param>
    /// <param name="now">The time.</param>
    /// <param name="due">When it is tried again.</param>
    public void CancelAttempt(PendingDelivery delivery, string reason, bool waits, DateTimeOffset now, DateTimeOffset due)
    {
        waits = waits && Adapter.Connection == delivery.Generation;
        Held(delivery.Message).CancelAttempt(due);
        delivery.Message.Retry(reason, waits, waits ? now : null);
    }

    /// <summary>An attempt has ended, and nobody knows whether the message arrived.</summary>
    public void MayHaveArrived(PendingDelivery delivery) => Held(delivery.Message).MayHaveArrived(delivery.Began);

    /// <summary>A part of a message has arrived: of the rest the attempts are counted anew.</summary>
    public void CountAnew(OwedMessage message) => Held(message).CountAnew();

    /// <summary>A message may be sent from then on.</summary>
    public void Reschedule(OwedMessage message, DateTimeOffset due) => Held(message).BecomeDue(due);

    /// <summary>A message is to be sent again, after a wait or after the next connection. It holds those behind it.</summary>
    public void Retry(PendingDelivery delivery, DeliveryDecision decision, DateTimeOffset now)
    {
        // A newer generation may have been attached while this one was busy; then there is nothing to wait for.
        var waits = decision.Verdict == DeliveryDecisionKind.AfterReconnect
            && (Adapter.Connection is null || Adapter.Connection == delivery.Generation);
        Held(delivery.Message).BecomeDue(now + decision.Delay);
        delivery.Message.Retry(decision.Reason, waits, now);
    }

    /// <summary>The operator wants messages sent: they are due now, whatever they waited for.</summary>
    public void EndHold(IEnumerable<OwedMessage> messages, DateTimeOffset now)
    {
        HeldUntil = default;
        foreach (var message in messages)
        {
            if (message.Due > now) message.BecomeDue(now);
        }
    }

    /// <summary>The operator wants a message sent, through the connection that there is.</summary>
    public void SendNow(OwedMessage message, DateTimeOffset now)
    {
        EndHold([message], now);
        message.StopWaiting();
    }

    /// <summary>Its adapter is connected anew.</summary>
    public void Connected()
    {
        foreach (var message in _messages) message.StopWaiting();
    }

    /// <summary>Nothing is sent before.</summary>
    public void Hold(DateTimeOffset until)
    {
        if (until > HeldUntil) HeldUntil = until;
    }

    /// <summary>It has a message that may be sent now.</summary>
    public void BecomeReady()
    {
        IsReady = true;
        Adapter.AddReady(this);
    }

    /// <summary>It does not stand among those that are ready any more.</summary>
    public void LeaveReady() => IsReady = false;

    /// <summary>It will be looked at again at this time; <see cref="DateTimeOffset.MaxValue"/>: not by itself.</summary>
    public void Wake(DateTimeOffset at) => WakesAt = at;

    /// <summary>The chat is this message's until <see cref="Unlock"/>. Another's it cannot become: two at a time would be sent twice or out of
    /// order.</summary>
    public void Lock(OwedMessage message)
    {
        if (Holds(message)) return;
        if (Busy is { } other) throw new InvalidOperationException($"Chat '{Key}' is busy with message {other.Id}; {message.Id} cannot take it.");
        Busy = message;
    }

    /// <summary>Nothing is under way for a message any more: the chat is the next one's, if one was leased ahead.</summary>
    public void Unlock(OwedMessage message)
    {
        if (Next == message) Next = null;
        else if (Busy == message) (Busy, Next) = (Next, null);
    }

    /// <summary>True: the message is being leased, sent or settled.</summary>
    public bool Holds(OwedMessage message) => Busy == message || Next == message;

    /// <summary>The message that comes right after one that is being settled, if nothing keeps it from being sent then.</summary>
    public OwedMessage? After(OwedMessage settled, DateTimeOffset now) =>
        HeldUntil <= now && _messages.First is { Next.Value: var next } first && first.Value == settled
        && next.IsSendable(now) && next is { IsDoubtful: false, DoubtfulSince: null, Target: null } && !IsExpired(next, now) ? next : null;

    /// <summary>The message to send now, or null with the moment at which that may change. A message that waits holds the ones behind it for a while, then
    /// they pass; an action whose message is still owed waits for that, and holds nobody.</summary>
    public OwedMessage? TrySelect(DateTimeOffset now, Predicate<long> isOwed, out DateTimeOffset wakeAt)
    {
        var longestHold = (Adapter.Terms ?? Unconnected).HoldChat;
        wakeAt = DateTimeOffset.MaxValue;
        if (HeldUntil > now)
        {
            wakeAt = HeldUntil;
            return null;
        }

        foreach (var message in _messages)
        {
            if (message.Target is { } target && isOwed(target)) continue;
            if (message.IsSendable(now)) return message;
            if (!message.WaitsForConnection && message.Due < wakeAt) wakeAt = message.Due;
            var passes = (message.BlockedSince ?? now) + longestHold;
            if (now >= passes) continue;
            if (passes < wakeAt) wakeAt = passes;
            return null;
        }

        return null;
    }

    /// <summary>The oldest message, if it is too old to be sent.</summary>
    public OwedMessage? Expired(DateTimeOffset now) => _messages.First is { Value: var oldest } && IsExpired(oldest, now) ? oldest : null;

    /// <summary>What becomes of an attempt concerns only a message that has the chat.</summary>
    private OwedMessage Held(OwedMessage message) =>
        Holds(message) ? message : throw new InvalidOperationException($"Message {message.Id} is not being sent in chat '{Key}'.");

    private PendingDelivery Begin(OwedMessage message, AttachedGeneration generation, Moment now)
    {
        message.BeginAttempt();
        return new PendingDelivery(this, message, generation, now);
    }

    private bool IsExpired(OwedMessage message, DateTimeOffset now) =>
        Adapter.Terms is { ExpireAfter: var most } && most > TimeSpan.Zero && now - message.Owed >= most;
}
