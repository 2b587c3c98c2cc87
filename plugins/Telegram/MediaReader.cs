using System.Text.Json;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Files of a message, by their file_id, which names a file for this bot for good and is no secret.</summary>
internal static class MediaReader
{
    /// <summary>A month: a longer file is none that Telegram takes.</summary>
    private const long LongestSeconds = 2_678_400;

    private static readonly (string Name, AttachmentKind Kind, string? Type)[] Kinds =
    [
        ("animation", AttachmentKind.Video, "video/mp4"),
        ("video", AttachmentKind.Video, "video/mp4"),
        ("video_note", AttachmentKind.Video, "video/mp4"),
        ("voice", AttachmentKind.Voice, "audio/ogg"),
        ("audio", AttachmentKind.Audio, null),
        ("sticker", AttachmentKind.Sticker, null),
        ("document", AttachmentKind.File, null),
    ];

    public static IEnumerable<Attachment> Read(JsonElement message)
    {
        // Of a photo there are several sizes; the last is the largest.
        if (message.List("photo").LastOrDefault() is { ValueKind: JsonValueKind.Object } photo
            && Of(photo, AttachmentKind.Image, "image/jpeg") is { } picture)
            yield return picture;
        foreach (var (name, kind, type) in Kinds)
        {
            if (message.Object(name) is not { } file || Of(file, kind, type ?? StickerType(name, file)) is not { } attachment) continue;
            yield return attachment;
            // An animation comes a second time, as a document, for clients that do not support animations.
            if (name == "animation") yield break;
        }
    }

    private static Attachment? Of(JsonElement file, AttachmentKind kind, string? type) =>
        file.Text("file_id") is { } id && !string.IsNullOrWhiteSpace(id)
        ? new Attachment(id, kind)
        {
            Name = file.Text("file_name"),
            ContentType = file.Text("mime_type") ?? type,
            Size = file.Number("file_size") is >= 0 and var size ? size : null,
            Duration = file.Number("duration") is >= 0 and < LongestSeconds and var seconds ? TimeSpan.FromSeconds(seconds) : null,
        }
        : null;

    private static string? StickerType(string name, JsonElement file) => name != "sticker" ? null
        : file.Flag("is_animated") ? "application/x-tgsticker" : file.Flag("is_video") ? "video/webm" : "image/webp";
}
