using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>Gives files that root creates in a data directory to the owner of that directory: the gateway runs as that user and could not open them
/// otherwise.</summary>
internal static partial class FileOwner
{
    private const int DoNotFollow = 0x100;

    /// <summary>The user this process runs as.</summary>
    public static uint OfProcess => geteuid();

    /// <summary>Gives a file to the owner of its folder, if this process is root and the owner is not.</summary>
    /// <exception cref="IOException">It cannot be given.</exception>
    public static void Inherit(string path)
    {
        if (TryInherit(path) is { } problem) throw new IOException(problem);
    }

    /// <summary>As <see cref="Inherit"/>, without exceptions.</summary>
    /// <returns>Null, or why it cannot be given.</returns>
    public static string? TryInherit(string path)
    {
        if (!Environment.IsPrivilegedProcess || Path.GetDirectoryName(Path.GetFullPath(path)) is not { Length: > 0 } folder) return null;
        if (FileIdentity.Read(folder) is not { } owner || (owner.User == 0 && owner.Group == 0)) return null;
        if (FileIdentity.Read(path) is { } own && own.User == owner.User && own.Group == owner.Group) return null;
        return Change(path, owner.User, owner.Group) is { } problem
            ? $"'{path}' cannot be given to the owner of its folder (user {owner.User}): {problem}."
            : null;
    }

    /// <summary>Changes the owner of a file; of a link that of the link itself.</summary>
    /// <returns>Null, or why it cannot be changed.</returns>
    public static string? Change(string path, uint user, uint group) =>
        fchownat(NativeFile.CurrentFolder, path, user, group, DoNotFollow) == 0 ? null : Marshal.GetLastPInvokeErrorMessage();

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int fchownat(int folder, string path, uint user, uint group, int flags);
}
