using PluginGateway.Access;
using PluginGateway.Store;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Event of a call, in the form in which the store takes it.</summary>
/// <param name="Event">The event as the adapter gave it.</param>
/// <param name="Entry">The entry of the store.</param>
/// <param name="Cause">Cause for which the event is discarded; null: it is to be stored.</param>
internal sealed record OfferedEvent(InboundEvent Event, InboundEntry Entry, DiscardCause? Cause)
{
    /// <summary>Size of the state and the ticket in UTF-16 units: they take room until their own rows are written.</summary>
    public long StateSize { get; } = Entry.State.Sum(static entry => entry.Key.Length + (long)entry.Value.Length) + (Entry.Ticket?.Value.Length ?? 0);

    public long Size => Entry.Payload.Length + StateSize;
}

/// <summary>Call of <see cref="IInbox"/> that is not answered: one event, or a batch that is stored as a whole.</summary>
internal abstract class InboxCall
{
    private volatile bool _isAcknowledged;

    protected InboxCall(AdapterInbox inbox, IReadOnlyList<OfferedEvent> events)
    {
        (Inbox, Events, HasOwnRoom) = (inbox, events, true);
        foreach (var offered in events)
        {
            Size += offered.Size;
            HasState |= offered.Entry.State.Count > 0;
            NeedsStore |= offered.Cause is null || offered.Entry is { Left.Count: > 0 } or { Change: not null };
            IsUrgent |= offered.Event is ButtonPressed or { Ticket: not null } || offered.Entry.Control is not null;
            HasOwnRoom &= offered.Event is ButtonPressed || offered.Entry is { Control: not null } or { Change: not null, IsDiscarded: true };
        }

        NeedsStore |= HasState;
    }

    public AdapterInbox Inbox { get; }

    public IReadOnlyList<OfferedEvent> Events { get; }

    /// <summary>Size of events and state together, in bytes.</summary>
    public long Size { get; }

    /// <summary>True: something of it is to be written.</summary>
    public bool NeedsStore { get; }

    public bool HasState { get; }

    /// <summary>True: a person or the platform waits for the answer, so the call never waits for room.</summary>
    public bool IsUrgent { get; }

    /// <summary>True: it may use the room that is reserved for presses, control words, and edits and deletions that get no row.</summary>
    public bool HasOwnRoom { get; }

    /// <summary>Number of the call in its generation.</summary>
    public long Number { get; set; }

    /// <summary>Number of the first call that brought the earliest of the events.</summary>
    public long Place { get; set; }

    /// <summary>Time since when it has waited for room; null: it has not.</summary>
    public DateTimeOffset? WaitsSince { get; set; }

    /// <summary>Keys by which the events are known when they come again: their ids. An event without an id comes again only with this call.</summary>
    public IEnumerable<object> Keys => Events.Select(offered => (object?)offered.Event.EventId ?? this);

    /// <summary>True: every event is on the disk, or discarded.</summary>
    public bool IsAcknowledged => _isAcknowledged;

    /// <summary>True: the caller has an answer, or has given up.</summary>
    public abstract bool IsAnswered { get; }

    /// <summary>Marks the events as on the disk, or discarded. Before the answer.</summary>
    public void Acknowledge() => _isAcknowledged = true;

    /// <summary>Gives the caller a task, before the call can be answered by another thread.</summary>
    public abstract void Open();

    /// <summary>Answers the caller; false: it has an answer, or has given up.</summary>
    /// <param name="verdicts">The verdict of each event.</param>
    public abstract bool TryAnswer(Acceptance[] verdicts);

    /// <summary>Answers the caller with one verdict for all events.</summary>
    public bool TryAnswer(Acceptance verdict) => TryAnswer([.. Events.Select(_ => verdict)]);
}

/// <summary>Call with its result.</summary>
/// <param name="inbox">The inbox.</param>
/// <param name="events">The events, one at least.</param>
/// <param name="result">Makes the result of the verdicts.</param>
/// <param name="cancellationToken">Ends the wait of the caller.</param>
internal sealed class InboxCall<T>(
    AdapterInbox inbox, IReadOnlyList<OfferedEvent> events, Func<Acceptance[], T> result, CancellationToken cancellationToken)
    : InboxCall(inbox, events)
{
    private Promise<T>? _promise;
    private Task<T>? _atOnce;

    public Task<T> Task => _promise?.Task ?? _atOnce!;

    public override bool IsAnswered => _promise is null ? _atOnce is not null : !_promise.IsOpen;

    public override void Open() => _promise ??= new(cancellationToken, Inbox.AdapterId);

    public override bool TryAnswer(Acceptance[] verdicts)
    {
        if (_promise is { } promise) return promise.TryComplete(result(verdicts));
        _atOnce = System.Threading.Tasks.Task.FromResult(result(verdicts));
        return true;
    }
}
