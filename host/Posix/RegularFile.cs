using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Posix;

/// <summary>Opens files by paths that come from outside. A FIFO or a device in their place is refused, and never waited for.</summary>
internal static partial class RegularFile
{
    private const int NoPermission = 1, NoEntry = 2, NoAccess = 13, NoFolder = 20, Loop = 40;
    private static readonly int NeverWait = OperatingSystem.IsMacOS() ? 0x4 : 0x800;
    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;
    private static readonly int DoNotFollow = OperatingSystem.IsMacOS() ? 0x100 : RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <param name="path">The file.</param>
    /// <param name="followsLink">False: a symbolic link as the last part of the path is refused.</param>
    /// <exception cref="IOException">It cannot be opened, or is no regular file; the message is a sentence.</exception>
    public static FileStream OpenRead(string path, bool followsLink = true)
    {
        var file = new SafeFileHandle(open(path, NeverWait | CloseOnExec | (followsLink ? 0 : DoNotFollow)), ownsHandle: true);
        if (file.IsInvalid) throw Failure(path, Marshal.GetLastPInvokeError());
        if (FileFacts.Of(file) is { IsRegular: false } other)
        {
            file.Dispose();
            throw new IOException($"'{path}' is {other.Type}; a regular file was expected.");
        }

        return new FileStream(file, FileAccess.Read);
    }

    /// <exception cref="IOException">It cannot be read, or is no regular file.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        using var file = OpenRead(path);
        if (file.Length > Array.MaxLength) throw new IOException($"'{path}' is too large: {file.Length} bytes.");
        // A file that the system makes while it is read (/proc) tells no length.
        using var bytes = new MemoryStream((int)file.Length);
        file.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <exception cref="IOException">It cannot be read, or is no regular file.</exception>
    public static string ReadAllText(string path)
    {
        using var reader = new StreamReader(OpenRead(path));
        return reader.ReadToEnd();
    }

    private static Exception Failure(string path, int error)
    {
        var why = $"'{path}' cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}.";
        return error switch
        {
            NoEntry => new FileNotFoundException(why, path),
            NoFolder => new DirectoryNotFoundException(why),
            Loop => new IOException($"'{path}' is a link; name the file itself."),
            NoPermission or NoAccess => new UnauthorizedAccessException(why),
            _ => new IOException(why),
        };
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
}
