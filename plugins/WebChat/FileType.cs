using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Media types and names of files, as the page may be given them.</summary>
internal static class FileType
{
    /// <summary>Type of a file of which nothing is known.</summary>
    public const string Unknown = "application/octet-stream";

    private const int LongestName = 100;
    private const int LongestType = 100;

    private static readonly (int Offset, byte[] Bytes, string Type)[] Pictures =
    [
        (0, [0x89, .. "PNG\r\n"u8], "image/png"),
        (0, [0xFF, 0xD8, 0xFF], "image/jpeg"),
        (0, [.. "GIF8"u8], "image/gif"),
        (8, [.. "WEBP"u8], "image/webp"),
    ];

    private static readonly FrozenSet<string> PictureTypes = Pictures.Select(static picture => picture.Type).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True for a type that a browser shows as a picture and never runs: no SVG, which may have scripts.</summary>
    public static bool IsPicture(string type) => PictureTypes.Contains(type);

    /// <summary>Returns the media type without parameters, in lower case: the given one, or that of a picture by the file's first bytes.</summary>
    public static string Of(string? given, ReadOnlySpan<byte> start)
    {
        var type = (given ?? "").Split(';')[0].Trim().ToLowerInvariant();
        if (type.Length <= LongestType && type != Unknown && type.Split('/') is [{ Length: > 0 } kind, { Length: > 0 } name]
            && kind.Concat(name).All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+' or '_'))
            return type;
        foreach (var (offset, bytes, picture) in Pictures)
        {
            if (start.Length >= offset + bytes.Length && start[offset..].StartsWith(bytes)) return picture;
        }

        return Unknown;
    }

    /// <summary>Returns the kind of attachment of a media type.</summary>
    public static AttachmentKind KindOf(string type) => type.Split('/')[0] switch
    {
        "image" => AttachmentKind.Image,
        "audio" => AttachmentKind.Audio,
        "video" => AttachmentKind.Video,
        _ => AttachmentKind.File,
    };

    /// <summary>Returns a name of one path segment, without characters that are not seen or change how others are.</summary>
    public static string NameOf(string? given)
    {
        var name = new StringBuilder();
        foreach (var rune in (given ?? "").Split('/', '\\')[^1].EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse)) name.Append(rune);
        }

        var safe = name.ToString().Trim();
        if (safe.Trim('.').Length == 0) return "file";
        if (safe.Length <= LongestName) return safe;
        var extension = Path.GetExtension(safe);
        var length = LongestName - Math.Min(extension.Length, 16);
        if (char.IsHighSurrogate(safe[length - 1])) length--;
        return safe[..length] + (extension.Length <= 16 ? extension : "");
    }
}
