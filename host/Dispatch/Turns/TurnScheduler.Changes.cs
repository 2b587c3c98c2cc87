using PluginGateway.Dispatch.External;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Turns;

/// <content>Edits and deletions of messages whose turns have not begun. The store decides; a begin that is being stored comes behind the
/// change.</content>
internal sealed partial class TurnScheduler
{
    /// <summary>Applies a change that the store has made. Nothing where the message is not known: it will be loaded as it is now.</summary>
    public void Change(ChangedMessage changed)
    {
        if (!_known.Contains(changed.Id) || !_sessions.TryGetValue(changed.Session, out var session)) return;
        if (session.Turns.FirstOrDefault(turn => turn.Members.Any(row => row.Id == changed.Id)) is not { } turn) return;
        var begun = _running.FirstOrDefault(run => run.Turn == turn);
        if (changed.Payload is { } payload) Replace(turn, begun, changed.Id, payload);
        else Drop(session, turn, begun, changed.Id);
    }

    private void Replace(PendingTurn turn, TurnRun? begun, long id, byte[] payload)
    {
        var (before, after) = turn.Replace(id, payload);
        _pending.ReleaseState(after.AdapterId, before.Payload.Length - payload.Length);
        if (begun is { Call: null })
        {
            if (TurnEvents.Read(turn) is { } received && TurnEvents.FormsFor(begun.Handler, received) is { } forms)
                begun.Host = HostOf(turn, begun.Handler, forms);
        }
        else if (InboundFacts.Read(before.Payload).IsUnaddressed && !InboundFacts.Read(payload).IsUnaddressed) _events.Accepted(after);
    }

    private void Drop(SessionQueue session, PendingTurn turn, TurnRun? begun, long id)
    {
        var row = turn.Members.First(row => row.Id == id);
        // A begin that is being stored finds it settled, and leaves it out.
        if (begun is null) session.TakeOut([id]);
        Forget(row, MessageEventKind.Dropped, ChangeVerbs.Deleted);
        if (begun is null) Schedule(session);
    }

    private HostTurn HostOf(PendingTurn turn, AttachedHandler handler, InboundEvent[] received) =>
        new(turn, received, handler.Port.HandlerId, _services, _sends.AbilitiesOf(turn.Lead.AdapterId), _log);
}
