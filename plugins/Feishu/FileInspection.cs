namespace PluginGateway.Plugins.Feishu;

/// <summary>Type of a file by its first bytes. Pictures and voice messages come without a name on this platform, and a file is sent by its name's
/// extension.</summary>
/// <param name="Extension">As names bear it, for example <c>.png</c>.</param>
/// <param name="ContentType">The media type.</param>
internal sealed record FileInspection(string Extension, string ContentType)
{
    private const int Longest = 36;

    private static readonly (int Offset, byte[] Bytes, FileInspection Look)[] Known =
    [
        (0, [0x89, .. "PNG\r\n"u8], new(".png", "image/png")),
        (0, [0xFF, 0xD8, 0xFF], new(".jpg", "image/jpeg")),
        (0, [.. "GIF8"u8], new(".gif", "image/gif")),
        (8, [.. "WEBP"u8], new(".webp", "image/webp")),
        (0, [.. "II*\0"u8], new(".tiff", "image/tiff")),
        (0, [.. "MM\0*"u8], new(".tiff", "image/tiff")),
        (28, [.. "OpusHead"u8], new(".opus", "audio/ogg")),
        (4, [.. "ftyp"u8], new(".mp4", "video/mp4")),
        (0, [.. "%PDF-"u8], new(".pdf", "application/pdf")),
    ];

    /// <summary>Inspects a file by its first bytes; null: of no known type.</summary>
    public static FileInspection? At(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        Span<byte> start = stackalloc byte[Longest];
        start = start[..file.ReadAtLeast(start, Longest, throwOnEndOfStream: false)];
        foreach (var (offset, bytes, inspection) in Known)
        {
            if (start.Length >= offset + bytes.Length && start[offset..].StartsWith(bytes)) return inspection;
        }

        return null;
    }
}
