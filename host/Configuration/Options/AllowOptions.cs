using System.Collections.Frozen;

namespace PluginGateway.Configuration.Options;

/// <summary>The messages that are heard in groups and channels.</summary>
internal enum GroupAccess
{
    /// <summary>None until a user who may speak, or the operator, has admitted the group; then messages to the bot.</summary>
    Closed,

    /// <summary>Messages to the bot.</summary>
    Mentioned,

    /// <summary>All messages.</summary>
    All,
}

/// <summary>Access through one adapter. Without a list direct chats and groups are closed to strangers, who can ask for a code; with one, only the
/// users and groups on it may speak.</summary>
internal sealed record AllowOptions
{
    /// <summary>Entry of a list that stands for every user, or every chat.</summary>
    public const string Everybody = "*";

    private static readonly Dictionary<string, GroupAccess> Choices =
        new() { ["closed"] = GroupAccess.Closed, ["mentioned"] = GroupAccess.Mentioned, ["all"] = GroupAccess.All };

    /// <summary>Ids of the users who may speak in every chat; null: there is no such list.</summary>
    public FrozenSet<string>? Users { get; init; }

    /// <summary>Ids of the groups and channels in which every user may speak; null: there is no such list.</summary>
    public FrozenSet<string>? Chats { get; init; }

    /// <summary>Ids of the users who may begin a new session for everybody in a group; null: nobody may. They need not be on another list, and are
    /// on none by this one.</summary>
    public FrozenSet<string>? Admins { get; init; }

    /// <summary>The configured choice; null: none is.</summary>
    public GroupAccess? Groups { get; init; }

    /// <summary>The rule in force: with a list, which names those who may speak, groups are open to all messages by default.</summary>
    public GroupAccess GroupsInForce => Groups ?? (HasList ? GroupAccess.All : GroupAccess.Closed);

    public bool HasList => Users is not null || Chats is not null;

    public static AllowOptions Read(ObjectReader reader)
    {
        var read = new AllowOptions
        {
            Users = List(reader, "users"),
            Chats = List(reader, "chats"),
            Admins = List(reader, "admins"),
            Groups = reader.Raw("groups") is null ? null : reader.Choice("groups", GroupAccess.Closed, Choices),
        };
        reader.RejectUnknown();
        return read;
    }

    /// <summary>Returns true when a list names this sender, or this group (null: a direct chat).</summary>
    public bool Names(string userId, string? groupId) => On(Users, userId) || (groupId is not null && On(Chats, groupId));

    /// <summary>Returns true when the list of administrators names this user.</summary>
    public bool IsAdmin(string userId) => On(Admins, userId);

    public bool Equals(AllowOptions? other) => other is not null && Groups == other.Groups && Same(Users, other.Users) && Same(Chats, other.Chats)
        && Same(Admins, other.Admins);

    public override int GetHashCode() => HashCode.Combine(Groups, Users?.Count, Chats?.Count);

    private static bool On(FrozenSet<string>? list, string id) => list is not null && (list.Contains(id) || list.Contains(Everybody));

    private static bool Same(FrozenSet<string>? one, FrozenSet<string>? other) =>
        one is null || other is null ? one is null && other is null : one.SetEquals(other);

    /// <summary>Reads a list. An empty list is a list too, with no entry on it.</summary>
    private static FrozenSet<string>? List(ObjectReader reader, string name)
    {
        var texts = reader.Texts(name, Rules.PlatformId);
        return reader.Raw(name) is null ? null : texts.ToFrozenSet(StringComparer.Ordinal);
    }
}
