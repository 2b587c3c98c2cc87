using System.Text.Json;

namespace PluginGateway.Web.Api;

/// <summary>A place in the JSON of a request: <c>{"latitude":52.5,"longitude":13.4,"name":"...","address":"..."}</c>.</summary>
internal static class PlaceJson
{
    /// <summary>Reads a place that may be left out.</summary>
    /// <exception cref="ArgumentException">A coordinate is outside its range.</exception>
    public static bool TryRead(JsonElement body, string name, out Location? place)
    {
        place = null;
        if (!body.TryGetProperty(name, out var given)) return true;
        if (given.ValueKind != JsonValueKind.Object || Number(given, "latitude") is not { } latitude || Number(given, "longitude") is not { } longitude)
            return false;
        place = new Location(latitude, longitude) { Name = Text(given, "name"), Address = Text(given, "address") };
        return true;
    }

    private static double? Number(JsonElement place, string name) =>
        place.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : null;

    private static string? Text(JsonElement place, string name) =>
        place.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
