namespace PluginGateway.Dispatch.Outbound;

/// <summary>One attempt to deliver, from its lease on. It counts among the sends of its adapter in flight until its call has ended.</summary>
internal sealed class PendingDelivery
{
    private bool _isInFlight = true;

    public PendingDelivery(ChatQueue chat, OwedMessage message, AttachedGeneration attachedGeneration, Moment began)
    {
        (Chat, Message, Generation, Began) = (chat, message, attachedGeneration, began);
        Chat.Adapter.BeginSend(Generation);
    }

    public Moment Began { get; }

    public ChatQueue Chat { get; }

    public OwedMessage Message { get; }

    public AttachedGeneration Generation { get; }

    public PreparedCall? Call { get; private set; }

    public void Prepare(PreparedCall call) => Call = call;

    /// <summary>Ends the call, as far as the adapter's number of sends in flight is concerned.</summary>
    public void End()
    {
        if (!_isInFlight) return;
        _isInFlight = false;
        Chat.Adapter.EndSend(Generation);
    }
}
