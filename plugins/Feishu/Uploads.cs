using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Brings files to the platform, which then are sent by key.</summary>
internal sealed class Uploads(OpenApi api)
{
    public const long MostImageBytes = 10 * 1024 * 1024;
    public const long MostFileBytes = 30 * 1024 * 1024;

    private const string Opus = ".opus";

    private static readonly string[] Images = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".tiff", ".tif", ".bmp", ".ico"];

    private static readonly Dictionary<string, string> FileTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [Opus] = "opus",
        [".mp4"] = "mp4",
        [".pdf"] = "pdf",
        [".doc"] = "doc",
        [".docx"] = "doc",
        [".xls"] = "xls",
        [".xlsx"] = "xls",
        [".ppt"] = "ppt",
        [".pptx"] = "ppt",
    };

    /// <summary>Uploads one file and returns the message that shows it, or the failure: then no message was sent.</summary>
    /// <param name="attachment">The file.</param>
    /// <param name="asFile">True: as a plain file, of any kind.</param>
    /// <param name="cancellationToken">Cancels the upload.</param>
    public async Task<(MessageBody? Body, SendResult? Failed)> UploadAsync(
        OutboundAttachment attachment, bool asFile, CancellationToken cancellationToken)
    {
        var name = attachment.Name ?? Path.GetFileName(attachment.Path);
        var file = new FileInfo(attachment.Path);
        if (!file.Exists) return (null, Refused(SendErrorKind.InvalidMessage, $"The file '{name}' is not in the media folder any more."));
        if (file.Length == 0) return (null, Refused(SendErrorKind.InvalidMessage, $"The file '{name}' is empty."));
        if (file.Length > MostFileBytes)
            return (null, Refused(SendErrorKind.TooLong, $"The file '{name}' has {file.Length} bytes; {MostFileBytes} are allowed."));
        var extension = Path.GetExtension(name);
        // A recording that the platform plays is Ogg with Opus, whatever its name is.
        var inspection = extension.Length == 0 || attachment.Kind is AttachmentKind.Audio or AttachmentKind.Voice
            ? FileInspection.At(attachment.Path)
            : null;
        if (extension.Length == 0 && inspection is not null) (extension, name) = (inspection.Extension, name + inspection.Extension);
        if (asFile) return await FileAsync(new OutboundAttachment(attachment.Path, AttachmentKind.File), name, "stream", cancellationToken);
        return attachment.Kind is AttachmentKind.Image or AttachmentKind.Sticker && file.Length <= MostImageBytes
            && Images.Contains(extension, StringComparer.OrdinalIgnoreCase)
            ? await ImageAsync(attachment.Path, name, cancellationToken)
            : await FileAsync(
                attachment, name, inspection?.Extension == Opus ? "opus" : FileTypes.GetValueOrDefault(extension, "stream"), cancellationToken);
    }

    /// <summary>True: the attachment is more than a plain file, so it has a plainer form.</summary>
    public static bool HasOtherForm(OutboundAttachment attachment) => attachment.Kind != AttachmentKind.File;

    private async Task<(MessageBody?, SendResult?)> ImageAsync(string path, string name, CancellationToken cancellationToken)
    {
        var answer = await api.CallAsync(
            HttpMethod.Post, "/open-apis/im/v1/images", () => Form(path, "image", ("image_type", "message")), cancellationToken);
        return answer.IsGood && answer.Data.String("image_key") is { } key ? (MessageBody.Image(key), null) : (null, NotUploaded(answer, name));
    }

    private async Task<(MessageBody?, SendResult?)> FileAsync(
        OutboundAttachment attachment, string name, string type, CancellationToken cancellationToken)
    {
        (string, string)[] fields = type is "opus" or "mp4" && MediaLength.Of(attachment.Path) is { } milliseconds
            ? [("file_type", type), ("file_name", name), ("duration", milliseconds.ToString(CultureInfo.InvariantCulture))]
            : [("file_type", type), ("file_name", name)];
        var answer = await api.CallAsync(HttpMethod.Post, "/open-apis/im/v1/files", () => Form(attachment.Path, "file", fields), cancellationToken);
        var messageType = (attachment.Kind, type) switch
        {
            (AttachmentKind.Audio or AttachmentKind.Voice, "opus") => "audio",
            (AttachmentKind.Video, "mp4") => "media",
            _ => "file",
        };
        // The platform refuses a message whose type is not that of the upload.
        return answer.IsGood && answer.Data.String("file_key") is { } key
            ? (MessageBody.File(messageType, key), null)
            : (null, NotUploaded(answer, name));
    }

    /// <summary>Names in quotes: not every server reads them without.</summary>
    private static MultipartFormDataContent Form(string path, string part, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(value)) { Headers = { ContentDisposition = Disposition(name) } });
        var file = new StreamContent(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, useAsync: true));
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        file.Headers.ContentDisposition = Disposition(part);
        file.Headers.ContentDisposition.FileName = "\"upload\"";
        form.Add(file);
        return form;
    }

    private static ContentDispositionHeaderValue Disposition(string name) => new("form-data") { Name = $"\"{name}\"" };

    /// <summary>Returns the result of a failed upload: however it ended, the message was not sent.</summary>
    private static SendResult NotUploaded(ApiAnswer answer, string name) =>
        CodeTable.ToResult(answer, $"Uploading '{name}'") is { Error: { } error }
        ? SendResult.NotSent(error)
        : throw new InvalidOperationException("A failed upload has an error.");

    private static SendResult Refused(SendErrorKind kind, string message) => SendResult.NotSent(new SendError(kind, SendRetry.Never, message));
}
