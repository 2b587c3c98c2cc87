namespace PluginGateway.Plugins.WebChat;

/// <summary>Limits of ids.</summary>
internal static class ChatLimits
{
    /// <summary>Description of a valid id.</summary>
    public const string Id = "1 to 128 characters, none of them a control character";

    private const int MaxIdLength = 128;

    /// <summary>True for an id of a conversation or a message.</summary>
    public static bool IsId(string value) => value.Length is > 0 and <= MaxIdLength && !value.Any(char.IsControl);
}
