namespace PluginGateway.Posix;

/// <summary>Small files that a reader sees whole or not at all, readable by the owner only.</summary>
internal static class AtomicFile
{
    /// <exception cref="IOException">The file cannot be written, for any reason: the exception of the runtime for a limit such as RLIMIT_FSIZE is no
    /// exception of files.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            WriteWhole(path, bytes);
        }
        catch (Exception problem) when (problem is not (IOException or UnauthorizedAccessException))
        {
            throw new IOException($"Writing '{path}' failed: {problem.Message}", problem);
        }
    }

    private static void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        var unfinished = path + ".new";
        File.Delete(unfinished);
        using (var file = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly.File, BufferSize = 0 }))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Returns the file's bytes; null if it does not exist or cannot be read.</summary>
    public static byte[]? TryRead(string path)
    {
        try
        {
            return File.Exists(path) ? RegularFile.ReadAllBytes(path) : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
