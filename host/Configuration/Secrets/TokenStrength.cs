namespace PluginGateway.Configuration.Secrets;

/// <summary>How hard a token is to guess, judged by the characters it is made of.</summary>
internal static class TokenStrength
{
    /// <summary>With so many bits guessing is hopeless, however often.</summary>
    public const int EnoughBits = 128;

    /// <summary>A token of fewer different characters was typed, not drawn.</summary>
    private const int FewestCharacters = 8;

    /// <summary>True where nobody can guess it, if it was drawn at random: 32 hexadecimal digits, 22 characters of Base64.</summary>
    public static bool IsEnough(string token) => token.Distinct().Count() >= FewestCharacters && token.Length * Math.Log2(AlphabetOf(token)) >= EnoughBits;

    private static int AlphabetOf(string token)
    {
        if (token.All(char.IsAsciiHexDigitLower) || token.All(char.IsAsciiHexDigitUpper)) return 16;
        var size = 0;
        if (token.Any(char.IsAsciiDigit)) size += 10;
        if (token.Any(char.IsAsciiLetterLower)) size += 26;
        if (token.Any(char.IsAsciiLetterUpper)) size += 26;
        // Base64 has no more than two beside letters and digits, and two are all that is taken for granted.
        if (token.Any(static c => !char.IsAsciiLetterOrDigit(c))) size += 2;
        return Math.Max(size, 2);
    }
}
