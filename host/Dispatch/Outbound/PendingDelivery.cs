namespace PluginGateway.Dispatch.Outbound;

/// <summary>One attempt to deliver, from its lease on. It takes a place among the sends of its adapter until its call is over.</summary>
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

    /// <summary>The call is over, as far as slots are concerned.</summary>
    public void End()
    {
        if (!_isInFlight) return;
        _isInFlight = false;
        Chat.Adapter.EndSend(Generation);
    }
}
