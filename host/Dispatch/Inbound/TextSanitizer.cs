namespace PluginGateway.Dispatch.Inbound;

/// <summary>Makes text safe for any platform, database and terminal: lone surrogates and NUL become U+FFFD.</summary>
internal static class TextSanitizer
{
    private const char Replacement = '\uFFFD';

    public static bool IsSound(ReadOnlySpan<char> text) => FirstFault(text) < 0;

    /// <summary>Returns the sanitised text; the same instance when there is nothing to replace.</summary>
    public static string Sanitize(string text)
    {
        var first = FirstFault(text);
        if (first < 0) return text;
        return string.Create(text.Length, text, static (mended, text) =>
        {
            text.CopyTo(mended);
            for (int fault = FirstFault(mended), from = 0; fault >= 0; fault = FirstFault(mended[from..]))
            {
                mended[from + fault] = Replacement;
                from += fault + 1;
            }
        });
    }

    private static int FirstFault(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\0') return i;
            if (!char.IsSurrogate(c)) continue;
            if (!char.IsHighSurrogate(c) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return i;
            i++;
        }

        return -1;
    }
}
