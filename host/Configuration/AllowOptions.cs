using System.Collections.Frozen;

namespace PluginGateway.Configuration;

/// <summary>What of a group is let in.</summary>
internal enum GroupAccess
{
    All,

    /// <summary>Only what is said to the bot.</summary>
    Mentioned,
}

/// <summary>Who may speak through one adapter. Without a list direct chats are closed to strangers, who can ask for a code, and groups are open; with one, only who or what is on it may
/// speak.</summary>
internal sealed record AllowOptions
{
    /// <summary>On a list: everybody, every chat.</summary>
    public const string Everybody = "*";

    private static readonly Dictionary<string, GroupAccess> Choices = new() { ["all"] = GroupAccess.All, ["mentioned"] = GroupAccess.Mentioned };

    /// <summary>Ids of those who may speak in every chat; null: there is no such list.</summary>
    public FrozenSet<string>? Users { get; init; }

    /// <summary>Ids of the groups and channels in which everybody may speak; null: there is no such list.</summary>
    public FrozenSet<string>? Chats { get; init; }

    public GroupAccess Groups { get; init; }

    public bool HasList => Users is not null || Chats is not null;

    public static AllowOptions Read(ObjectReader reader)
    {
        var read = new AllowOptions
        {
            Users = List(reader, "users"),
            Chats = List(reader, "chats"),
            Groups = reader.Choice("groups", GroupAccess.All, Choices),
        };
        reader.RejectUnknown();
        return read;
    }

    /// <summary>Whether a list names this sender, or this group; null: it is a direct chat.</summary>
    public bool Names(string userId, string? groupId) => On(Users, userId) || (groupId is not null && On(Chats, groupId));

    public bool Equals(AllowOptions? other) => other is not null && Groups == other.Groups && Same(Users, other.Users) && Same(Chats, other.Chats);

    public override int GetHashCode() => HashCode.Combine(Groups, Users?.Count, Chats?.Count);

    private static bool On(FrozenSet<string>? list, string id) => list is not null && (list.Contains(id) || list.Contains(Everybody));

    private static bool Same(FrozenSet<string>? one, FrozenSet<string>? other) => one is null || other is null ? one is null && other is null : one.SetEquals(other);

    /// <summary>An empty list is one: with nobody on it.</summary>
    private static FrozenSet<string>? List(ObjectReader reader, string name)
    {
        var texts = reader.Texts(name, Rules.PlatformId);
        return reader.Raw(name) is null ? null : texts.ToFrozenSet(StringComparer.Ordinal);
    }
}
