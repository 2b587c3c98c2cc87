using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Reads JSON of a server without trusting its shape, and writes JSON for it.</summary>
internal static class Json
{
    private const int LongestId = 512;

    /// <summary>Texts as they are, not as escapes: the platform counts bytes.</summary>
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Relaxed)) write(writer);
        return buffer.WrittenSpan.ToArray();
    }

    public static string Text(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(Bytes(write));

    /// <summary>Parses a JSON object into a document of its own; null: it is none.</summary>
    public static JsonElement? Parse(ReadOnlyMemory<byte> bytes)
    {
        // A byte order mark does no harm.
        if (bytes.Span.StartsWith<byte>([0xEF, 0xBB, 0xBF])) bytes = bytes[3..];
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonElement? Parse(string? text) => text is null ? null : Parse(Encoding.UTF8.GetBytes(text));

    /// <summary>Returns a member, if the element is an object and has it.</summary>
    public static JsonElement Get(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    /// <summary>Returns a text that is not empty, or null.</summary>
    public static string? String(this JsonElement element, string name)
    {
        var value = element.Get(name);
        if (value.ValueKind != JsonValueKind.String) return null;
        try
        {
            return value.GetString() is { Length: > 0 } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // a text with half a surrogate pair
        }
    }

    /// <summary>Returns a text that the contract takes as an id, or null.</summary>
    public static string? Id(this JsonElement element, string name) =>
        element.String(name) is { Length: <= LongestId } text && !text.Any(char.IsControl) ? text : null;

    /// <summary>Returns a number, also one written as a text, or null.</summary>
    public static long? Number(this JsonElement element, string name)
    {
        var value = element.Get(name);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)) return number;
        return long.TryParse(element.String(name), out number) ? number : null;
    }

    /// <summary>Returns a number with decimals, also one written as a text, or null.</summary>
    public static double? Decimal(this JsonElement element, string name)
    {
        var value = element.Get(name);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)) return number;
        return double.TryParse(element.String(name), NumberStyles.Float, CultureInfo.InvariantCulture, out number) ? number : null;
    }

    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];
}
