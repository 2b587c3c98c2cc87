namespace PluginGateway.Dispatch.Outbound;

/// <summary>Chooses the message of each chat that is due, and has it sent, or parked when it has expired. Only on the loop's thread.</summary>
internal sealed class DeliveryScheduler
{
    private static readonly TimeSpan ExpiryPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(1);

    private readonly DispatchLoop _loop;
    private readonly AdapterQueues _adapterQueues;
    private readonly DeliveryAttempts _attempts;
    private readonly DeliverySettlement _settlement;
    private readonly ILogger _log;

    public DeliveryScheduler(DispatchLoop loop, AdapterQueues adapterQueues, DeliveryAttempts attempts, DeliverySettlement settlement, ILogger log)
    {
        (_loop, _adapterQueues, _attempts, _settlement, _log) = (loop, adapterQueues, attempts, settlement, log);
        (adapterQueues.Freed, adapterQueues.Settling) = (Reschedule, Continue);
    }

    /// <summary>Starts every send that may start.</summary>
    public void Advance()
    {
        if (_attempts.IsDraining) return;
        foreach (var adapterQueue in _adapterQueues.All)
        {
            while (adapterQueue.Connection is { } attachedGeneration && MayStart(adapterQueue, attachedGeneration)
                && adapterQueue.TryTakeReady(out var chat))
            {
                chat.LeaveReady();
                Start(chat, attachedGeneration);
            }
        }
    }

    /// <summary>Starts a send. A fault over one chat holds none of the others.</summary>
    private void Start(ChatQueue chat, AttachedGeneration attachedGeneration)
    {
        try
        {
            if (!chat.IsBusy && chat.Expired(_loop.Now) is null && chat.TrySelect(_loop.Now, _adapterQueues.IsOwed, out _) is { } message)
                _attempts.Begin(chat, message, attachedGeneration);
            else Reschedule(chat);
        }
        catch (Exception exception)
        {
            _log.StepFailed(exception.GetType().FullName, exception.StackTrace);
            Wake(chat, _loop.Now + AfterFault);
        }
    }

    /// <summary>Leases the next message of a chat in the commit that settles the one before, unless another chat waits for its place.</summary>
    public void Continue(PendingDelivery settling)
    {
        var (chat, attachedGeneration) = (settling.Chat, settling.Generation);
        if (_attempts.IsDraining || chat.Adapter.Connection != attachedGeneration) return;
        if (chat.Adapter.HasReady || !MayStart(chat.Adapter, attachedGeneration)) return;
        if (chat.After(settling.Message, _loop.Now) is { } next) _attempts.BeginNext(chat, next, attachedGeneration);
    }

    /// <summary>Applies a change of a chat: makes it ready if a message of it may be sent now, else plans the next check.</summary>
    public void Reschedule(ChatQueue chat)
    {
        if (chat.IsBusy) return;
        if (chat.Expired(_loop.Now) is { } old)
        {
            _settlement.Park(
                chat, old, $"It expired: it had been owed for {(_loop.Now - old.Owed).TotalHours:0.#} h after {old.Attempt} attempts.");
            return;
        }

        if (chat.IsReady) return;
        if (chat.TrySelect(_loop.Now, _adapterQueues.IsOwed, out var wakeAt) is not null)
        {
            chat.BecomeReady();
        }
        else if (wakeAt < chat.WakesAt)
        {
            Wake(chat, wakeAt);
        }
        else if (chat.Messages.Count == 0 && wakeAt == DateTimeOffset.MaxValue)
        {
            chat.Adapter.RemoveChat(chat);
        }
    }

    /// <summary>Looks once a minute for messages that have expired while nothing else happened to them.</summary>
    public void WatchExpiry() => _loop.At(_loop.Now + ExpiryPeriod, () =>
    {
        foreach (var adapterQueue in _adapterQueues.All)
        {
            foreach (var chat in adapterQueue.Chats.Where(chat => chat.Expired(_loop.Now) is not null).ToArray()) Reschedule(chat);
        }

        WatchExpiry();
    });

    private bool MayStart(AdapterQueue adapterQueue, AttachedGeneration attachedGeneration) =>
        attachedGeneration.InFlight < attachedGeneration.Port.Traits.ConcurrentSends && adapterQueue.HeldUntil <= _loop.Now;

    private void Wake(ChatQueue chat, DateTimeOffset at)
    {
        chat.Wake(at);
        _loop.At(at, () =>
        {
            if (chat.WakesAt == at) chat.Wake(DateTimeOffset.MaxValue);
            Reschedule(chat);
        });
    }
}
