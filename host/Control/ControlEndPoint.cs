using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Control;

/// <summary>The address of <c>control.sock</c>. The system takes at most 107 bytes of path (macOS: 103); for a longer one the socket is reached
/// through the open data directory (<c>/proc/self/fd/N/control.sock</c>), so it is always in the data directory, and never in a folder that others
/// can write to.</summary>
internal sealed class ControlEndPoint : IDisposable
{
    private static readonly int LongestPath = OperatingSystem.IsMacOS() ? 103 : 107;

    private readonly SafeFileHandle? _directory;

    private ControlEndPoint(string path, SafeFileHandle? directory) => (Path, _directory) = (path, directory);

    /// <summary>The path to use in this process until this is disposed.</summary>
    public string Path { get; }

    public UnixDomainSocketEndPoint Address => new(Path);

    public static ControlEndPoint In(string dataDirectory)
    {
        var path = DataDirectory.ControlSocket(System.IO.Path.GetFullPath(dataDirectory));
        if (Encoding.UTF8.GetByteCount(path) <= LongestPath) return new(path, null);
        if (!OperatingSystem.IsLinux())
            throw new IOException($"'{path}' is too long for a socket: at most {LongestPath} bytes. Choose a data directory with a shorter path.");
        var directory = NativeFile.Open(dataDirectory, NativeFile.OnlyPath | NativeFile.CloseOnExec);
        if (directory.IsInvalid) throw new IOException($"Opening '{dataDirectory}' failed: {Marshal.GetLastPInvokeErrorMessage()}.");
        return new(DataDirectory.ControlSocket($"/proc/self/fd/{directory.DangerousGetHandle()}"), directory);
    }

    public void Dispose() => _directory?.Dispose();
}
