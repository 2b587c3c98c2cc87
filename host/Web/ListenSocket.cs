using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using PluginGateway.Posix;

namespace PluginGateway.Web;

/// <summary>The socket of the listener. In the file system it takes the place of one that a dead gateway left, and is its owner's and group's from
/// the first moment.</summary>
internal static class ListenSocket
{
    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Made, bound, not listening yet.</summary>
    /// <exception cref="IOException">Something else is there.</exception>
    public static Socket Bind(EndPoint endPoint)
    {
        if (endPoint is not UnixDomainSocketEndPoint) return SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        var path = endPoint.ToString()!;
        RemoveStale(path, endPoint);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endPoint);
            File.SetUnixFileMode(path, OwnerAndGroup);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void RemoveStale(string path, EndPoint endPoint)
    {
        if (FileFacts.OfLink(path) is not { } facts) return;
        if (!facts.IsSocket) throw new IOException($"'{path}' exists and is no socket; it is left as it is.");
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endPoint);
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw new IOException($"another process listens on '{path}'.");
    }
}
