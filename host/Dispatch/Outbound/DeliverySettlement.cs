using PluginGateway.Dispatch.External;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Decides and writes down what becomes of a message; until that is durable its chat is busy with it. Only on the loop's thread.</summary>
/// <param name="loop">The loop.</param>
/// <param name="store">Where it is written.</param>
/// <param name="policy">Decides.</param>
/// <param name="adapterQueues">What is owed.</param>
/// <param name="limiter">What holds it back.</param>
/// <param name="news">Who is told.</param>
/// <param name="log">The log.</param>
/// <param name="settling">A message of the chat has arrived, and that is being written down: the next one may be leased with it.</param>
/// <param name="released">The chat may go on.</param>
internal sealed class DeliverySettlement(
    DispatchLoop loop, MessageStore store, RetryPolicy policy, AdapterQueues adapterQueues, RateLimiter limiter, MessageEvents news, ILogger log, Action<PendingDelivery> settling, Action<ChatQueue> released)
{
    /// <summary>An attempt has ended.</summary>
    public void Settle(PendingDelivery pendingDelivery, SendResult result)
    {
        var (chat, message) = (pendingDelivery.Chat, pendingDelivery.Message);
        var progress = pendingDelivery.Call!.Progress(result);
        if (result.Outcome is SendOutcome.Sent or SendOutcome.Partial) chat.Adapter.LastOutbound = loop.WallClock;
        if (result.Outcome == SendOutcome.Unknown) message.DoubtfulSince ??= pendingDelivery.Began;
        var isWhole = progress >= pendingDelivery.Call.Whole && result.Outcome is SendOutcome.Sent or SendOutcome.Partial;
        var decision = isWhole
            ? new DeliveryDecision(DeliveryDecisionKind.Delivered, TimeSpan.Zero, "")
            : policy.Decide(result, message.Attempt, loop.Now - message.Owed, pendingDelivery.Generation.Port.MayRepeat(message.Kind));
        limiter.Apply(chat, result.Error);
        if (isWhole) Deliver(pendingDelivery, result.Receipt!);
        else if (result.Receipt is { } receipt) Continue(pendingDelivery, progress, receipt, decision);
        else if (decision.Verdict is DeliveryDecisionKind.Reject or DeliveryDecisionKind.Park) GiveUp(chat, message, decision);
        else Retry(pendingDelivery, decision);
    }

    /// <summary>What was in doubt since the last process is decided by the traits of the generation that would send it now. Null: it may go again; else why it is parked.</summary>
    public string? SettleUnknown(OwedMessage message, AdapterPort port)
    {
        var decision = policy.DecideUnknown("the gateway ended while it was being sent.", message.Attempt, loop.Now - message.Owed, port.MayRepeat(message.Kind));
        message.IsDoubtful = decision.Verdict != DeliveryDecisionKind.Again;
        return message.IsDoubtful ? decision.Reason : null;
    }

    /// <summary>Nobody has seen the message: the attempt does not count.</summary>
    public void NotTried(PendingDelivery pendingDelivery, string reason, bool waits, TimeSpan after = default)
    {
        var (chat, message) = (pendingDelivery.Chat, pendingDelivery.Message);
        message.Attempt--;
        message.Due = loop.Now + after;
        message.WaitsForConnection = waits && chat.Adapter.Connection == pendingDelivery.Generation;
        if (message.WaitsForConnection) message.BlockedSince ??= loop.Now;
        message.RetryReason = reason;
        Reschedule(chat, message, reason);
    }

    public void GiveUp(ChatQueue chat, OwedMessage message, DeliveryDecision decision)
    {
        if (decision.Verdict == DeliveryDecisionKind.Park) Park(chat, message, decision.Reason);
        else Reject(chat, message, decision.Reason);
    }

    /// <summary>The operator decides.</summary>
    public void Park(ChatQueue chat, OwedMessage message, string reason)
    {
        chat.Lock(message);
        log.SendParked(message.Id, chat.Adapter.AdapterId, reason);
        Finish(chat, message, MessageEventKind.SendParked, reason, done => store.ParkSend(message.Id, reason, done));
    }

    public void Release(ChatQueue chat, OwedMessage message)
    {
        chat.Unlock(message);
        if (!chat.IsBusy) released(chat);
    }

    private void Deliver(PendingDelivery pendingDelivery, Receipt receipt)
    {
        var message = pendingDelivery.Message;
        Finish(pendingDelivery.Chat, message, MessageEventKind.Delivered, null, done => store.SettleDelivered(message.Id, MessageIds.Of(receipt), done));
        settling(pendingDelivery);
    }

    /// <summary>A part has arrived, which is written down before anything else; of the rest the attempts are counted anew.</summary>
    private void Continue(PendingDelivery pendingDelivery, int progress, Receipt receipt, DeliveryDecision decision)
    {
        var (chat, message) = (pendingDelivery.Chat, pendingDelivery.Message);
        if (progress > pendingDelivery.Call!.Start) (message.Attempt, message.BlockedSince, message.DoubtfulSince) = (0, null, null);
        if (decision.Verdict != DeliveryDecisionKind.Delivered) Wait(pendingDelivery, decision);
        else message.Due = loop.Now;
        var due = message.Due;
        loop.Persist(done => store.SettlePartial(message.Id, progress, MessageIds.Of(receipt), due, decision.Reason, done), _ =>
        {
            if (decision.Verdict is DeliveryDecisionKind.Reject or DeliveryDecisionKind.Park) GiveUp(chat, message, decision);
            else Release(chat, message);
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
        message.Due = loop.Now + decision.Delay;
        if (decision.Verdict is DeliveryDecisionKind.Reject or DeliveryDecisionKind.Park) return;
        message.BlockedSince ??= loop.Now;
        message.RetryReason = decision.Reason;
        // A newer generation may have been attached while this one was busy; then there is nothing to wait for.
        message.WaitsForConnection = decision.Verdict == DeliveryDecisionKind.AfterReconnect && (chat.Adapter.Connection is null || chat.Adapter.Connection == pendingDelivery.Generation);
        if (message.WaitsForConnection) log.SendWaits(message.Id, chat.Adapter.AdapterId, decision.Reason);
        else log.SendDelayed(message.Id, chat.Adapter.AdapterId, message.Attempt, decision.Reason, decision.Delay.TotalSeconds);
    }

    private void Reschedule(ChatQueue chat, OwedMessage message, string reason)
    {
        var (due, isDoubtful) = (message.Due, message.DoubtfulSince is not null);
        loop.Persist(done => store.Reschedule(message.Id, due, isDoubtful, reason, done), _ => Release(chat, message));
    }

    private void Reject(ChatQueue chat, OwedMessage message, string reason)
    {
        log.SendRejected(message.Id, chat.Adapter.AdapterId, reason);
        Finish(chat, message, MessageEventKind.Rejected, reason, done => store.SettleRejected(message.Id, reason, done));
    }

    private void Finish(ChatQueue chat, OwedMessage message, MessageEventKind how, string? reason, Action<Action<CommandResult<bool>>> verb) => loop.Persist(verb, _ =>
    {
        adapterQueues.Remove(chat, message);
        news.Publish(how, message.Id, chat.Adapter.AdapterId, chat.Key, reason);
        Release(chat, message);
    });
}
