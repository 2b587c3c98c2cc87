using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Content of a received message: text and attachments.</summary>
internal sealed record ReceivedContent(string Text, IReadOnlyList<Attachment> Attachments)
{
    /// <summary>Place that the message shows, or null.</summary>
    public Location? Location { get; private init; }

    private const int MostDepth = 16;

    /// <summary>Reads the content of a message; of a kind that has no text it names the kind, so that nothing is silently empty.</summary>
    /// <param name="type">The message's type.</param>
    /// <param name="content">Its content: JSON in a text.</param>
    /// <param name="messageId">Its id: needed to fetch what hangs on it.</param>
    public static ReceivedContent Read(string type, string? content, string messageId)
    {
        if (type == MergedForwards.Type) return new(MergedForwards.Unread, []);
        if (Json.Parse(content) is not { } json) return new($"[{type}]", []);
        return type switch
        {
            "text" => new(json.String("text") ?? "", []),
            "post" => Post(json, messageId),
            "interactive" => new(Card(json), []),
            "image" => Only(AttachmentRef.Image(messageId, json.String("image_key"))),
            "file" => Only(AttachmentRef.File(messageId, json, AttachmentKind.File)),
            "audio" => Only(AttachmentRef.File(messageId, json, AttachmentKind.Voice)),
            "media" => Only(AttachmentRef.File(messageId, json, AttachmentKind.Video)),
            // The platform does not give the picture of a sticker, so the text says that it is one.
            "sticker" => Only(AttachmentRef.File(messageId, json, AttachmentKind.Sticker)) with { Text = $"[{type}]" },
            "location" => Place(json),
            _ => new($"[{type}]", []),
        };

        ReceivedContent Only(Attachment? attachment) => attachment is null ? new($"[{type}]", []) : new("", [attachment]);
    }

    /// <summary>Reads a place: its name, and its coordinates in degrees, as texts.</summary>
    private static ReceivedContent Place(JsonElement json)
    {
        var name = json.String("name");
        if (json.Decimal("latitude") is not (>= -90 and <= 90 and var latitude)
            || json.Decimal("longitude") is not (>= -180 and <= 180 and var longitude))
            return new(name ?? "[location]", []);
        var place = string.Create(CultureInfo.InvariantCulture, $"geo:{latitude},{longitude}");
        return new(name is null ? place : $"{name} {place}", []) { Location = new Location(latitude, longitude) { Name = name } };
    }

    private static ReceivedContent Post(JsonElement json, string messageId)
    {
        // A received post has no level for the language; a sent one has.
        var post = json.Get("content").ValueKind == JsonValueKind.Array ? json : json.EnumerateObject().Select(static language => language.Value)
            .FirstOrDefault(static value => value.Get("content").ValueKind == JsonValueKind.Array);
        var text = new StringBuilder();
        var attachments = new List<Attachment>();
        if (post.String("title") is { } title) text.Append(title).Append('\n');
        foreach (var line in post.Get("content").Items())
        {
            foreach (var part in line.Items()) text.Append(Part(part, messageId, attachments));
            text.Append('\n');
        }

        return new(text.ToString().TrimEnd('\n'), attachments);
    }

    private static string Part(JsonElement part, string messageId, List<Attachment> attachments)
    {
        switch (part.String("tag"))
        {
            case "a":
                return part.String("href") is { } link && link != part.String("text") ? $"{part.String("text")} ({link})" : part.String("text") ?? "";
            case "at":
                return part.String("user_id") is { } key && key.StartsWith('@') ? key : $"@{part.String("user_name") ?? part.String("user_id")}";
            case "img":
                if (AttachmentRef.Image(messageId, part.String("image_key")) is { } image) attachments.Add(image);
                return "";
            case "media":
                if (AttachmentRef.File(messageId, part, AttachmentKind.Video) is { } media) attachments.Add(media);
                return "";
            case "emotion":
                return $"[{part.String("emoji_type")}]";
            case "code_block":
                return $"```{part.String("language")?.ToLowerInvariant()}\n{part.String("text")?.TrimEnd('\n')}\n```";
            case "hr":
                return "---";
            default:
                return part.String("text") ?? "";
        }
    }

    /// <summary>Every text in a card, in its order.</summary>
    private static string Card(JsonElement card)
    {
        var lines = new List<string>();
        Collect(card, lines, 0);
        return lines.Count > 0 ? string.Join('\n', lines) : "[interactive]";
    }

    private static void Collect(JsonElement element, List<string> lines, int depth)
    {
        if (depth > MostDepth) return;
        foreach (var item in element.Items()) Collect(item, lines, depth + 1);
        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var member in element.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.String && member.Name is "content" or "text" or "title"
                && member.Value.ToString() is { Length: > 0 } text)
                lines.Add(text);
            else Collect(member.Value, lines, depth + 1);
        }
    }
}
