using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PluginGateway.Posix;

namespace PluginGateway.Loading;

/// <summary>Content of a plugin's folder: its files, their hash, a copy of them.</summary>
internal static class PluginFolder
{
    /// <summary>Options to enumerate every file and folder below, hidden ones too; unreadable ones are an error.</summary>
    public static readonly EnumerationOptions Everything =
        new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = 0, MaxRecursionDepth = 16 };

    /// <summary>Returns the hash of all relative names and all bytes, lower-case hexadecimal.</summary>
    public static string Hash(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[8];
        var buffer = new byte[64 * 1024];
        foreach (var name in Files(folder))
        {
            var bytes = Encoding.UTF8.GetBytes(name);
            BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
            using var file = RegularFile.OpenRead(Path.Combine(folder, name));
            long total = 0;
            for (int read; (read = file.Read(buffer)) > 0; total += read) hash.AppendData(buffer, 0, read);
            BinaryPrimitives.WriteInt64LittleEndian(length, total);
            hash.AppendData(length);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Copies all files, links as their targets, readable by the owner only and not writable.</summary>
    public static void Copy(string from, string to)
    {
        CreatePrivate(to);
        foreach (var name in Files(from))
        {
            var source = Path.Combine(from, name);
            var target = Path.Combine(to, name);
            CreatePrivate(Path.GetDirectoryName(target)!);
            using (var input = RegularFile.OpenRead(source))
            using (var output = new FileStream(target, FileMode.CreateNew, FileAccess.Write)) input.CopyTo(output);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(target, UnixFileMode.UserRead | (File.GetUnixFileMode(source) & UnixFileMode.UserExecute));
        }
    }

    /// <summary>Creates a folder for the owner only, with its parents.</summary>
    public static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnerOnly.Folder);
    }

    private static string[] Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", Everything).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)];
}
