using PluginGateway.Access;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Hosting;

/// <summary>Sends one-time codes to the chats in which they were requested: directly through the guard, bounded like any send. Not through the
/// outbox, which would keep the code readable in the store and deliver it after it has expired. A code that does not arrive is not sent again: its
/// user may request another.</summary>
internal sealed class PairingCodeSender(AttachedAdapters adapters, ILogger<PairingCodeSender> log)
{
    private long _number;

    /// <summary>Hands a code to its adapter's lane. Any thread; returns at once.</summary>
    public void Deliver(string adapterId, Chat chat, string code)
    {
        if (adapters[adapterId] is not { } port)
        {
            log.CodeNotDelivered(adapterId, "it is not connected");
            return;
        }

        var text = new TextSplitter(TextOf(code, chat), port.Traits.MaxTextLength, port.Traits.TextUnit, TextFormat.Plain).Next(0).Text;
        // Two codes have two keys, also after a restart.
        var key = $"pair-{Guid.NewGuid():N}-{Interlocked.Increment(ref _number)}";
        port.Post(new SendCall(new OutboundMessage(key, chat, text), new Sink(adapterId, log)));
    }

    /// <summary>Returns the text with the code first, so that a platform with short messages does not cut it off.</summary>
    private static string TextOf(string code, Chat chat) => chat.Kind == ChatKind.Direct
        ? $"{code} is your code. This bot does not know you yet; give the code to its operator within {PairingRequests.CodeLife.TotalMinutes:0} minutes."
        : $"{code} is your code for this group. This bot does not listen here yet; give the code to its operator within {PairingRequests.CodeLife.TotalMinutes:0} minutes.";

    private sealed class Sink(string adapterId, ILogger log) : ICallSink
    {
        public void Settled(GuardedCall call)
        {
            if (call is DeliveryCall { End.Kind: CallEndKind.Completed, Value.Outcome: SendOutcome.Sent or SendOutcome.Partial }) return;
            log.CodeNotDelivered(adapterId, call is DeliveryCall { Value.Error: { } error } ? error.Kind.ToString() : call.End.Describe());
        }
    }
}
