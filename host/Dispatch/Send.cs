namespace PluginGateway.Dispatch;

/// <summary>One attempt to deliver.</summary>
internal sealed class Send(ChatLane chat, OwedMessage message, Connection connection, DateTimeOffset began)
{
    public DateTimeOffset Began { get; } = began;

    public ChatLane Chat { get; } = chat;

    public OwedMessage Message { get; } = message;

    public Connection Connection { get; } = connection;

    public Parcel? Parcel { get; set; }

    /// <summary>The call is over, as far as slots are concerned.</summary>
    public void Land()
    {
        Connection.InFlight--;
        Chat.Outlet.InFlight--;
    }
}
