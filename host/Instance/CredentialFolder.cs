using PluginGateway.Configuration.Files;
using PluginGateway.Posix;

namespace PluginGateway.Instance;

/// <summary>Folder of the locks on credentials, of all gateways of one user. No other user can open a file in it: such a user could hold a lock, or
/// read which adapter holds it.</summary>
internal sealed record CredentialFolder(string Path)
{
    public static CredentialFolder OfProcess() =>
        Choose(
            Environment.GetEnvironmentVariable("GATEWAY_LOCK_DIR"), Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"), FileOwner.OfProcess,
            OwnerOf);

    /// <summary>Chooses the folder: the one demanded; else one in the user's runtime directory, whether or not a session has named it; else one of
    /// the user's own among the machine's locks.</summary>
    /// <param name="demanded">Folder set by the operator.</param>
    /// <param name="runtimeDirectory">Runtime directory of the session: another user's where <c>su</c> or <c>sudo</c> kept its environment.</param>
    /// <param name="user">User id of this process.</param>
    /// <param name="ownerOf">Returns the owner of a folder; null: it does not exist.</param>
    public static CredentialFolder Choose(string? demanded, string? runtimeDirectory, uint user, Func<string, uint?> ownerOf)
    {
        if (!string.IsNullOrWhiteSpace(demanded)) return new(System.IO.Path.GetFullPath(demanded));
        string?[] runtime = [runtimeDirectory, $"/run/user/{user}"];
        return runtime.FirstOrDefault(folder => !string.IsNullOrWhiteSpace(folder) && ownerOf(folder) == user) is { } own
            ? new(System.IO.Path.Combine(own, "plugin-gateway"))
            : new($"/var/lock/plugin-gateway-{user}");
    }

    /// <summary>Creates it for its owner if need be.</summary>
    /// <exception cref="IOException">The folder cannot be made, or another user could remove or hold files in it.</exception>
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
