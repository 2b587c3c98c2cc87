using PluginGateway.Configuration;
using PluginGateway.Store;

namespace PluginGateway.Dispatch;

/// <summary>Everything that is owed through one adapter id, and the generation that delivers it now.</summary>
internal sealed class Outlet(string adapterId)
{
    public string AdapterId { get; } = adapterId;

    public Connection? Connection { get; set; }

    /// <summary>How the adapter's messages are treated: known from its first connection on.</summary>
    public OutboxOptions? Terms { get; set; }

    public Dictionary<string, ChatLane> Chats { get; } = new(StringComparer.Ordinal);

    /// <summary>Chats with a message that may be sent now, in the order in which they became so.</summary>
    public Queue<ChatLane> Ready { get; } = new();

    public int InFlight { get; set; }

    public int Owed { get; set; }

    /// <summary>Nothing is sent before: the account's rate, which outlives a generation.</summary>
    public DateTimeOffset HeldUntil { get; set; }

    /// <summary>Until when one of its chats is held by its platform.</summary>
    public DateTimeOffset ChatsHeldUntil { get; set; }

    /// <summary>The operator has asked for a new beginning: the next generation finds nothing held.</summary>
    public bool ForgetsHolds { get; set; }

    public DateTimeOffset? LastInbound { get; set; }

    public DateTimeOffset? LastOutbound { get; set; }
}

/// <summary>A generation that is attached.</summary>
internal sealed class Connection(AdapterPort port)
{
    public AdapterPort Port { get; } = port;

    public int InFlight { get; set; }

    /// <summary>Chats whose typing call has not come back.</summary>
    public HashSet<(string Chat, string? Thread)> Typing { get; } = [];
}

/// <summary>What is owed to one chat, in order. One message at a time is being sent.</summary>
internal sealed class ChatLane(Outlet outlet, string key)
{
    private static readonly OutboxOptions Unconnected = new();

    public Outlet Outlet { get; } = outlet;

    public string Key { get; } = key;

    public LinkedList<OwedMessage> Messages { get; } = new();

    /// <summary>The message that is being leased, sent or settled.</summary>
    public OwedMessage? Busy { get; private set; }

    public bool IsBusy => Busy is not null;

    /// <summary>The message behind <see cref="Busy"/>, when the commit that settles that one leases this one.</summary>
    public OwedMessage? Next { get; private set; }

    /// <summary>It stands in <see cref="Outlet.Ready"/>.</summary>
    public bool IsReady { get; set; }

    /// <summary>Nothing is sent before: the chat's rate.</summary>
    public DateTimeOffset HeldUntil { get; set; }

    /// <summary>When it will be looked at again; <see cref="DateTimeOffset.MaxValue"/>: not by itself.</summary>
    public DateTimeOffset WakesAt { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>The chat is this message's until <see cref="Vacate"/>. Another's it cannot become: two at a time would be sent twice or out of order.</summary>
    public void Occupy(OwedMessage message)
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
    public void Vacate(OwedMessage message)
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
    public OwedMessage? Pick(DateTimeOffset now, Predicate<long> isOwed, out DateTimeOffset wakeAt)
    {
        var longestHold = (Outlet.Terms ?? Unconnected).HoldChat;
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

    private bool IsExpired(OwedMessage message, DateTimeOffset now) => Outlet.Terms is { ExpireAfter: var most } && most > TimeSpan.Zero && now - message.Owed >= most;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}

/// <summary>One message that is owed.</summary>
internal sealed class OwedMessage(OutboxRow row)
{
    public long Id { get; } = row.Id;

    public OwedKind Kind { get; } = row.Kind;

    /// <summary>The message that it is about.</summary>
    public long? Target { get; } = row.Target;

    /// <summary>From when its age is counted: an operator who has it sent again makes it young.</summary>
    public DateTimeOffset Owed { get; } = row.Owed;

    /// <summary>Attempts so far.</summary>
    public int Attempt { get; set; } = row.Attempt;

    public DateTimeOffset Due { get; set; } = row.Due;

    /// <summary>It was being sent when the last process ended: whether it may go again is decided by the traits of the generation that would send it.</summary>
    public bool IsDoubtful { get; set; } = row.IsLeased;

    /// <summary>It cannot be sent before the next attach.</summary>
    public bool WaitsForConnection { get; set; }

    /// <summary>When the first attempt began of which nobody knows whether it arrived; null: none.</summary>
    public Moment? DoubtfulSince { get; set; } = row.DoubtfulSince is { } since ? new(since, since) : null;

    /// <summary>Its text as it was cut, while parts of it are being sent.</summary>
    public CutText? Cut { get; set; }

    /// <summary>Since when it has been holding the messages behind it.</summary>
    public DateTimeOffset? BlockedSince { get; set; }

    public bool IsSendable(DateTimeOffset now) => !WaitsForConnection && Due <= now;
}
