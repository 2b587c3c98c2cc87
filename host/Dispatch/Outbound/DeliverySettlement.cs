using PluginGateway.Dispatch.External;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Settles attempts: decides what follows for a message and stores that; until it is durable the message has its chat. Only on the loop's
/// thread.</summary>
/// <param name="loop">The loop.</param>
/// <param name="store">The store.</param>
/// <param name="policy">Decides what follows.</param>
/// <param name="adapterQueues">The owed messages.</param>
/// <param name="limiter">The rate limits.</param>
/// <param name="events">Publishes the outcomes.</param>
/// <param name="log">The log.</param>
internal sealed class DeliverySettlement(
    DispatchLoop loop, MessageStore store, RetryPolicy policy, AdapterQueues adapterQueues, RateLimiter limiter, MessageEvents events, ILogger log)
{
    /// <summary>Settles an attempt that has ended.</summary>
    public void Settle(PendingDelivery pendingDelivery, SendResult result)
    {
        var (chat, message) = (pendingDelivery.Chat, pendingDelivery.Message);
        var progress = pendingDelivery.Call!.Progress(result);
        if (result.Outcome is SendOutcome.Sent or SendOutcome.Partial) chat.Adapter.LastOutbound = loop.WallClock;
        if (result.Outcome == SendOutcome.Unknown) chat.MayHaveArrived(pendingDelivery);
        var isWhole = progress >= pendingDelivery.Call.Whole && result.Outcome is SendOutcome.Sent or SendOutcome.Partial;
        var decision = isWhole
            ? new DeliveryDecision(DeliveryDecisionKind.Delivered, TimeSpan.Zero, "")
            : policy.Decide(result, message.Attempt, loop.Now - message.Owed, pendingDelivery.Generation.Port.MayRepeat(message.Kind));
        limiter.Apply(chat, result.Error);
        if (result.Receipt is { EarlierParts.Count: > 0 and var more }) limiter.Count(pendingDelivery, more);
        if (result.Receipt is { } named && MessageIds.Beyond(named) is > 0 and var beyond) log.IdsNotKept(message.Id, chat.Adapter.AdapterId, beyond);
        if (isWhole) Deliver(pendingDelivery, result.Receipt!);
        else if (result.Receipt is { } receipt) Continue(pendingDelivery, progress, receipt, decision);
        else if (decision.IsFinal) GiveUp(chat, message, decision);
        else Retry(pendingDelivery, decision);
    }

    /// <summary>Decides about a message whose attempt was open when the last process ended, by the traits of the generation that would send it now.
    /// Null: it may be sent again; else the reason for which it is parked.</summary>
    public string? SettleUnknown(OwedMessage message, AdapterPort port)
    {
        const string Reason = "the gateway ended while it was being sent.";
        var decision = policy.DecideUnknown(Reason, message.Attempt, loop.Now - message.Owed, port.MayRepeat(message.Kind));
        return decision.Verdict == DeliveryDecisionKind.Again ? null : decision.Reason;
    }

    /// <summary>Cancels an attempt that the adapter has not seen: it does not count.</summary>
    public void NotTried(PendingDelivery pendingDelivery, string reason, bool waits, TimeSpan after = default)
    {
        pendingDelivery.Chat.CancelAttempt(pendingDelivery, reason, waits, loop.Now, loop.Now + after);
        Reschedule(pendingDelivery.Chat, pendingDelivery.Message, reason);
    }

    public void GiveUp(ChatQueue chat, OwedMessage message, DeliveryDecision decision)
    {
        if (decision.Verdict == DeliveryDecisionKind.Park) Park(chat, message, decision.Reason);
        else Reject(chat, message, decision.Reason);
    }

    /// <summary>Parks a message for the operator.</summary>
    public void Park(ChatQueue chat, OwedMessage message, string reason)
    {
        chat.Lock(message);
        log.SendParked(message.Id, chat.Adapter.AdapterId, reason);
        Finish(chat, message, MessageEventKind.SendParked, reason, done => store.ParkSend(message.Id, reason, done));
    }

    private void Deliver(PendingDelivery pendingDelivery, Receipt receipt)
    {
        var (message, note) = (pendingDelivery.Message, pendingDelivery.Call!.Note);
        Finish(pendingDelivery.Chat, message, MessageEventKind.Delivered, note,
            done => store.SettleDelivered(message.Id, MessageIds.Of(receipt), done, note));
        adapterQueues.Settling?.Invoke(pendingDelivery);
    }

    /// <summary>Stores that a part has arrived, before anything else is sent; attempts at the rest are counted anew.</summary>
    private void Continue(PendingDelivery pendingDelivery, int progress, Receipt receipt, DeliveryDecision decision)
    {
        var (chat, message) = (pendingDelivery.Chat, pendingDelivery.Message);
        if (progress > pendingDelivery.Call!.Start) chat.CountAnew(message);
        if (decision.IsFinal || decision.Verdict == DeliveryDecisionKind.Delivered) chat.Reschedule(message, loop.Now);
        else Wait(pendingDelivery, decision);
        var due = message.Due;
        loop.Persist<bool>(done => store.SettlePartial(message.Id, progress, MessageIds.Of(receipt), due, decision.Reason, done), _ =>
        {
            if (decision.IsFinal) GiveUp(chat, message, decision);
            else adapterQueues.Free(chat, message);
        });
    }

    private void Retry(PendingDelivery pendingDelivery, DeliveryDecision decision)
    {
        Wait(pendingDelivery, decision);
        Reschedule(pendingDelivery.Chat, pendingDelivery.Message, decision.Reason);
    }

    private void Wait(PendingDelivery pendingDelivery, DeliveryDecision decision)
    {
        var (chat, message) = (pendingDelivery.Chat, pendingDelivery.Message);
        chat.Retry(pendingDelivery, decision, loop.Now);
        if (message.WaitsForConnection) log.SendWaits(message.Id, chat.Adapter.AdapterId, decision.Reason);
        else log.SendDelayed(message.Id, chat.Adapter.AdapterId, message.Attempt, decision.Reason, decision.Delay.TotalSeconds);
    }

    private void Reschedule(ChatQueue chat, OwedMessage message, string reason)
    {
        var (due, isDoubtful) = (message.Due, message.DoubtfulSince is not null);
        loop.Persist<bool>(done => store.Reschedule(message.Id, due, isDoubtful, reason, done), _ => adapterQueues.Free(chat, message));
    }

    private void Reject(ChatQueue chat, OwedMessage message, string reason)
    {
        log.SendRejected(message.Id, chat.Adapter.AdapterId, reason);
        Finish(chat, message, MessageEventKind.Rejected, reason, done => store.SettleRejected(message.Id, reason, done));
    }

    private void Finish(ChatQueue chat, OwedMessage message, MessageEventKind how, string? reason, Action<Action<CommandResult<bool>>> verb) =>
        loop.Persist<bool>(verb, _ =>
        {
            adapterQueues.Remove(chat, message);
            events.Publish(how, message.Id, chat.Adapter.AdapterId, chat.Key, reason);
            adapterQueues.Free(chat, message);
        });
}
