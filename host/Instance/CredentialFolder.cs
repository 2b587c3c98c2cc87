using PluginGateway.Configuration.Files;
using PluginGateway.Posix;

namespace PluginGateway.Instance;

/// <summary>Folder of the locks on credentials, of all gateways of one user. No other user can open a file in it: one who could would hold a
/// lock, or read whose it is.</summary>
internal sealed record CredentialFolder(string Path)
{
    public static CredentialFolder OfProcess() =>
        Choose(
            Environment.GetEnvironmentVariable("GATEWAY_LOCK_DIR"), Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"), FileOwner.OfProcess,
            OwnerOf);

    /// <summary>The demanded one; else one in the user's runtime directory, whether or not a session has named it; else one of the user's own
    /// among the machine's locks.</summary>
    /// <param name="demanded">What the operator says.</param>
    /// <param name="runtimeDirectory">What the session says: another user's where <c>su</c> or <c>sudo</c> kept its environment.</param>
    /// <param name="user">Who this process runs as.</param>
    /// <param name="ownerOf">Whose a folder is; null: there is none.</param>
    public static CredentialFolder Choose(string? demanded, string? runtimeDirectory, uint user, Func<string, uint?> ownerOf)
    {
        if (!string.IsNullOrWhiteSpace(demanded)) return new(System.IO.Path.GetFullPath(demanded));
        string?[] runtime = [runtimeDirectory, $"/run/user/{user}"];
        return runtime.FirstOrDefault(folder => !string.IsNullOrWhiteSpace(folder) && ownerOf(folder) == user) is { } own
            ? new(System.IO.Path.Combine(own, "plugin-gateway"))
            : new($"/var/lock/plugin-gateway-{user}");
    }

    /// <summary>Creates it for its owner if need be.</summary>
    /// <exception cref="IOException">It cannot be made, or somebody else could remove or hold what is in it.</exception>
    public void Prepare()
    {
        Directory.CreateDirectory(Path, OwnerOnly.Folder);
        if (OwnerOf(Path) is { } owner && owner != 0 && owner != FileOwner.OfProcess)
            throw new IOException($"The folder belongs to another user (number {owner}), who could hold or remove every lock in it.");
        var mode = File.GetUnixFileMode(Path);
        if (mode.HasFlag(UnixFileMode.OtherWrite) && !mode.HasFlag(UnixFileMode.StickyBit))
            throw new IOException("Everybody may remove what is in the folder.");
    }

    private static uint? OwnerOf(string folder) => FileIdentity.Read(folder)?.User;
}
