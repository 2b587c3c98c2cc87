using Microsoft.AspNetCore.Connections;
using PluginGateway.Threads;

namespace PluginGateway.Web;

/// <summary>Counts the listener's connections and keeps them bounded: when all seats are taken, the connection that has been idle for longest is closed for the new one. So idle
/// connections, however many, do not keep anybody out; one with a request under way is never closed for another.</summary>
internal sealed class ConnectionDoor(HttpFigures figures)
{
    /// <summary>How many connections may be open.</summary>
    public const int Seats = 4096;

    private readonly object _gate = new();
    private readonly LinkedList<Seat> _idle = new();
    private int _open;

    /// <summary>Connections that are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>The connection's way through: seats it, or closes it when every other one is busy.</summary>
    public async Task EnterAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (Take(connection) is not { } seat)
        {
            connection.Abort();
            return;
        }

        connection.Items[typeof(Seat)] = seat;
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(seat);
        }
    }

    /// <summary>A request of this connection is under way. Dispose it when it has been answered.</summary>
    public IDisposable? BeginRequest(IDictionary<object, object?>? items)
    {
        if (items is null || !items.TryGetValue(typeof(Seat), out var found) || found is not Seat seat) return null;
        using (Held.On(_gate)) if (seat.Place.List is not null) _idle.Remove(seat.Place);
        return new Busy(this, seat);
    }

    private Seat? Take(ConnectionContext connection)
    {
        var seat = new Seat(connection);
        ConnectionContext? evicted = null;
        using (Held.On(_gate))
        {
            if (_open >= Seats)
            {
                if (_idle.First is not { } oldest) return null;
                _idle.RemoveFirst();
                oldest.Value.IsGone = true;
                evicted = oldest.Value.Connection;
                _open--;
            }

            _open++;
            _idle.AddLast(seat.Place);
        }

        if (evicted is null) return seat;
        figures.CountEviction();
        evicted.Abort();
        return seat;
    }

    private void EndRequest(Seat seat)
    {
        using (Held.On(_gate)) if (!seat.IsGone && seat.Place.List is null) _idle.AddLast(seat.Place);
    }

    private void Leave(Seat seat)
    {
        using (Held.On(_gate))
        {
            if (seat.Place.List is not null) _idle.Remove(seat.Place);
            if (!seat.IsGone) _open--;
            seat.IsGone = true;
        }
    }

    /// <summary>One connection, and where it stands among the idle ones, longest idle first.</summary>
    private sealed class Seat
    {
        public Seat(ConnectionContext connection)
        {
            Connection = connection;
            Place = new LinkedListNode<Seat>(this);
        }

        public ConnectionContext Connection { get; }

        public LinkedListNode<Seat> Place { get; }

        public bool IsGone { get; set; }
    }

    private sealed class Busy(ConnectionDoor door, Seat seat) : IDisposable
    {
        public void Dispose() => door.EndRequest(seat);
    }
}
