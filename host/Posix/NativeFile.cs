using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Posix;

/// <summary>Opens files with openat(2), whose flags have other numbers on other systems.</summary>
internal static partial class NativeFile
{
    public const int ReadOnly = 0, WriteOnly = 1, ReadWrite = 2;

    /// <summary>Linux only.</summary>
    public const int CreateMissing = 0x40, OnlyNew = 0x80, OnlyPath = 0x200000;

    /// <summary>Opening, reading and writing fail instead of waiting.</summary>
    public static readonly int NeverWait = OperatingSystem.IsMacOS() ? 0x4 : 0x800;

    public static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    /// <summary>A symbolic link as the last part of the path is refused, or with <see cref="OnlyPath"/> opened itself.</summary>
    public static readonly int NoFollow = OperatingSystem.IsMacOS() ? 0x100 : IsArm64 ? 0x8000 : 0x20000;

    public static readonly int OnlyFolder = OperatingSystem.IsMacOS() ? 0x100000 : IsArm64 ? 0x4000 : 0x10000;

    /// <summary>AT_FDCWD.</summary>
    public static readonly int CurrentFolder = OperatingSystem.IsMacOS() ? -2 : -100;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>An invalid handle: see the error.</summary>
    /// <param name="path">The file.</param>
    /// <param name="flags">Of this class.</param>
    /// <param name="mode">Of a file that is created.</param>
    public static SafeFileHandle Open(string path, int flags, UnixFileMode mode = UnixFileMode.None) =>
        new(openat(CurrentFolder, path, flags, (uint)mode), ownsHandle: true);

    /// <summary>Creates a file that is not there yet. An invalid handle: see the error. Linux only.</summary>
    public static SafeFileHandle CreateNew(string path, UnixFileMode mode) => Open(path, ReadWrite | CreateMissing | OnlyNew | CloseOnExec, mode);

    /// <summary>A plain descriptor, which the caller closes. Negative: see the error.</summary>
    /// <param name="folder">A descriptor, or <see cref="CurrentFolder"/>.</param>
    /// <param name="name">A name in that folder, or a full path.</param>
    /// <param name="flags">Of this class.</param>
    public static int OpenIn(int folder, string name, int flags) => openat(folder, name, flags, 0);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int openat(int folder, string path, int flags, uint mode);
}
