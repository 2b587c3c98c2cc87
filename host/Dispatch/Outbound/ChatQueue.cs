using PluginGateway.Configuration.Options;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>What is owed to one chat, in order. One message at a time is being sent.</summary>
internal sealed class ChatQueue(AdapterQueue adapterQueue, string key)
{
    private static readonly OutboxOptions Unconnected = new();

    public AdapterQueue Adapter { get; } = adapterQueue;

    public string Key { get; } = key;

    public LinkedList<OwedMessage> Messages { get; } = new();

    /// <summary>The message that is being leased, sent or settled.</summary>
    public OwedMessage? Busy { get; private set; }

    public bool IsBusy => Busy is not null;

    /// <summary>The message behind <see cref="Busy"/>, when the commit that settles that one leases this one.</summary>
    public OwedMessage? Next { get; private set; }

    /// <summary>It stands in <see cref="AdapterQueue.Ready"/>.</summary>
    public bool IsReady { get; set; }

    /// <summary>Nothing is sent before: the chat's rate.</summary>
    public DateTimeOffset HeldUntil { get; set; }

    /// <summary>When it will be looked at again; <see cref="DateTimeOffset.MaxValue"/>: not by itself.</summary>
    public DateTimeOffset WakesAt { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>The chat is this message's until <see cref="Unlock"/>. Another's it cannot become: two at a time would be sent twice or out of order.</summary>
    public void Lock(OwedMessage message)
    {
        if (Holds(message)) return;
        if (Busy is { } other) throw new InvalidOperationException($"Chat '{Key}' is busy with message {other.Id}; {message.Id} cannot take it.");
        Busy = message;
    }

    /// <summary>The chat is this message's as soon as the one before it is settled durably.</summary>
    public void OccupyNext(OwedMessage message)
    {
        if (Busy is null || Next is not null) throw new InvalidOperationException($"Message {message.Id} cannot be the next of chat '{Key}'.");
        Next = message;
    }

    /// <summary>True: the message is being leased, sent or settled.</summary>
    public bool Holds(OwedMessage message) => Busy == message || Next == message;

    /// <summary>Nothing is under way for a message any more: the chat is the next one's, if one was leased ahead.</summary>
    public void Unlock(OwedMessage message)
    {
        if (Next == message) Next = null;
        else if (Busy == message) (Busy, Next) = (Next, null);
    }

    /// <summary>The message that comes right after one that is being settled, if nothing keeps it from being sent then.</summary>
    public OwedMessage? After(OwedMessage settled, DateTimeOffset now) =>
        HeldUntil <= now && Messages.First is { Next.Value: var next } first && first.Value == settled
        && next.IsSendable(now) && next is { IsDoubtful: false, DoubtfulSince: null, Target: null } && !IsExpired(next, now) ? next : null;

    /// <summary>Puts a message in its place: ids are the order in which messages were owed, and one that is owed again keeps its id.</summary>
    public void Add(OwedMessage message)
    {
        var before = Messages.Last;
        while (before is not null && before.Value.Id > message.Id) before = before.Previous;
        if (before is null) Messages.AddFirst(message);
        else Messages.AddAfter(before, message);
    }

    /// <summary>The message to send now, or null with the moment at which that may change. A message that waits holds the ones behind it for a while, then they pass; an action
    /// whose message is still owed waits for that, and holds nobody.</summary>
    public OwedMessage? TrySelect(DateTimeOffset now, Predicate<long> isOwed, out DateTimeOffset wakeAt)
    {
        var longestHold = (Adapter.Terms ?? Unconnected).HoldChat;
        wakeAt = DateTimeOffset.MaxValue;
        if (HeldUntil > now)
        {
            wakeAt = HeldUntil;
            return null;
        }

        foreach (var message in Messages)
        {
            if (message.Target is { } target && isOwed(target)) continue;
            if (message.IsSendable(now)) return message;
            if (!message.WaitsForConnection) wakeAt = Earlier(wakeAt, message.Due);
            var passes = (message.BlockedSince ?? now) + longestHold;
            if (now >= passes) continue;
            wakeAt = Earlier(wakeAt, passes);
            return null;
        }

        return null;
    }

    /// <summary>The oldest message, if it is too old to be sent.</summary>
    public OwedMessage? Expired(DateTimeOffset now) => Messages.First is { Value: var oldest } && IsExpired(oldest, now) ? oldest : null;

    private bool IsExpired(OwedMessage message, DateTimeOffset now) => Adapter.Terms is { ExpireAfter: var most } && most > TimeSpan.Zero && now - message.Owed >= most;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
