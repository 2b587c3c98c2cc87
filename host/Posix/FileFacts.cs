using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Posix;

/// <summary>What the system says of a file: type, permissions, owner. Links are followed.</summary>
internal readonly partial record struct FileFacts(uint Mode, uint User, uint Group)
{
    private const uint TypeMask = 0xF000;
    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint TypeModeAndOwner = 0x1B;

    /// <summary>struct statx has the same layout on every architecture.</summary>
    private const int SizeOfStatx = 256;

    public bool IsRegular => (Mode & TypeMask) == 0x8000;

    public bool IsFolder => (Mode & TypeMask) == 0x4000;

    public UnixFileMode Permissions => (UnixFileMode)(Mode & 0xFFF);

    /// <summary>In words, for a sentence.</summary>
    public string Type => (Mode & TypeMask) switch
    {
        0x1000 => "a FIFO",
        0x2000 or 0x6000 => "a device",
        0x4000 => "a folder",
        0xC000 => "a socket",
        _ => "a regular file",
    };

    /// <summary>Null: there is nothing there, or the system does not say.</summary>
    public static FileFacts? Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        Span<byte> found = stackalloc byte[SizeOfStatx];
        return statx(CurrentFolder, path, 0, TypeModeAndOwner, found) == 0 ? Read(found) : null;
    }

    public static FileFacts? Of(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) return null;
        Span<byte> found = stackalloc byte[SizeOfStatx];
        return statx(file, "", EmptyPath, TypeModeAndOwner, found) == 0 ? Read(found) : null;
    }

    private static FileFacts Read(ReadOnlySpan<byte> found) =>
        new(BinaryPrimitives.ReadUInt16LittleEndian(found[28..]), BinaryPrimitives.ReadUInt32LittleEndian(found[20..]), BinaryPrimitives.ReadUInt32LittleEndian(found[24..]));

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, Span<byte> result);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(SafeFileHandle file, string path, int flags, uint mask, Span<byte> result);
}
