namespace PluginGateway.Dispatch;

/// <summary>One attempt to deliver.</summary>
internal sealed class Send(ChatLane chat, OwedMessage message, Connection connection, Moment began)
{
    private bool _isInFlight;

    public Moment Began { get; } = began;

    public ChatLane Chat { get; } = chat;

    public OwedMessage Message { get; } = message;

    public Connection Connection { get; } = connection;

    public Parcel? Parcel { get; set; }

    /// <summary>It takes its chat, now or as soon as the message before it is settled, and a place among the adapter's sends.</summary>
    public void Depart(bool isNext)
    {
        if (isNext) Chat.OccupyNext(Message);
        else Chat.Occupy(Message);
        _isInFlight = true;
        Connection.InFlight++;
        Chat.Outlet.InFlight++;
    }

    /// <summary>The call is over, as far as slots are concerned.</summary>
    public void Land()
    {
        if (!_isInFlight) return;
        _isInFlight = false;
        Connection.InFlight--;
        Chat.Outlet.InFlight--;
    }
}
