using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PluginGateway.Plugins.Shared;

/// <summary>Reads an adapter's settings into a record, and finds all problems at once: unknown names, values of the wrong kind, and the findings of
/// the record's own check.</summary>
internal static class JsonSettings
{
    /// <param name="json">The settings as they are configured.</param>
    /// <param name="type">The record, as the source generator describes it.</param>
    /// <param name="check">The check of values of the right kind.</param>
    /// <param name="problems">All problems. No value is quoted, because it may be a secret.</param>
    public static T Read<T>(
        JsonElement json, JsonTypeInfo<T> type, Func<T, IEnumerable<SettingsProblem>> check, out IReadOnlyList<SettingsProblem> problems)
        where T : class, new()
    {
        if (json.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null))
        {
            problems = [new SettingsProblem("settings", "It must be an object.")];
            return new T();
        }

        var found = new List<SettingsProblem>();
        // Problems that the check finds in these settings are dropped: their values are not known.
        var unread = new HashSet<string>(StringComparer.Ordinal);
        var settings = JsonSerializer.Deserialize(Fitting(json, type, found, unread), type) ?? new T();
        found.AddRange(check(settings).Where(problem => !unread.Contains(problem.Key)));
        problems = found;
        return settings;
    }

    /// <summary>Returns the members with a known name and a value of its kind, as JSON.</summary>
    private static ReadOnlySpan<byte> Fitting(JsonElement json, JsonTypeInfo type, List<SettingsProblem> problems, HashSet<string> unread)
    {
        var known = type.Properties.Where(static property => property.Set is not null)
            .ToDictionary(static property => property.Name, StringComparer.Ordinal);
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        foreach (var member in json.ValueKind == JsonValueKind.Object ? json.EnumerateObject() : default)
        {
            if (!known.TryGetValue(member.Name, out var property))
            {
                problems.Add(new SettingsProblem(member.Name.Length == 0 ? "settings" : member.Name, SettingNames.Unknown(member.Name, known.Keys)));
                if (SettingNames.Nearest(member.Name, known.Keys) is { } meant) unread.Add(meant);
            }
            else if (!Fits(member.Value, property))
            {
                problems.Add(new SettingsProblem(member.Name, $"Its value is of the wrong kind: it must be {Kind(property.PropertyType)}."));
                unread.Add(member.Name);
            }
            else
            {
                member.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan;
    }

    private static bool Fits(JsonElement value, JsonPropertyInfo property)
    {
        if (value.ValueKind == JsonValueKind.Null) return property.IsSetNullable;
        try
        {
            _ = value.Deserialize(property.Options.GetTypeInfo(property.PropertyType));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Kind(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain == typeof(bool) ? "true or false, without quotes"
            : plain == typeof(int) || plain == typeof(long) ? "a whole number, without quotes"
            : plain == typeof(double) ? "a number, without quotes"
            : plain == typeof(string) ? "text in double quotes"
            : "a list of texts";
    }
}
