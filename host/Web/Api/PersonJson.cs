using System.Text.Json;

namespace PluginGateway.Web.Api;

/// <summary>Person in the JSON of a request: an id, or the <c>sender</c> of a turn as it is.</summary>
internal static class PersonJson
{
    /// <summary>Reads a person that may be left out: absent or null.</summary>
    /// <exception cref="ArgumentException">The contract's record refuses an id.</exception>
    public static bool TryRead(JsonElement body, string name, out Sender? person)
    {
        person = null;
        if (!body.TryGetProperty(name, out var given) || given.ValueKind == JsonValueKind.Null) return true;
        if (given.ValueKind == JsonValueKind.String) person = new Sender(given.GetString()!);
        else if (given.ValueKind == JsonValueKind.Object && Text(given, "id") is { } id)
            person = new Sender(id, Text(given, "name")) { Username = Text(given, "username"), Account = Text(given, "account") };
        return person is not null;
    }

    private static string? Text(JsonElement person, string name) =>
        person.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
