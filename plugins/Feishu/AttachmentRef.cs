using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Reference to an attachment of a message: <c>message id / file or image / key</c>.</summary>
internal static class AttachmentRef
{
    private const int MostLength = 256;

    /// <summary>A month: a longer file is none that the platform takes.</summary>
    private const long LongestMilliseconds = 2_678_400_000;

    public static Attachment? Image(string messageId, string? key) =>
        IsPart(messageId) && IsPart(key) ? new($"{messageId}/image/{key}", AttachmentKind.Image) : null;

    public static Attachment? File(string messageId, JsonElement json, AttachmentKind kind) =>
        json.String("file_key") is { } key && IsPart(messageId) && IsPart(key)
        ? new($"{messageId}/file/{key}", kind)
        {
            Name = json.String("file_name"),
            Size = json.Number("file_size") is > 0 and { } size ? size : null,
            Duration = json.Number("duration") is >= 0 and <= LongestMilliseconds and { } length ? TimeSpan.FromMilliseconds(length) : null,
        }
        : null;

    /// <summary>Download path; null for a foreign reference.</summary>
    public static string? Path(string reference) =>
        reference.Split('/') is [var message, "image" or "file", var key] parts && IsPart(message) && IsPart(key)
        ? $"/open-apis/im/v1/messages/{Uri.EscapeDataString(message)}/resources/{Uri.EscapeDataString(key)}?type={parts[1]}"
        : null;

    private static bool IsPart(string? text) => text is { Length: > 0 and <= MostLength } && text is not ("." or "..")
        && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
}
