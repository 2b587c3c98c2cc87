using System.Text.Json;
using System.Text.RegularExpressions;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Reads a field that may be missing, or of another kind than it should be: then it is not there.</summary>
internal static partial class Fields
{
    public static JsonElement? Object(this JsonElement json, string name) =>
        json.Field(name) is { ValueKind: JsonValueKind.Object } value ? value : null;

    public static IEnumerable<JsonElement> List(this JsonElement json, string name) =>
        json.Field(name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : [];

    public static string? Text(this JsonElement json, string name) => json.Field(name) is { } value ? value.AsText() : null;

    public static string? AsText(this JsonElement json) => json.ValueKind == JsonValueKind.String ? TextOf(json) : null;

    public static long? Number(this JsonElement json, string name) =>
        json.Field(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    public static double? Decimal(this JsonElement json, string name) =>
        json.Field(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) ? number : null;

    public static bool Flag(this JsonElement json, string name) => json.Field(name) is { ValueKind: JsonValueKind.True };

    private static JsonElement? Field(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : null;

    /// <summary>The text; half a surrogate pair, which a JSON escape can say and the reader refuses, becomes U+FFFD.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return JsonElement.Parse(HalfPair().Replace(value.GetRawText(), static match => match.Groups["pair"].Success ? match.Value : @"\uFFFD"))
                .GetString();
        }
    }

    /// <summary>Escapes, one by one: a backslash that escapes another is no start of one.</summary>
    [GeneratedRegex(@"(?<pair>\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\[^u])|\\u[dD][89a-fA-F]..")]
    private static partial Regex HalfPair();
}
