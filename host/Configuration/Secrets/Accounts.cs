using System.Globalization;
using PluginGateway.Posix;

namespace PluginGateway.Configuration.Secrets;

/// <summary>Users and groups by <c>/etc/passwd</c> and <c>/etc/group</c>. Pure.</summary>
internal sealed class Accounts
{
    private readonly Dictionary<string, uint> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, string> _groups = [];
    private readonly HashSet<(uint Group, uint User)> _members = [];

    public Accounts(IEnumerable<string> passwd, IEnumerable<string> group)
    {
        foreach (var line in passwd.Select(static line => line.Split(':')).Where(static line => line.Length >= 4))
        {
            if (!TryRead(line[2], out var user) || !TryRead(line[3], out var primary)) continue;
            _users.TryAdd(line[0], user);
            _members.Add((primary, user));
        }

        foreach (var line in group.Select(static line => line.Split(':')).Where(static line => line.Length >= 4))
        {
            if (!TryRead(line[2], out var number)) continue;
            _groups.TryAdd(number, line[0]);
            foreach (var name in line[3].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                // A member whom this file does not know counts as a user without a known number.
                _members.Add((number, _users.GetValueOrDefault(name, uint.MaxValue)));
            }
        }
    }

    public static Accounts OfMachine() => new(Lines("/etc/passwd"), Lines("/etc/group"));

    public IEnumerable<uint> Members(uint group) => _members.Where(member => member.Group == group).Select(static member => member.User);

    public string UserName(uint user) => _users.FirstOrDefault(known => known.Value == user).Key is { } name ? $"user '{name}'" : $"user {user}";

    public string GroupName(uint group) => _groups.TryGetValue(group, out var name) ? $"group '{name}'" : $"group {group}";

    private static bool TryRead(string text, out uint number) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return RegularFile.ReadAllText(path).Split('\n');
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
