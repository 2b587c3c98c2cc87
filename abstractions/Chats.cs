namespace PluginGateway;

/// <summary>Chat: a direct conversation, a group or a channel.</summary>
public sealed record Chat
{
    /// <summary>Creates a reference to a chat.</summary>
    /// <param name="id">The platform's id.</param>
    /// <param name="kind">The kind of the chat.</param>
    /// <param name="thread">The platform's id of a thread or topic in the chat, or null.</param>
    /// <exception cref="ArgumentException">An id is empty, has more than 512 characters or has control characters.</exception>
    public Chat(string id, ChatKind kind, string? thread = null)
    {
        Id = id;
        Kind = kind;
        Thread = thread;
    }

    /// <summary>Platform's id.</summary>
    public string Id { get; init => field = Ensure.Token(value, "id"); }

    /// <summary>Kind of the chat.</summary>
    public ChatKind Kind { get; init => field = Ensure.Defined(value, "kind"); }

    /// <summary>Platform's id of a thread or topic in the chat, or null.</summary>
    public string? Thread { get; init => field = Ensure.OptionalToken(value, "thread"); }

    /// <summary>Displayed title, or null.</summary>
    public string? Title { get; init; }

    /// <summary>Compares ids and threads only: a chat that is renamed remains the same.</summary>
    /// <param name="other">The other chat.</param>
    /// <returns>True for the same chat and thread.</returns>
    public bool Equals(Chat? other) => other is not null && Id == other.Id && Thread == other.Thread;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Thread);
}

/// <summary>Kinds of chat.</summary>
public enum ChatKind
{
    /// <summary>Kind that nobody has told: the chat of an outbound message that a program or the operator addresses by its id alone. Rules of access
    /// and mentions treat it as a group.</summary>
    Unknown,

    /// <summary>Direct chat between one person and the bot.</summary>
    Direct,

    /// <summary>Group chat.</summary>
    Group,

    /// <summary>Public or broadcast channel.</summary>
    Channel,
}

/// <summary>Author of a message.</summary>
public sealed record Sender
{
    /// <summary>Creates a sender.</summary>
    /// <param name="id">The platform's id.</param>
    /// <param name="name">The displayed name, or null.</param>
    /// <param name="isBot">True for a bot, also for this one.</param>
    /// <exception cref="ArgumentException"><paramref name="id"/> is empty, has more than 512 characters or has control characters.</exception>
    public Sender(string id, string? name = null, bool isBot = false)
    {
        Id = id;
        Name = name;
        IsBot = isBot;
    }

    /// <summary>Platform's id.</summary>
    public string Id { get; init => field = Ensure.Token(value, "id"); }

    /// <summary>Displayed name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Unique name on the platform, without a leading <c>@</c>, or null. Its owner can change it, so it proves nothing.</summary>
    public string? Username { get; init; }

    /// <summary>Language of the author's client, a BCP 47 tag such as <c>de</c> or <c>pt-BR</c>, or null.</summary>
    public string? Language { get; init; }

    /// <summary>Account for which the platform vouches, where <see cref="Id"/> alone does not prove who it is (an IRC account); otherwise
    /// null.</summary>
    public string? Account { get; init => field = Ensure.OptionalToken(value, nameof(Account)); }

    /// <summary>Bot flag: true for a bot.</summary>
    public bool IsBot { get; init; }

    /// <summary>Own-account flag: true if the adapter's own account is the author. Pass such a message like any other: the host discards it as
    /// <c>ownMessage</c> and counts it, so that the bot never answers itself.</summary>
    public bool IsSelf { get; init; }

    /// <summary>Compares ids only: an author who changes names remains the same.</summary>
    /// <param name="other">The other author.</param>
    /// <returns>True for the same author.</returns>
    public bool Equals(Sender? other) => other is not null && Id == other.Id;

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Id);
}
