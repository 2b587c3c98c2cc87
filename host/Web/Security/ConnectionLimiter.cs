using Microsoft.AspNetCore.Connections;
using PluginGateway.Threads;
using PluginGateway.Web.Health;

namespace PluginGateway.Web.Security;

/// <summary>Counts the listener's connections and keeps them bounded: when as many are open as may be, the connection that has been idle for longest
/// is closed for the new one. So idle connections, however many, keep no client out; one with a request under way is never closed for
/// another.</summary>
internal sealed class ConnectionLimiter(HttpStatistics statistics)
{
    /// <summary>Largest number of open connections.</summary>
    public const int MaxConnections = 4096;

    private readonly object _gate = new();
    private readonly LinkedList<Slot> _idle = new();
    private int _open;

    /// <summary>Connections that are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Admits a connection and counts it, or closes it when every other one is busy.</summary>
    public async Task EnterAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (Take(connection) is not { } slot)
        {
            connection.Abort();
            return;
        }

        connection.Items[typeof(Slot)] = slot;
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(slot);
        }
    }

    /// <summary>Marks the connection as busy with a request, until the result is disposed.</summary>
    public IDisposable? BeginRequest(IDictionary<object, object?>? items)
    {
        if (items is null || !items.TryGetValue(typeof(Slot), out var found) || found is not Slot slot) return null;
        using (UninterruptibleLock.Enter(_gate)) if (slot.Place.List is not null) _idle.Remove(slot.Place);
        return new Busy(this, slot);
    }

    private Slot? Take(ConnectionContext connection)
    {
        var slot = new Slot(connection);
        ConnectionContext? evicted = null;
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_open >= MaxConnections)
            {
                if (_idle.First is not { } oldest) return null;
                _idle.RemoveFirst();
                oldest.Value.IsGone = true;
                evicted = oldest.Value.Connection;
                _open--;
            }

            _open++;
            _idle.AddLast(slot.Place);
        }

        if (evicted is null) return slot;
        statistics.CountEviction();
        evicted.Abort();
        return slot;
    }

    private void EndRequest(Slot slot)
    {
        using (UninterruptibleLock.Enter(_gate)) if (!slot.IsGone && slot.Place.List is null) _idle.AddLast(slot.Place);
    }

    private void Leave(Slot slot)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (slot.Place.List is not null) _idle.Remove(slot.Place);
            if (!slot.IsGone) _open--;
            slot.IsGone = true;
        }
    }

    /// <summary>Connection, with its place among the idle ones, longest idle first.</summary>
    private sealed class Slot
    {
        public Slot(ConnectionContext connection)
        {
            Connection = connection;
            Place = new LinkedListNode<Slot>(this);
        }

        public ConnectionContext Connection { get; }

        public LinkedListNode<Slot> Place { get; }

        public bool IsGone { get; set; }
    }

    private sealed class Busy(ConnectionLimiter limiter, Slot slot) : IDisposable
    {
        public void Dispose() => limiter.EndRequest(slot);
    }
}
