namespace PluginGateway.Dispatch.Outbound;

/// <summary>One attempt to deliver.</summary>
internal sealed class PendingDelivery(ChatQueue chat, OwedMessage message, AttachedGeneration attachedGeneration, Moment began)
{
    private bool _isInFlight;

    public Moment Began { get; } = began;

    public ChatQueue Chat { get; } = chat;

    public OwedMessage Message { get; } = message;

    public AttachedGeneration Generation { get; } = attachedGeneration;

    public PreparedCall? Call { get; set; }

    /// <summary>It takes its chat, now or as soon as the message before it is settled, and a place among the adapter's sends.</summary>
    public void Begin(bool isNext)
    {
        if (isNext) Chat.OccupyNext(Message);
        else Chat.Lock(Message);
        _isInFlight = true;
        Generation.InFlight++;
        Chat.Adapter.InFlight++;
    }

    /// <summary>The call is over, as far as slots are concerned.</summary>
    public void End()
    {
        if (!_isInFlight) return;
        _isInFlight = false;
        Generation.InFlight--;
        Chat.Adapter.InFlight--;
    }
}
