using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.Serialization;

namespace PluginGateway.Store;

/// <summary>Payloads of schemas 1 to 5, which had numbers where the contract has enums, and no number for 0, in the form of today's rows. A payload
/// that cannot be read stays as it is.</summary>
internal static class PayloadUpgrade
{
    private static readonly string[] ChatKinds = ["Direct", "Group", "Channel"];
    private static readonly string[] AttachmentKinds = ["File", "Image", "Audio", "Video", "Voice", "Sticker"];
    private static readonly string?[] Formats = [null, "Markdown"];

    /// <summary>Returns the name of a chat's kind by its number in those versions; null: there was none.</summary>
    public static string? ChatKindOf(int number) => ChatKinds.ElementAtOrDefault(number);

    public static byte[] Inbound(byte[] payload) => Rewrite(
        payload, static json => JsonText.LineBytes(json.Deserialize(PayloadMetadata.Default.InboundPayload)!, PayloadJson.Default.InboundPayload));

    public static byte[] Outbound(byte[] payload) => Rewrite(payload, static json =>
    {
        Name(json, "format", Formats);
        return Payloads.Write(json.Deserialize(PayloadMetadata.Default.OutboundPayload)!);
    });

    private static byte[] Rewrite(byte[] payload, Func<JsonObject, byte[]> write)
    {
        try
        {
            if (JsonNode.Parse(payload) is not JsonObject json || json["chat"] is not JsonObject chat) return payload;
            Name(chat, "kind", ChatKinds);
            foreach (var file in (json["attachments"] as JsonArray ?? []).OfType<JsonObject>()) Name(file, "kind", AttachmentKinds);
            return write(json);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return payload;
        }
    }

    private static void Name(JsonObject json, string member, string?[] names) =>
        json[member] = names.ElementAtOrDefault((int?)json[member] ?? 0);
}
