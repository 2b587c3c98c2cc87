namespace PluginGateway.Lifetime;

/// <summary>Where the machine's gateways keep the locks on their credentials.</summary>
/// <param name="Path">The folder.</param>
/// <param name="IsShared">Every user of the machine may write to it.</param>
internal sealed record CredentialFolder(string Path, bool IsShared)
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;
    private const UnixFileMode OthersRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The mode of a file in it.</summary>
    public UnixFileMode FileMode => (Owner & ~UnixFileMode.UserExecute) | (IsShared ? OthersRead : UnixFileMode.None);

    public static CredentialFolder OfProcess() => Choose(Environment.GetEnvironmentVariable("GATEWAY_LOCK_DIR"), Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));

    public static CredentialFolder Choose(string? demanded, string? runtimeDirectory) =>
        !string.IsNullOrWhiteSpace(demanded) ? new(System.IO.Path.GetFullPath(demanded), false)
        : !string.IsNullOrWhiteSpace(runtimeDirectory) ? new(System.IO.Path.Combine(runtimeDirectory, "plugin-gateway"), false)
        : new("/var/lock/plugin-gateway", true);

    /// <summary>Creates it if need be: for its owner, or for everybody, who then can remove only what is theirs.</summary>
    public void Prepare()
    {
        if (Directory.Exists(Path)) return;
        Directory.CreateDirectory(Path, Owner);
        if (IsShared) File.SetUnixFileMode(Path, Everybody | UnixFileMode.StickyBit);
    }
}
