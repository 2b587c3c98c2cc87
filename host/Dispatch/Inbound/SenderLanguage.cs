namespace PluginGateway.Dispatch.Inbound;

/// <summary>Choice of the gateway's own texts by the language that the platform reports of a person, otherwise English.</summary>
internal static class SenderLanguage
{
    /// <summary>Returns the texts for a language.</summary>
    /// <param name="texts">The texts by language, two letters each; English is among them.</param>
    /// <param name="language">The person's language as a tag of BCP 47 (<c>de-CH</c>), or null.</param>
    public static T Choose<T>(IReadOnlyDictionary<string, T> texts, string? language) =>
        texts.TryGetValue(PrimaryOf(language), out var found) ? found : texts["en"];

    /// <summary>Returns the two letters of a language, in lower case; empty: none is known.</summary>
    public static string PrimaryOf(string? language) => language?.Split('-', '_')[0].ToLowerInvariant() ?? "";
}
