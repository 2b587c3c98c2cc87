using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>The sockets on which this process listens. A forked child shares them, and with them the port: they have to be shut down, which ends the
/// listening for all processes that share them, not only closed.</summary>
internal static partial class ListeningSockets
{
    private const int SocketLevel = 1, IsAccepting = 30;

    private static int[] _known = [];

    /// <summary>Remembers those that listen now, and returns their descriptors.</summary>
    public static int[] Remember() => _known = [.. OpenDescriptors.All().Where(Listens)];

    /// <summary>Ends the listening of those that were remembered. Waits for nothing.</summary>
    public static void Shut()
    {
        // A number may mean another file by now; only sockets that listen are shut.
        foreach (var descriptor in _known.Where(Listens)) LibC.Shutdown(descriptor);
    }

    private static bool Listens(int descriptor)
    {
        var (value, size) = (0, sizeof(int));
        return OperatingSystem.IsLinux() && getsockopt(descriptor, SocketLevel, IsAccepting, ref value, ref size) == 0 && value == 1;
    }

    [LibraryImport("libc")]
    private static partial int getsockopt(int descriptor, int level, int option, ref int value, ref int size);
}
