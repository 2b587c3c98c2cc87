using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Attempts to deliver: each leases a message durably, calls the adapter and handles the end of the call. Only on the loop's
/// thread.</summary>
/// <param name="loop">The loop.</param>
/// <param name="store">Where a message is leased.</param>
/// <param name="adapterQueues">What is owed.</param>
/// <param name="limiter">What an attempt uses up.</param>
/// <param name="settlement">What becomes of the message.</param>
/// <param name="media">Where the files of messages are.</param>
/// <param name="saying">Called with each text that is sent, its chat and its adapter. Any thread.</param>
/// <param name="log">The log.</param>
internal sealed class DeliveryAttempts(
    DispatchLoop loop, MessageStore store, AdapterQueues adapterQueues, RateLimiter limiter, DeliverySettlement settlement, string media,
    Action<string, Chat, string> saying, ILogger log)
{
    /// <summary>Least size in bytes of a message that is read and cut beside the loop: a smaller one is read faster than it is handed over.</summary>
    private const int LeastBytesToPack = 32 * 1024;

    /// <summary>True: no new send is started.</summary>
    public bool IsDraining { get; set; }

    public void Begin(ChatQueue chat, OwedMessage message, AttachedGeneration attachedGeneration)
    {
        if (message.IsDoubtful && settlement.SettleUnknown(message, attachedGeneration.Port) is { } reason)
        {
            settlement.Park(chat, message, reason);
            return;
        }

        if (ForgottenAfter(attachedGeneration.Port, message) is not { } window)
        {
            limiter.Acquire(chat, message.Kind, attachedGeneration.Port.Traits);
            Lease(chat.Lease(message, attachedGeneration, loop.Moment));
            return;
        }

        var since = message.DoubtfulSince!.Value;
        var when = since == Moment.LongAgo
            ? "at a time that the clock, which was set back, does not tell"
            : $"{loop.Since(since).TotalMinutes:0} minutes ago";
        settlement.Park(chat, message,
            $"It may have arrived {when}, and the platform remembers its key for {window.TotalMinutes:0} minutes only: sent again it could arrive twice.");
    }

    /// <summary>The message behind one that is about to be settled is leased in the same commit, and sent when both are durable.</summary>
    public void BeginNext(ChatQueue chat, OwedMessage message, AttachedGeneration attachedGeneration)
    {
        limiter.Acquire(chat, message.Kind, attachedGeneration.Port.Traits);
        Lease(chat.LeaseNext(message, attachedGeneration, loop.Moment));
    }

    /// <summary>For how long the platform remembers a key, if it would not know that of a message in doubt any more by the end of an
    /// attempt.</summary>
    private TimeSpan? ForgottenAfter(AdapterPort port, OwedMessage message) =>
        message.DoubtfulSince is { } since && message.Kind == OwedKind.Message && port.Outbox.OnUnknown != OnUnknown.Resend
        && port.Traits is { Idempotency: Idempotency.Native, IdempotencySeconds: > 0 and var seconds } && TimeSpan.FromSeconds(seconds) is var window
        && loop.Since(since) >= window - port.Timeouts.Send ? window : null;

    private void Lease(PendingDelivery pendingDelivery) => store.LeaseSend(
        pendingDelivery.Message.Id, pendingDelivery.Generation.Port.Generation, pendingDelivery.Message.Attempt,
        commandResult => loop.Post(() => Contain(pendingDelivery, () => OnLeased(pendingDelivery, commandResult))));

    /// <summary>A fault of ours over one message is that message's: the operator decides about it, and its chat and its adapter go on.</summary>
    private void Contain(PendingDelivery pendingDelivery, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            log.StepFailed(exception.GetType().FullName, exception.StackTrace);
            pendingDelivery.End();
            if (pendingDelivery.Chat.Holds(pendingDelivery.Message))
                settlement.Park(pendingDelivery.Chat, pendingDelivery.Message,
                    $"The gateway failed over it ({exception.GetType().Name}); whether it has arrived is not known.");
        }
    }

    private void OnLeased(PendingDelivery pendingDelivery, CommandResult<Lease?> commandResult)
    {
        if (!commandResult.IsDurable || commandResult.Value is null)
        {
            pendingDelivery.End();
            if (commandResult.IsDurable) adapterQueues.Remove(pendingDelivery.Chat, pendingDelivery.Message);
            else pendingDelivery.Chat.CancelLease(pendingDelivery.Message, loop.Now + DispatchLoop.StoreRetry);
            adapterQueues.Free(pendingDelivery.Chat, pendingDelivery.Message);
        }
        else if (pendingDelivery.Chat.Busy != pendingDelivery.Message)
        {
            pendingDelivery.End();
            settlement.NotTried(pendingDelivery, "The message before it could not be settled yet.", waits: false);
        }
        else if (IsDraining || pendingDelivery.Chat.Adapter.Connection != pendingDelivery.Generation)
        {
            pendingDelivery.End();
            settlement.NotTried(pendingDelivery, IsDraining ? "The gateway is stopping." : "The adapter was detached.", waits: false);
        }
        else
        {
            Post(pendingDelivery, commandResult.Value);
        }
    }

    private void Post(PendingDelivery pendingDelivery, Lease lease)
    {
        var (message, port) = (pendingDelivery.Message, pendingDelivery.Generation.Port);
        if (message.Kind == OwedKind.Message)
            Post(pendingDelivery, lease, () => PreparedMessage.Prepare(message, lease, port, media, DeadlineOf(port, message.Kind)));
        else if (message.Target is not { } target)
            Post(pendingDelivery, lease, () => Payloads.ReadOutbound(lease.Payload) is var payload
                ? PreparedAction.Prepare(message, lease, payload, [payload.MessageId ?? ""], port, DeadlineOf(port, message.Kind))
                : default);
        else store.FindTarget(target, countsEdits: message.Kind == OwedKind.Edit && port.Traits.MaxEdits > 0,
            commandResult => loop.Post(() => Contain(pendingDelivery, () => Post(pendingDelivery, lease, commandResult))));
    }

    /// <summary>The platform's id of the message that an action is about is known now, or never will be.</summary>
    private void Post(PendingDelivery pendingDelivery, Lease lease, CommandResult<ActionTarget?> target)
    {
        var (message, port) = (pendingDelivery.Message, pendingDelivery.Generation.Port);
        if (target.IsDurable)
        {
            Post(pendingDelivery, lease, () => PreparedAction.Prepare(
                message, lease, Payloads.ReadOutbound(lease.Payload), target.Value, port, DeadlineOf(port, message.Kind), loop.WallClock));
            return;
        }

        pendingDelivery.End();
        settlement.NotTried(
            pendingDelivery, $"The message it is about could not be read: {target.Failure!.Message}", waits: false, after: DispatchLoop.StoreRetry);
    }

    private void Post(PendingDelivery pendingDelivery, Lease lease, Func<PreparationResult> pack)
    {
        if (lease.Payload.Length < LeastBytesToPack || pendingDelivery.Message.Cut is not null)
        {
            HandOver(pendingDelivery, Try(pack));
            return;
        }

        loop.PostPacking(() =>
        {
            var preparationResult = Try(pack);
            loop.Post(() => Contain(pendingDelivery, () => HandOver(pendingDelivery, preparationResult)));
        });
    }

    private static PreparationResult Try(Func<PreparationResult> pack)
    {
        try
        {
            return pack();
        }
        catch (Exception exception)
        {
            return PreparationResult.Park($"The stored message cannot be read: {exception.GetType().Name}");
        }
    }

    private void HandOver(PendingDelivery pendingDelivery, PreparationResult preparationResult)
    {
        if (preparationResult.Call is { } preparedCall)
        {
            pendingDelivery.Prepare(preparedCall);
            limiter.Count(pendingDelivery, 1);
            if (preparedCall is PreparedMessage { Text: { Length: > 0 } text, Chat: var chat })
                saying(pendingDelivery.Chat.Adapter.AdapterId, chat, text);
            pendingDelivery.Generation.Port.Post(preparedCall.ToCall(new LoopSink(loop, OnEnded), pendingDelivery));
            return;
        }

        pendingDelivery.End();
        settlement.GiveUp(pendingDelivery.Chat, pendingDelivery.Message, preparationResult.Refusal);
    }

    private DateTimeOffset? DeadlineOf(AdapterPort port, OwedKind kind) => loop.EndOf(port.TimeoutOf(kind));

    private void OnEnded(GuardedCall call)
    {
        var pendingDelivery = (PendingDelivery)call.Tag!;
        pendingDelivery.End();
        Contain(pendingDelivery, () =>
        {
            if (call.End.Kind == CallEndKind.Refused)
                settlement.NotTried(pendingDelivery, "The adapter was replaced before it took the message.", waits: true);
            else settlement.Settle(pendingDelivery, ((DeliveryCall)call).Result);
        });
    }
}
