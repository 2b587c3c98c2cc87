namespace PluginGateway.Dispatch.Outbound;

/// <summary>Chooses which message of which chat is due, and has it sent, or parked when it is too old. Only on the loop's thread.</summary>
internal sealed class DeliveryScheduler(DispatchLoop loop, AdapterQueues adapterQueues, DeliveryAttempts attempts, DeliverySettlement settlement, ILogger log)
{
    private static readonly TimeSpan ExpiryPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(1);

    /// <summary>Starts every send that may start.</summary>
    public void Advance()
    {
        if (attempts.IsDraining) return;
        foreach (var adapterQueue in adapterQueues.All)
        {
            while (adapterQueue.Connection is { } attachedGeneration && MayStart(adapterQueue, attachedGeneration) && adapterQueue.Ready.TryDequeue(out var chat))
            {
                chat.IsReady = false;
                Start(chat, attachedGeneration);
            }
        }
    }

    /// <summary>A fault over one chat holds none of the others.</summary>
    private void Start(ChatQueue chat, AttachedGeneration attachedGeneration)
    {
        try
        {
            if (!chat.IsBusy && chat.Expired(loop.Now) is null && chat.TrySelect(loop.Now, adapterQueues.IsOwed, out _) is { } message) attempts.Begin(chat, message, attachedGeneration);
            else Reschedule(chat);
        }
        catch (Exception exception)
        {
            log.StepFailed(exception.GetType().FullName, exception.StackTrace);
            Wake(chat, loop.Now + AfterFault);
        }
    }

    /// <summary>A message has arrived and is being settled: the one behind it is leased in the same commit, unless another chat waits for the place.</summary>
    public void Continue(PendingDelivery settling)
    {
        var (chat, attachedGeneration) = (settling.Chat, settling.Generation);
        if (attempts.IsDraining || chat.Adapter.Connection != attachedGeneration || chat.Adapter.Ready.Count > 0 || !MayStart(chat.Adapter, attachedGeneration)) return;
        if (chat.After(settling.Message, loop.Now) is { } next) attempts.BeginNext(chat, next, attachedGeneration);
    }

    /// <summary>Something of a chat has changed: it is ready if a message of it may be sent now, else it is looked at again when that may be so.</summary>
    public void Reschedule(ChatQueue chat)
    {
        if (chat.IsBusy) return;
        if (chat.Expired(loop.Now) is { } old)
        {
            settlement.Park(chat, old, $"It expired: it had been owed for {(loop.Now - old.Owed).TotalHours:0.#} h after {old.Attempt} attempts.");
            return;
        }

        if (chat.IsReady) return;
        if (chat.TrySelect(loop.Now, adapterQueues.IsOwed, out var wakeAt) is not null)
        {
            chat.IsReady = true;
            chat.Adapter.Ready.Enqueue(chat);
        }
        else if (wakeAt < chat.WakesAt)
        {
            Wake(chat, wakeAt);
        }
        else if (chat.Messages.Count == 0 && wakeAt == DateTimeOffset.MaxValue && chat.Adapter.Chats.GetValueOrDefault(chat.Key) == chat)
        {
            chat.Adapter.Chats.Remove(chat.Key);
        }
    }

    /// <summary>Looks for messages that expire while nothing happens to them, for ever.</summary>
    public void WatchExpiry() => loop.At(loop.Now + ExpiryPeriod, () =>
    {
        foreach (var adapterQueue in adapterQueues.All)
        {
            foreach (var chat in adapterQueue.Chats.Values.Where(chat => chat.Expired(loop.Now) is not null).ToArray()) Reschedule(chat);
        }

        WatchExpiry();
    });

    private bool MayStart(AdapterQueue adapterQueue, AttachedGeneration attachedGeneration) => attachedGeneration.InFlight < attachedGeneration.Port.Traits.ConcurrentSends && adapterQueue.HeldUntil <= loop.Now;

    private void Wake(ChatQueue chat, DateTimeOffset at)
    {
        chat.WakesAt = at;
        loop.At(at, () =>
        {
            if (chat.WakesAt == at) chat.WakesAt = DateTimeOffset.MaxValue;
            Reschedule(chat);
        });
    }
}
