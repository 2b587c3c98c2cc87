using System.Runtime.InteropServices;
using System.Text;

namespace PluginGateway.Posix;

/// <summary>Target of a path, and the rights of this user there.</summary>
internal static partial class PathFacts
{
    public const int MayEnter = 1, MayWrite = 2, MayRead = 4;

    private const int LongestPath = 4096;

    /// <summary>Returns the path without links; null: it does not exist.</summary>
    public static string? RealPath(string path)
    {
        Span<byte> resolved = stackalloc byte[LongestPath];
        return realpath(path, resolved) == 0 ? null : Encoding.UTF8.GetString(resolved[..resolved.IndexOf((byte)0)]);
    }

    /// <summary>Returns the reason why this user may not access the path in this way; null: the access is allowed.</summary>
    public static string? Refusal(string path, int wanted) => access(path, wanted) == 0 ? null : Marshal.GetLastPInvokeErrorMessage();

    /// <summary>Returns an extended attribute of one byte; null: it does not exist, or is longer.</summary>
    public static byte? Attribute(string path, string name)
    {
        Span<byte> value = stackalloc byte[1];
        return getxattr(path, name, value, 1) == 1 ? value[0] : null;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint realpath(string path, Span<byte> resolved);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getxattr(string path, string name, Span<byte> value, nuint size);
}
