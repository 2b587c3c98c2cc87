using System.Text;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Tells a file from what a portal or a proxy answers in its place with 200. The platform's answer bears the file's name
/// (Content-Disposition: the vendor's SDK reads it there); without one its length, its type and its beginning are looked at.</summary>
/// <param name="attachment">What the event says of the file.</param>
/// <param name="type">The media type of the answer; null: it has none.</param>
/// <param name="isNamed">True: the answer bears a name.</param>
internal sealed class DownloadCheck(Attachment attachment, string? type, bool isNamed)
{
    private const int Looked = 512;
    private const string Refusal = "application/json";
    private static readonly string[] PageNames = [".html", ".htm", ".xhtml", ".xht", ".mht", ".xml", ".svg"];
    private static readonly string[] PageStarts = ["<!doctype", "<html", "<head", "<body", "<?xml"];

    /// <summary>Endings of names whose files are no text, so that an answer of the type text is another.</summary>
    private static readonly string[] BinaryNames =
        [".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".zip", ".gz", ".7z", ".rar", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".mp3",
            ".mp4", ".mov", ".opus", ".ogg", ".wav"];

    /// <summary>True: the headers say that it is something else.</summary>
    /// <param name="length">The length that the answer announces; null: none.</param>
    public bool IsOther(long? length)
    {
        if (isNamed) return false;
        // JSON may be a refusal, of which the code is wanted.
        if (attachment.Size is { } expected && (length is not null || type != Refusal)) return length is not null && length != expected;
        return type is Refusal or "text/html" or "application/xhtml+xml";
    }

    /// <summary>True: what was written is something else.</summary>
    public bool IsOther(long size, string file)
    {
        if (isNamed) return false;
        if (attachment.Size is { } expected) return size != expected;
        if (type is not (null or "text/plain") || HasEnding(PageNames)) return false;
        if (IsPage(file)) return true;
        return type is not null && (attachment.Kind != AttachmentKind.File || HasEnding(BinaryNames)) && FileInspection.At(file) is null;
    }

    private bool HasEnding(string[] endings) =>
        attachment.Name is { } name && endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static bool IsPage(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        var bytes = new byte[Looked];
        var start = Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, Looked, throwOnEndOfStream: false))
            .TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        return PageStarts.Any(one => start.StartsWith(one, StringComparison.OrdinalIgnoreCase));
    }
}
