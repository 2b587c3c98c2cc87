using Microsoft.Extensions.Logging;
using PluginGateway.Store;

namespace PluginGateway.Dispatch;

/// <summary>Decides and writes down what becomes of a message; until that is durable its chat is busy with it. Only on the loop's thread.</summary>
/// <param name="loop">The loop.</param>
/// <param name="store">Where it is written.</param>
/// <param name="policy">Decides.</param>
/// <param name="outlets">What is owed.</param>
/// <param name="rates">What holds it back.</param>
/// <param name="news">Who is told.</param>
/// <param name="log">The log.</param>
/// <param name="settling">A message of the chat has arrived, and that is being written down: the next one may be leased with it.</param>
/// <param name="released">The chat may go on.</param>
internal sealed class SendSettlement(
    DispatchLoop loop, MessageStore store, RetryPolicy policy, Outlets outlets, SendRates rates, NewsDesk news, ILogger log, Action<Send> settling, Action<ChatLane> released)
{
    /// <summary>An attempt has ended.</summary>
    public void Settle(Send send, SendResult result)
    {
        var (chat, message) = (send.Chat, send.Message);
        var progress = send.Parcel!.Progress(result);
        if (result.Outcome is SendOutcome.Sent or SendOutcome.Partial) chat.Outlet.LastOutbound = loop.WallClock;
        if (result.Outcome == SendOutcome.Unknown) message.DoubtfulSince ??= send.Began;
        var isWhole = progress >= send.Parcel.Whole && result.Outcome is SendOutcome.Sent or SendOutcome.Partial;
        var decision = isWhole
            ? new SendDecision(SendVerdict.Delivered, TimeSpan.Zero, "")
            : policy.Decide(result, message.Attempt, loop.Now - message.Owed, send.Connection.Port.MayRepeat(message.Kind));
        rates.Heed(chat, result.Error);
        if (isWhole) Deliver(send, result.Receipt!);
        else if (result.Receipt is { } receipt) Continue(send, progress, receipt, decision);
        else if (decision.Verdict is SendVerdict.Reject or SendVerdict.Park) GiveUp(chat, message, decision);
        else Again(send, decision);
    }

    /// <summary>What was in doubt since the last process is decided by the traits of the generation that would send it now. Null: it may go again; else why it is parked.</summary>
    public string? Doubt(OwedMessage message, AdapterPort port)
    {
        var decision = policy.DecideUnknown("the gateway ended while it was being sent.", message.Attempt, loop.Now - message.Owed, port.MayRepeat(message.Kind));
        message.IsDoubtful = decision.Verdict != SendVerdict.Again;
        return message.IsDoubtful ? decision.Reason : null;
    }

    /// <summary>Nobody has seen the message: the attempt does not count.</summary>
    public void NotTried(Send send, string reason, bool waits, TimeSpan after = default)
    {
        var (chat, message) = (send.Chat, send.Message);
        message.Attempt--;
        message.Due = loop.Now + after;
        message.WaitsForConnection = waits && chat.Outlet.Connection == send.Connection;
        if (message.WaitsForConnection) message.BlockedSince ??= loop.Now;
        Reschedule(chat, message, reason);
    }

    public void GiveUp(ChatLane chat, OwedMessage message, SendDecision decision)
    {
        if (decision.Verdict == SendVerdict.Park) Park(chat, message, decision.Reason);
        else Reject(chat, message, decision.Reason);
    }

    /// <summary>The operator decides.</summary>
    public void Park(ChatLane chat, OwedMessage message, string reason)
    {
        chat.Occupy(message);
        log.SendParked(message.Id, chat.Outlet.AdapterId, reason);
        Finish(chat, message, NewsKind.SendParked, reason, done => store.ParkSend(message.Id, reason, done));
    }

    public void Release(ChatLane chat, OwedMessage message)
    {
        chat.Vacate(message);
        if (!chat.IsBusy) released(chat);
    }

    private void Deliver(Send send, Receipt receipt)
    {
        var message = send.Message;
        Finish(send.Chat, message, NewsKind.Delivered, null, done => store.SettleDelivered(message.Id, MessageIds.Of(receipt), done));
        settling(send);
    }

    /// <summary>A part has arrived, which is written down before anything else; of the rest the attempts are counted anew.</summary>
    private void Continue(Send send, int progress, Receipt receipt, SendDecision decision)
    {
        var (chat, message) = (send.Chat, send.Message);
        if (progress > send.Parcel!.Start) (message.Attempt, message.BlockedSince, message.DoubtfulSince) = (0, null, null);
        if (decision.Verdict != SendVerdict.Delivered) Wait(send, decision);
        else message.Due = loop.Now;
        var due = message.Due;
        loop.Persist(done => store.SettlePartial(message.Id, progress, MessageIds.Of(receipt), due, decision.Reason, done), _ =>
        {
            if (decision.Verdict is SendVerdict.Reject or SendVerdict.Park) GiveUp(chat, message, decision);
            else Release(chat, message);
        });
    }

    private void Again(Send send, SendDecision decision)
    {
        Wait(send, decision);
        Reschedule(send.Chat, send.Message, decision.Reason);
    }

    private void Wait(Send send, SendDecision decision)
    {
        var (chat, message) = (send.Chat, send.Message);
        message.Due = loop.Now + decision.Delay;
        if (decision.Verdict is SendVerdict.Reject or SendVerdict.Park) return;
        message.BlockedSince ??= loop.Now;
        // A newer generation may have been attached while this one was busy; then there is nothing to wait for.
        message.WaitsForConnection = decision.Verdict == SendVerdict.AfterReconnect && (chat.Outlet.Connection is null || chat.Outlet.Connection == send.Connection);
        if (message.WaitsForConnection) log.SendWaits(message.Id, chat.Outlet.AdapterId, decision.Reason);
        else log.SendDelayed(message.Id, chat.Outlet.AdapterId, message.Attempt, decision.Reason, decision.Delay.TotalSeconds);
    }

    private void Reschedule(ChatLane chat, OwedMessage message, string reason)
    {
        var (due, isDoubtful) = (message.Due, message.DoubtfulSince is not null);
        loop.Persist(done => store.Reschedule(message.Id, due, isDoubtful, reason, done), _ => Release(chat, message));
    }

    private void Reject(ChatLane chat, OwedMessage message, string reason)
    {
        log.SendRejected(message.Id, chat.Outlet.AdapterId, reason);
        Finish(chat, message, NewsKind.Rejected, reason, done => store.SettleRejected(message.Id, reason, done));
    }

    private void Finish(ChatLane chat, OwedMessage message, NewsKind how, string? reason, Action<Action<Answer<bool>>> verb) => loop.Persist(verb, _ =>
    {
        outlets.Remove(chat, message);
        news.Tell(how, message.Id, chat.Outlet.AdapterId, chat.Key, reason);
        Release(chat, message);
    });
}
