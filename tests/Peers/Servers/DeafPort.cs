using System.Net;
using System.Net.Sockets;

namespace PluginGateway.PeerTests.Servers;

/// <summary>A port whose queue of connections is full: the kernel drops what else comes.</summary>
internal sealed class DeafPort : IDisposable
{
    private readonly Socket _listener;
    private readonly List<Socket> _waiting = [];

    public DeafPort(IPAddress address, int port)
    {
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, port));
        _listener.Listen(0);
        for (var i = 0; i < 8; i++)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _waiting.Add(socket);
            try
            {
                socket.Connect(_listener.LocalEndPoint!);
            }
            catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // It waits in the queue, or for a place in it.
            }
        }

        Thread.Sleep(50);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose()
    {
        foreach (var socket in _waiting) socket.Dispose();
        _listener.Dispose();
    }
}
