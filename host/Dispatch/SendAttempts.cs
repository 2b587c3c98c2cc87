using System.Text.Json;
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
internal sealed class SendAttempts(DispatchLoop loop, MessageStore store, Outlets outlets, SendRates rates, SendSettlement settlement, string media)
{
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);

    /// <summary>True: no new send is started.</summary>
    public bool IsDraining { get; set; }

    public void Begin(ChatLane chat, OwedMessage message, Connection connection)
    {
        if (ForgottenAfter(connection.Port, message) is not { } window)
        {
            Lease(chat, message, connection);
            return;
        }

        settlement.Park(chat, message, $"It may have arrived {(loop.Now - message.DoubtfulSince!.Value).TotalMinutes:0} minutes ago, and the platform remembers its key for {window.TotalMinutes:0} minutes only: sent again it could arrive twice.");
    }

    /// <summary>For how long the platform remembers a key, if it would not know that of a message in doubt any more by the end of an attempt.</summary>
    private TimeSpan? ForgottenAfter(AdapterPort port, OwedMessage message) =>
        message.DoubtfulSince is { } since && message.Kind == OwedKind.Message && port.Outbox.OnUnknown != OnUnknown.Resend
        && port.Traits is { Idempotency: Idempotency.Native, IdempotencySeconds: > 0 and var seconds } && TimeSpan.FromSeconds(seconds) is var window
        && loop.Now - since + port.SendTimeout >= window ? window : null;

    private void Lease(ChatLane chat, OwedMessage message, Connection connection)
    {
        (chat.Busy, chat.Outlet.InFlight, connection.InFlight) = (message, chat.Outlet.InFlight + 1, connection.InFlight + 1);
        rates.Spend(chat, connection.Port.Traits);
        message.Attempt++;
        var send = new Send(chat, message, connection, loop.Now);
        store.LeaseSend(message.Id, connection.Port.Generation, message.Attempt, answer => loop.Post(() => OnLeased(send, answer)));
    }

    private void OnLeased(Send send, Answer<Lease?> answer)
    {
        if (!answer.IsDurable || answer.Value is null)
        {
            send.Land();
            send.Message.Attempt--;
            if (answer.IsDurable) outlets.Remove(send.Chat, send.Message);
            else send.Message.Due = loop.Now + StoreRetry;
            settlement.Release(send.Chat);
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
        if (message.Kind == OwedKind.Message) Post(send, lease, payload => MessageParcel.Pack(payload, lease, message.Attempt, port, media, DeadlineOf(port)));
        else if (message.Target is not { } target) Post(send, lease, payload => ActionParcel.Pack(message.Kind, payload, [payload.MessageId ?? ""], lease.DeliveredLength, port));
        else store.FindTarget(target, answer => loop.Post(() => Post(send, lease, answer)));
    }

    /// <summary>The platform's id of the message that an action is about is known now, or never will be.</summary>
    private void Post(Send send, Lease lease, Answer<ActionTarget?> target)
    {
        if (target.IsDurable)
        {
            Post(send, lease, payload => ActionParcel.Pack(send.Message.Kind, payload, target.Value, lease.DeliveredLength, send.Connection.Port));
            return;
        }

        send.Land();
        settlement.NotTried(send, $"The message it is about could not be read: {target.Failure!.Message}", waits: false, after: StoreRetry);
    }

    private void Post(Send send, Lease lease, Func<OutboundPayload, Packed> pack)
    {
        Packed packed;
        try
        {
            packed = pack(Payloads.ReadOutbound(lease.Payload));
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            packed = Packed.Park($"The stored message cannot be read: {exception.GetType().Name}");
        }

        if (packed.Parcel is { } parcel)
        {
            send.Parcel = parcel;
            send.Connection.Port.Post(parcel.ToCall(new LoopSink(loop, OnEnded), send));
            return;
        }

        send.Land();
        settlement.GiveUp(send.Chat, send.Message, packed.Refusal);
    }

    private DateTimeOffset? DeadlineOf(AdapterPort port) => port.SendTimeout > TimeSpan.Zero ? loop.Now + port.SendTimeout : null;

    private void OnEnded(GuardedCall call)
    {
        var send = (Send)call.Tag!;
        send.Land();
        if (call.End.Kind == CallEndKind.Refused) settlement.NotTried(send, "The adapter was replaced before it took the message.", waits: true);
        else settlement.Settle(send, ((DeliveryCall)call).Result);
    }
}
