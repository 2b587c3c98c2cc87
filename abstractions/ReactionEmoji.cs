namespace PluginGateway;

/// <summary>Emoji of a reaction. <see cref="Turn.ReactAsync"/> takes its <see cref="CustomId"/>, or its <see cref="Emoji"/> if it has none.</summary>
public sealed record ReactionEmoji
{
    /// <summary>Creates an emoji.</summary>
    /// <param name="emoji">The character, or the platform's name.</param>
    /// <exception cref="ArgumentException">The emoji is empty, has more than 512 characters or has control characters.</exception>
    public ReactionEmoji(string emoji) => Emoji = emoji;

    /// <summary>Character, or the platform's name for an emoji without one. An emoji of which the platform reports its id only has the id.</summary>
    public string Emoji { get; init => field = Ensure.Token(value, "emoji"); }

    /// <summary>Platform's id of an emoji of its own, in the form in which it takes one for a reaction (on Discord <c>party:77</c>); null for an
    /// emoji that has no such id.</summary>
    /// <exception cref="ArgumentException">It is empty, has more than 512 characters or has control characters.</exception>
    public string? CustomId { get; init => field = Ensure.OptionalToken(value, nameof(CustomId)); }
}
