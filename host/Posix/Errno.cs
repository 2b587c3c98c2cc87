namespace PluginGateway.Posix;

/// <summary>Error numbers of system calls.</summary>
internal static class Errno
{
    public const int NoPermission = 1, NoEntry = 2, Interrupted = 4, NoAccess = 13, NoFolder = 20, Loop = 40, Aborted = 103;

    /// <summary>EAGAIN, which is EWOULDBLOCK.</summary>
    public static readonly int WouldBlock = OperatingSystem.IsMacOS() ? 35 : 11;
}
