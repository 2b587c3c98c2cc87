using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace PluginGateway.Web;

/// <summary>The socket of the listener. In the file system it takes the place of one that a dead gateway left, and is its owner's and group's from the first moment.</summary>
internal static unsafe partial class ListenSocket
{
    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private const int CurrentFolder = -100, DoNotFollow = 0x100, TypeOnly = 1, ModeOffset = 28, TypeBits = 0xF000, SocketFile = 0xC000;

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
        var facts = stackalloc byte[256];
        if (statx(CurrentFolder, path, DoNotFollow, TypeOnly, facts) != 0) return;
        if ((*(ushort*)(facts + ModeOffset) & TypeBits) != SocketFile) throw new IOException($"'{path}' exists and is no socket; it is left as it is.");
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

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte* facts);
}
