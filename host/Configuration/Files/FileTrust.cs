using System.Globalization;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Posix;

namespace PluginGateway.Configuration.Files;

/// <summary>The users who could change a file, by its owner and mode and those of the folders above it. Root, this user and the owner of the
/// gateway's own executable are trusted; a group is trusted when all its members are.</summary>
internal sealed class FileTrust
{
    private const string Identity = "0 0 4294967295";

    private readonly HashSet<uint> _users;
    private readonly HashSet<uint> _unmapped;
    private readonly Accounts _accounts;
    private readonly Dictionary<string, string?> _known = new(StringComparer.Ordinal);

    /// <param name="users">The trusted users.</param>
    /// <param name="unmapped">The owner that is shown when the real one has no number in this user namespace.</param>
    /// <param name="accounts">The members of groups.</param>
    public FileTrust(IEnumerable<uint> users, IEnumerable<uint> unmapped, Accounts accounts) =>
        (_users, _unmapped, _accounts) = ([0, .. users], [.. unmapped], accounts);

    /// <summary>Creates the trust of this process on this machine.</summary>
    public static FileTrust OfProcess()
    {
        var executable = FileFacts.Of(Path.Combine(AppContext.BaseDirectory, "plugin-gateway.dll"));
        return new([FileOwner.OfProcess, .. executable is { } own ? [own.User] : Array.Empty<uint>()], Unmapped(), Accounts.OfMachine());
    }

    /// <summary>Returns a sentence for each place at which others could change the content of a path; empty when they cannot, or the system does not
    /// say.</summary>
    public IReadOnlyList<string> Faults(string path)
    {
        var chains = new[] { path, PathFacts.RealPath(path) }.OfType<string>().Distinct(StringComparer.Ordinal).SelectMany(WithParents)
            .Distinct(StringComparer.Ordinal);
        return [.. chains.Select(place => Fault(place, isParent: place != path && place != PathFacts.RealPath(path))).OfType<string>()];
    }

    /// <summary>Returns the faults of every entry in a folder, without its parents.</summary>
    public IReadOnlyList<string> FaultsBelow(string folder)
    {
        try
        {
            var all = Directory.EnumerateFileSystemEntries(
                folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, MaxRecursionDepth = 16 });
            return [.. all.Select(place => Fault(place, isParent: false)).OfType<string>()];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // The loader reports that.
            return [];
        }
    }

    /// <summary>Returns true when a user who is not trusted may read this file.</summary>
    public bool IsReadByOthers(FileFacts facts) =>
        facts.Permissions.HasFlag(UnixFileMode.OtherRead) || (facts.Permissions.HasFlag(UnixFileMode.GroupRead) && !IsTrustedGroup(facts.Group));

    private string? Fault(string path, bool isParent)
    {
        var key = isParent ? path + "/" : path;
        if (!_known.TryGetValue(key, out var fault)) _known.Add(key, fault = Judge(path, isParent));
        return fault;
    }

    private string? Judge(string path, bool isParent)
    {
        if (FileFacts.Of(path) is not { } facts) return null;
        if (!_users.Contains(facts.User) && !_unmapped.Contains(facts.User)) return $"'{path}' belongs to {_accounts.UserName(facts.User)}";
        // In a sticky folder no user can replace a file of another.
        if (isParent && facts.Permissions.HasFlag(UnixFileMode.StickyBit)) return null;
        if (facts.Permissions.HasFlag(UnixFileMode.OtherWrite)) return $"'{path}' has mode {Octal(facts)}: everybody may write it";
        return facts.Permissions.HasFlag(UnixFileMode.GroupWrite) && !IsTrustedGroup(facts.Group)
            ? $"'{path}' has mode {Octal(facts)}: {_accounts.GroupName(facts.Group)} may write it"
            : null;
    }

    private bool IsTrustedGroup(uint group) => group == 0 || _unmapped.Contains(group) || _accounts.Members(group).All(_users.Contains);

    private static string Octal(FileFacts facts) => Convert.ToString((int)facts.Permissions, 8).PadLeft(4, '0');

    private static IEnumerable<string> WithParents(string path)
    {
        for (string? place = path; place is not null; place = Path.GetDirectoryName(place)) yield return place;
    }

    /// <summary>Returns the number that stands for all users without a number of their own in this user namespace; empty outside of one.</summary>
    private static uint[] Unmapped()
    {
        try
        {
            var map = string.Join(' ', File.ReadAllText("/proc/self/uid_map").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            return map == Identity
                ? []
                : [uint.Parse(File.ReadAllText("/proc/sys/kernel/overflowuid"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture)];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or FormatException)
        {
            return [];
        }
    }
}
