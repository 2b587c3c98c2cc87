using PluginGateway.Store;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Inbox of one generation of an adapter.</summary>
/// <param name="intake">Judges and stores the events.</param>
/// <param name="adapterId">The adapter's id.</param>
/// <param name="generation">Its generation.</param>
/// <param name="inbound">The platform's treatment of a message that is not acknowledged.</param>
/// <param name="line">Calls of the adapter that wait for room.</param>
/// <param name="isRetired">Returns true when the generation has been replaced. Any thread.</param>
/// <param name="keepsTickets">True: the adapter replies by the tickets of events.</param>
/// <param name="provesSenders">True: an id of the platform proves who a person is.</param>
internal sealed class AdapterInbox(
    InboxIntake intake, string adapterId, int generation, InboundClass inbound, WaitingCalls.Line line, Func<bool> isRetired, bool keepsTickets,
    bool provesSenders) : IInbox
{
    public string AdapterId => adapterId;

    public int Generation => generation;

    public InboundClass Inbound => inbound;

    /// <summary>True: a refused event is lost, so its call waits for room instead.</summary>
    public bool MayWait => inbound == InboundClass.NonReplayable;

    /// <summary>True: the ticket of an event is stored with it.</summary>
    public bool KeepsTickets => keepsTickets;

    public WaitingCalls.Line Line => line;

    /// <summary>True: an id of the platform proves who a person is.</summary>
    public bool ProvesSenders => provesSenders;

    /// <summary>Refused events of this generation.</summary>
    public RefusedEvents Refused { get; } = new();

    public bool IsRetired() => isRetired();

    /// <summary>Returns whether the state of a call is written now. On the store's writer.</summary>
    public StateOrder OrderOf(InboxCall call)
    {
        if (!Refused.HasBefore(call)) return StateOrder.Write;
        if (MayWait) return StateOrder.LeaveOut;
        // Known at once: the calls behind it may be in the same transaction.
        Refused.Add(call, isKept: false);
        return StateOrder.Refuse;
    }

    public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken) =>
        intake.AcceptAsync(this, inboundEvent, cancellationToken);

    public Task<IReadOnlyList<Acceptance>> AcceptAsync(
        IReadOnlyList<InboundEvent> events, IReadOnlyDictionary<string, string>? state, CancellationToken cancellationToken) =>
        intake.AcceptAsync(this, events, state ?? InboundRules.NoState, cancellationToken);
}
