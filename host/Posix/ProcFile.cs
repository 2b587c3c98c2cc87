using System.Text;

namespace PluginGateway.Posix;

/// <summary>Files that the kernel makes while they are read (/proc). They come and go with their process: reading throws nothing, because the control
/// thread reads them.</summary>
internal static class ProcFile
{
    /// <summary>More than a line of figures has.</summary>
    private const int Room = 4096;

    /// <summary>The first 4 KiB. Null: there is no such file, or it cannot be read.</summary>
    public static string? Read(string path)
    {
        var descriptor = NativeFile.OpenIn(NativeFile.CurrentFolder, path, NativeFile.ReadOnly | NativeFile.CloseOnExec | NativeFile.NeverWait);
        if (descriptor < 0) return null;
        Span<byte> bytes = stackalloc byte[Room];
        var length = LibC.Read(descriptor, bytes);
        LibC.Close(descriptor);
        return length > 0 ? Encoding.UTF8.GetString(bytes[..length]) : null;
    }
}
