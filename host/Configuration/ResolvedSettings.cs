using System.Buffers;
using System.Text.Json;

namespace PluginGateway.Configuration;

/// <summary>Copies a plugin's free-form settings with the references to secrets resolved.</summary>
internal static class ResolvedSettings
{
    /// <summary>Ends of names of secrets: a value written directly under such a name is kept out of logs too.</summary>
    private static readonly string[] SecretNames = ["token", "secret", "password", "passwd", "passphrase", "key", "credential"];

    /// <summary>Names with such an end that hold no secret. Every other name with such an end counts as that of a secret: a value too many is masked
    /// in a log rather than a secret shown. A value that is a reference (<c>${env:...}</c>) is a secret under any name.</summary>
    private static readonly string[] PublicNames =
    [
        "routingkey", "partitionkey", "sortkey", "primarykey", "foreignkey", "publickey", "cachekey", "groupkey", "orderingkey",
        "idempotencykey", "hotkey",
    ];

    /// <summary>Settings of a plugin that has none.</summary>
    public static readonly JsonElement Empty = JsonElement.Parse("{}");

    /// <summary>Returns settings as the contract has them.</summary>
    public static PluginSettings ForPlugin(JsonElement settings) => PluginSettings.Parse(settings.GetRawText());

    public static JsonElement Read(JsonElement settings, string key, ReadScope scope, ProblemSeverity unresolved)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Copy(settings, key, writer, scope, unresolved, isSecret: false);
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void Copy(JsonElement value, string key, Utf8JsonWriter writer, ReadScope scope, ProblemSeverity unresolved, bool isSecret)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    Copy(member.Value, $"{key}.{member.Name}", writer, scope, unresolved, isSecret || NamesSecret(member.Name));
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var (index, item) in value.EnumerateArray().Index()) Copy(item, $"{key}[{index}]", writer, scope, unresolved, isSecret);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                var text = value.GetString()!;
                var resolved = scope.References.Resolve(key, text, scope.Problems, unresolved);
                if (isSecret && resolved is not null) scope.Secrets.Add(resolved);
                if (isSecret) scope.Secrets.AddWritten(key, text);
                writer.WriteStringValue(resolved ?? text);
                break;
            case JsonValueKind.Number:
                if (isSecret) scope.Secrets.Add(value.GetRawText());
                if (isSecret) scope.Secrets.AddWritten(key, value.GetRawText());
                value.WriteTo(writer);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    /// <summary>Returns true for the name of a secret, in the plural too.</summary>
    private static bool NamesSecret(string name)
    {
        var one = name.TrimEnd('s', 'S').Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return SecretNames.Any(secret => one.EndsWith(secret, StringComparison.OrdinalIgnoreCase))
            && !PublicNames.Contains(one, StringComparer.OrdinalIgnoreCase);
    }
}
