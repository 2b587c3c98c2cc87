using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Media;

/// <summary>Opens a path that somebody else has named. A pipe, a device or a link is refused before anything is read of it: the first two may never end, and the last one may lead
/// to any of them.</summary>
internal static partial class RegularFile
{
    private const int NonBlocking = 0x800, CloseOnExec = 0x80000, EmptyPath = 0x1000, StatusSize = 256, ModeOffset = 28;
    private const uint TypeField = 1;
    private const int TypeMask = 0xF000, Regular = 0x8000, Missing = 2, Denied = 13, Loop = 40;

    /// <summary>The flag has two values on Linux.</summary>
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <exception cref="IOException">There is no such file, or it is none that can be read to its end.</exception>
    public static FileStream Open(string path)
    {
        var file = open(path, NonBlocking | NoFollow | CloseOnExec);
        if (file.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            file.Dispose();
            throw error switch
            {
                Missing => new FileNotFoundException($"There is no file '{path}'.", path),
                Denied => new IOException($"'{path}' may not be read by this process."),
                Loop => new IOException($"'{path}' is a link; name the file itself."),
                _ => new IOException($"'{path}' cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}."),
            };
        }

        Span<byte> status = stackalloc byte[StatusSize];
        if (statx(file, "", EmptyPath, TypeField, status) == 0 && (MemoryMarshal.Read<ushort>(status[ModeOffset..]) & TypeMask) == Regular)
            return new FileStream(file, FileAccess.Read, bufferSize: 0);
        file.Dispose();
        throw new IOException($"'{path}' is no regular file: a folder, a pipe, a socket or a device cannot be sent.");
    }

#pragma warning disable IDE1006 // Names of libc.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(SafeFileHandle file, string path, int flags, uint mask, Span<byte> result);
#pragma warning restore IDE1006
}
