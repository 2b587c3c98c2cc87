namespace PluginGateway.Configuration.Secrets;

/// <summary>Strength of a token against guessing, judged by its characters.</summary>
internal static class TokenStrength
{
    /// <summary>Number of bits from which on guessing is hopeless, with any number of attempts.</summary>
    public const int EnoughBits = 128;

    /// <summary>Least number of different characters: a token of fewer was typed, not drawn.</summary>
    private const int FewestCharacters = 8;

    /// <summary>Returns true when a token, if it was drawn at random, cannot be guessed: 32 hexadecimal digits, 22 characters of Base64.</summary>
    public static bool IsEnough(string token) =>
        token.Distinct().Count() >= FewestCharacters && token.Length * Math.Log2(AlphabetOf(token)) >= EnoughBits;

    private static int AlphabetOf(string token)
    {
        if (token.All(char.IsAsciiHexDigitLower) || token.All(char.IsAsciiHexDigitUpper)) return 16;
        var size = 0;
        if (token.Any(char.IsAsciiDigit)) size += 10;
        if (token.Any(char.IsAsciiLetterLower)) size += 26;
        if (token.Any(char.IsAsciiLetterUpper)) size += 26;
        // Base64 has two characters beside letters and digits, and no more than two are assumed.
        if (token.Any(static c => !char.IsAsciiLetterOrDigit(c))) size += 2;
        return Math.Max(size, 2);
    }
}
