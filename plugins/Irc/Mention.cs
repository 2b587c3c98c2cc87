namespace PluginGateway.Plugins.Irc;

/// <summary>Detection of a mention: the bot's nick as a word of its own, as clients highlight it. IRC itself has no mentions.</summary>
internal static class Mention
{
    /// <summary>Characters of a nick besides letters and digits (RFC 2812, 2.3.1).</summary>
    private const string Special = "[]\\`_^{|}-";

    public static bool IsIn(string text, string nick, ServerFeatures features)
    {
        var (heard, sought) = (features.Fold(text), features.Fold(nick));
        for (var at = heard.IndexOf(sought, StringComparison.Ordinal); at >= 0; at = heard.IndexOf(sought, at + 1, StringComparison.Ordinal))
        {
            var end = at + sought.Length;
            if ((at == 0 || !IsOfNick(heard[at - 1])) && (end == heard.Length || !IsOfNick(heard[end]))) return true;
        }

        return false;
    }

    private static bool IsOfNick(char c) => char.IsLetterOrDigit(c) || Special.Contains(c, StringComparison.Ordinal);
}
