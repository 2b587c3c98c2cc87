using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Posix;

/// <summary>The datagram socket of a service manager (sd_notify(3)). Sending neither blocks nor throws: a message that the manager does not take is
/// lost, and the next message may arrive. Linux only.</summary>
internal sealed partial class NotifySocket : IDisposable
{
    private const ushort UnixFamily = 1;
    private const int DatagramCloseOnExec = 2 | 0x80000;
    private const int DoNotWaitNoSignal = 0x40 | 0x4000;
    private const int LongestPath = 107;

    private readonly SafeFileHandle _socket;
    private readonly byte[] _address;

    private NotifySocket(SafeFileHandle socket, byte[] address) => (_socket, _address) = (socket, address);

    /// <summary>Opens the socket that <c>$NOTIFY_SOCKET</c> names: a path, or <c>@name</c> for an abstract one. Null: none that can be
    /// used.</summary>
    public static NotifySocket? Open(string? name)
    {
        if (!OperatingSystem.IsLinux() || AddressOf(name) is not { } address) return null;
        var socket = new SafeFileHandle(socket_(UnixFamily, DatagramCloseOnExec, 0), ownsHandle: true);
        return socket.IsInvalid ? null : new(socket, address);
    }

    /// <summary>Sends one message of lines. False: the message was not accepted.</summary>
    public bool Send(ReadOnlySpan<byte> message) =>
        sendto(_socket, message, (nuint)message.Length, DoNotWaitNoSignal, _address, (uint)_address.Length) == message.Length;

    public void Dispose() => _socket.Dispose();

    /// <summary>Returns a sockaddr_un. An abstract name starts with a zero byte and ends with its length.</summary>
    private static byte[]? AddressOf(string? name)
    {
        if (name is not ['/' or '@', _, ..]) return null;
        var path = Encoding.UTF8.GetBytes(name);
        if (path.Length > LongestPath) return null;
        var isAbstract = path[0] == (byte)'@';
        if (isAbstract) path[0] = 0;
        var address = new byte[sizeof(ushort) + path.Length + (isAbstract ? 0 : 1)];
        MemoryMarshal.Write(address, UnixFamily);
        path.CopyTo(address, sizeof(ushort));
        return address;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int socket_(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendto(
        SafeFileHandle socket, ReadOnlySpan<byte> message, nuint length, int flags, ReadOnlySpan<byte> address, uint addressLength);
}
