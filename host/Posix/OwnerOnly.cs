namespace PluginGateway.Posix;

/// <summary>Modes of files and folders that only the gateway's own user may open.</summary>
internal static class OwnerOnly
{
    /// <summary>0600.</summary>
    public const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>0700.</summary>
    public const UnixFileMode Folder = File | UnixFileMode.UserExecute;
}
