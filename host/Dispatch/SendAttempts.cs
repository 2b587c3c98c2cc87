using Microsoft.Extensions.Logging;
using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Store;

namespace PluginGateway.Dispatch;

/// <summary>Attempts to deliver: leases a message durably, makes a call of it, and takes the call's end. Only on the loop's thread.</summary>
/// <param name="loop">The loop.</param>
/// <param name="store">Where a message is leased.</param>
/// <param name="outlets">What is owed.</param>
/// <param name="rates">What an attempt uses up.</param>
/// <param name="settlement">What becomes of the message.</param>
/// <param name="media">Where the files of messages are.</param>
/// <param name="saying">Hears what is said in which chat through which adapter. Any thread.</param>
/// <param name="log">The log.</param>
internal sealed class SendAttempts(
    DispatchLoop loop, MessageStore store, Outlets outlets, SendRates rates, SendSettlement settlement, string media, Action<string, Chat, string> saying, ILogger log)
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);

    private readonly PackingThread _packing = new();

    /// <summary>True: no new send is started.</summary>
    public bool IsDraining { get; set; }

    public void Begin(ChatLane chat, OwedMessage message, Connection connection)
    {
        if (message.IsDoubtful && settlement.Doubt(message, connection.Port) is { } reason)
        {
            settlement.Park(chat, message, reason);
            return;
        }

        if (ForgottenAfter(connection.Port, message) is not { } window)
        {
            Lease(new Send(chat, message, connection, loop.Moment), isNext: false);
            return;
        }

        settlement.Park(chat, message, $"It may have arrived {loop.Since(message.DoubtfulSince!.Value).TotalMinutes:0} minutes ago, and the platform remembers its key for {window.TotalMinutes:0} minutes only: sent again it could arrive twice.");
    }

    /// <summary>The message behind one that is about to be settled is leased in the same commit, and sent when both are durable.</summary>
    public void BeginNext(ChatLane chat, OwedMessage message, Connection connection) => Lease(new Send(chat, message, connection, loop.Moment), isNext: true);

    /// <summary>For how long the platform remembers a key, if it would not know that of a message in doubt any more by the end of an attempt.</summary>
    private TimeSpan? ForgottenAfter(AdapterPort port, OwedMessage message) =>
        message.DoubtfulSince is { } since && message.Kind == OwedKind.Message && port.Outbox.OnUnknown != OnUnknown.Resend
        && port.Traits is { Idempotency: Idempotency.Native, IdempotencySeconds: > 0 and var seconds } && TimeSpan.FromSeconds(seconds) is var window
        && loop.Since(since) >= window - port.SendTimeout ? window : null;

    private void Lease(Send send, bool isNext)
    {
        rates.Spend(send.Chat, send.Connection.Port.Traits);
        send.Depart(isNext);
        send.Message.Attempt++;
        store.LeaseSend(send.Message.Id, send.Connection.Port.Generation, send.Message.Attempt, answer => loop.Post(() => Contain(send, () => OnLeased(send, answer))));
    }

    /// <summary>A fault of ours over one message is that message's: the operator decides about it, and its chat and its adapter go on.</summary>
    private void Contain(Send send, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            log.StepFailed(exception.GetType().FullName, exception.StackTrace);
            send.Land();
            if (send.Chat.Holds(send.Message)) settlement.Park(send.Chat, send.Message, $"The gateway failed over it ({exception.GetType().Name}); whether it has arrived is not known.");
        }
    }

    private void OnLeased(Send send, Answer<Lease?> answer)
    {
        if (!answer.IsDurable || answer.Value is null)
        {
            send.Land();
            send.Message.Attempt--;
            if (answer.IsDurable) outlets.Remove(send.Chat, send.Message);
            else send.Message.Due = loop.Now + StoreRetry;
            settlement.Release(send.Chat, send.Message);
        }
        else if (send.Chat.Busy != send.Message)
        {
            send.Land();
            settlement.NotTried(send, "The message before it could not be settled yet.", waits: false);
        }
        else if (IsDraining || send.Chat.Outlet.Connection != send.Connection)
        {
            send.Land();
            settlement.NotTried(send, IsDraining ? "The gateway is stopping." : "The adapter was detached.", waits: false);
        }
        else
        {
            Post(send, answer.Value);
        }
    }

    private void Post(Send send, Lease lease)
    {
        var (message, port) = (send.Message, send.Connection.Port);
        if (message.Kind == OwedKind.Message) Post(send, lease, () => MessageParcel.Pack(message, lease, port, media, DeadlineOf(port)));
        else if (message.Target is not { } target) Post(send, lease, () => Payloads.ReadOutbound(lease.Payload) is var payload ? ActionParcel.Pack(message.Kind, payload, [payload.MessageId ?? ""], lease.DeliveredLength, port) : default);
        else store.FindTarget(target, answer => loop.Post(() => Contain(send, () => Post(send, lease, answer))));
    }

    /// <summary>The platform's id of the message that an action is about is known now, or never will be.</summary>
    private void Post(Send send, Lease lease, Answer<ActionTarget?> target)
    {
        if (target.IsDurable)
        {
            Post(send, lease, () => ActionParcel.Pack(send.Message.Kind, Payloads.ReadOutbound(lease.Payload), target.Value, lease.DeliveredLength, send.Connection.Port));
            return;
        }

        send.Land();
        settlement.NotTried(send, $"The message it is about could not be read: {target.Failure!.Message}", waits: false, after: StoreRetry);
    }

    private void Post(Send send, Lease lease, Func<Packed> pack)
    {
        if (lease.Payload.Length < PackingThread.LeastBytes || send.Message.Cut is not null)
        {
            HandOver(send, Try(pack));
            return;
        }

        _packing.Post(() =>
        {
            var packed = Try(pack);
            loop.Post(() => Contain(send, () => HandOver(send, packed)));
        });
    }

    private static Packed Try(Func<Packed> pack)
    {
        try
        {
            return pack();
        }
        catch (Exception exception)
        {
            return Packed.Park($"The stored message cannot be read: {exception.GetType().Name}");
        }
    }

    private void HandOver(Send send, Packed packed)
    {
        if (packed.Parcel is { } parcel)
        {
            send.Parcel = parcel;
            if (parcel is MessageParcel { Text: { Length: > 0 } text, Chat: var chat }) saying(send.Chat.Outlet.AdapterId, chat, text);
            send.Connection.Port.Post(parcel.ToCall(new LoopSink(loop, OnEnded), send));
            return;
        }

        send.Land();
        settlement.GiveUp(send.Chat, send.Message, packed.Refusal);
    }

    private DateTimeOffset? DeadlineOf(AdapterPort port) =>
        port.SendTimeout <= TimeSpan.Zero ? null : loop.WallClock is var now && port.SendTimeout < DateTimeOffset.MaxValue - now ? now + port.SendTimeout : DateTimeOffset.MaxValue;

    private void OnEnded(GuardedCall call)
    {
        var send = (Send)call.Tag!;
        send.Land();
        Contain(send, () =>
        {
            if (call.End.Kind == CallEndKind.Refused) settlement.NotTried(send, "The adapter was replaced before it took the message.", waits: true);
            else settlement.Settle(send, ((DeliveryCall)call).Result);
        });
    }
}
