using System.Text.Json;
using PluginGateway.Media;

namespace PluginGateway.Web.Api;

/// <summary>The files of a message as JSON: <c>[{"id":"...","kind":"image","name":"...","contentType":"..."}]</c>, each uploaded before.</summary>
internal static class AttachmentList
{
    private const int Most = 64;
    private static readonly string[] Known = ["id", "kind", "name", "contentType"];

    /// <summary>Reads the files; null with the problem in one sentence.</summary>
    public static IReadOnlyList<OutboundAttachment>? Read(JsonElement list, out string problem)
    {
        problem = "'attachments' must be a list of at most 64 objects with 'id', 'kind', 'name' and 'contentType', all text.";
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > Most) return null;
        var files = new List<OutboundAttachment>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object || item.EnumerateObject()
                .Any(static member => !Known.Contains(member.Name) || member.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)))
                return null;
            if (Text(item, "id") is not { } id || !MediaFolder.IsName(id))
            {
                problem = "The 'id' of an attachment is what POST /api/attachments answers.";
                return null;
            }

            if (!Enum.TryParse<AttachmentKind>(Text(item, "kind") ?? "file", ignoreCase: true, out var kind) || !Enum.IsDefined(kind))
            {
                problem = "The 'kind' of an attachment is \"file\", \"image\", \"audio\" or \"video\".";
                return null;
            }

            files.Add(new OutboundAttachment(id, kind) { Name = Text(item, "name"), ContentType = Text(item, "contentType") });
        }

        return files;
    }

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
