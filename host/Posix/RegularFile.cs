using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>Opens files by paths that come from outside. A FIFO or a device in their place is refused, and never waited for.</summary>
internal static class RegularFile
{
    /// <param name="path">The file.</param>
    /// <param name="followsLink">False: a symbolic link as the last part of the path is refused.</param>
    /// <exception cref="IOException">It cannot be opened, or is no regular file; the message is a sentence.</exception>
    public static FileStream OpenRead(string path, bool followsLink = true)
    {
        var file = NativeFile.Open(path, NativeFile.NeverWait | NativeFile.CloseOnExec | (followsLink ? 0 : NativeFile.NoFollow));
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
        // A file that the system makes while it is read (/proc) has no length.
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
            Errno.NoEntry => new FileNotFoundException(why, path),
            Errno.NoFolder => new DirectoryNotFoundException(why),
            Errno.Loop => new IOException($"'{path}' is a link; name the file itself."),
            Errno.NoPermission or Errno.NoAccess => new UnauthorizedAccessException(why),
            _ => new IOException(why),
        };
    }
}
