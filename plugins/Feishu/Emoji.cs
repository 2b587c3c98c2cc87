namespace PluginGateway.Plugins.Feishu;

/// <summary>Reactions by the platform's names for them, and by emoji.</summary>
internal static class Emoji
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["👍"] = "THUMBSUP",
        ["👌"] = "OK",
        ["🙏"] = "THANKS",
        ["💪"] = "MUSCLE",
        ["👏"] = "APPLAUSE",
        ["👊"] = "FISTBUMP",
        ["😄"] = "SMILE",
        ["🙂"] = "SMILE",
        ["😊"] = "BLUSH",
        ["😂"] = "LAUGH",
        ["🤣"] = "LOL",
        ["😍"] = "LOVE",
        ["😉"] = "WINK",
        ["😎"] = "PROUD",
        ["🤔"] = "THINKING",
        ["😭"] = "SOB",
        ["😢"] = "CRY",
        ["😡"] = "ANGRY",
        ["❤"] = "HEART",
        ["💔"] = "HEARTBROKEN",
        ["🎉"] = "PARTY",
        ["🔥"] = "Fire",
        ["🎁"] = "GIFT",
        ["🌹"] = "ROSE",
        ["🍺"] = "BEER",
        ["🎂"] = "CAKE",
        ["✅"] = "DONE",
        ["❌"] = "CrossMark",
        ["💯"] = "Hundred",
        ["👀"] = "GLANCE",
    };

    private static readonly Dictionary<string, string> Emojis =
        Names.DistinctBy(static one => one.Value).ToDictionary(static one => one.Value, static one => one.Key, StringComparer.Ordinal);

    /// <summary>Returns the emoji of a name of the platform; the name itself where there is none.</summary>
    public static string OfName(string name) => Emojis.GetValueOrDefault(name, name);

    /// <summary>Returns the platform's name of an emoji, with or without a variation selector, or of a name itself. Null: none.</summary>
    public static string? NameOf(string emoji) =>
        NameOfPlain(emoji.Replace("\uFE0F", "", StringComparison.Ordinal).Replace("\uFE0E", "", StringComparison.Ordinal));

    private static string? NameOfPlain(string emoji) => Names.TryGetValue(emoji, out var name)
        ? name
        : emoji.Length is > 0 and <= 64 && emoji.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_') ? emoji : null;
}
