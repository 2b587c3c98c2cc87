namespace PluginGateway.Plugins.WebChat;

/// <summary>Limits of ids and reactions.</summary>
internal static class ChatLimits
{
    /// <summary>Description of a valid id.</summary>
    public const string Id = "1 to 128 characters, none of them a control character";

    /// <summary>Description of a valid emoji of a reaction.</summary>
    public const string Emoji = "1 to 32 characters, none of them white space or a control character";

    /// <summary>Reactions that a visitor may have on one message.</summary>
    public const int MostReactions = 20;

    private const int MaxIdLength = 128;
    private const int MaxEmojiLength = 32;

    /// <summary>True for an id of a conversation or a message.</summary>
    public static bool IsId(string value) => value.Length is > 0 and <= MaxIdLength && !value.Any(char.IsControl);

    /// <summary>True for an emoji of a reaction, or a name of one.</summary>
    public static bool IsEmoji(string value) =>
        value.Length is > 0 and <= MaxEmojiLength && !value.Any(static c => char.IsControl(c) || char.IsWhiteSpace(c));
}
