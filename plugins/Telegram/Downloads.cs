using Telegram.Bot.Requests;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Fetches the bytes of a file_id, on demand.</summary>
internal sealed class Downloads(BotApi api, TelegramSettings settings)
{
    /// <summary>Largest file that the Bot API gives to bots.</summary>
    public const long LargestFile = 20 * 1024 * 1024;

    public async Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        var most = settings.LocalFiles is null ? Math.Min(request.MaxBytes, LargestFile) : request.MaxBytes;
        if (request.Attachment.Size > most) throw TooLarge(most);
        var answer = await api.CallAsync(new GetFileRequest { FileId = request.Attachment.Reference }, settings.AnswerTime, cancellationToken);
        if (answer.Failure is { } refused) throw refused.Says("file is too big") ? TooLarge(most) : Failed("getFile", refused);
        var size = answer.Result.Number("file_size");
        if (size > most) throw TooLarge(most);
        if (answer.Result.Text("file_path") is not { Length: > 0 } path)
            throw new PluginException(new PluginFault("attachment-unavailable", "Telegram does not say where the file is."));
        // A Bot API server that was started with --local answers with a path on its own disk, and serves no file over HTTP.
        if (Path.IsPathRooted(path)) return await CopyAsync(path, request, cancellationToken);
        await using var file = new FileStream(request.Path, FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024, FileOptions.Asynchronous);
        var (written, failure) = await api.DownloadAsync(path, file, most, cancellationToken);
        if (failure is { Kind: FailureKind.Refused or FailureKind.Foreign, Code: 404 }) throw Unavailable(
            $"'{settings.ApiUrl}' does not serve the file '{path}'. The open-source Bot API server serves none: start it with --local, and name its folder in settings.localFiles");
        if (failure is not null) throw Failed("the download", failure);
        if (written < 0) throw TooLarge(most);
        // A page in its place comes with 200 as well.
        if (size > 0 && size != written) throw NotTheFile(path, size.Value, written);
        return new FetchedAttachment(written, request.Attachment.ContentType);
    }

    /// <summary>Copies a file of a local server from the folder that the operator named for it; no file outside is read, and no link is
    /// followed.</summary>
    private async Task<FetchedAttachment> CopyAsync(string path, AttachmentRequest request, CancellationToken cancellationToken)
    {
        if (settings.LocalFiles is not { } folder) throw Unavailable(
            $"The Bot API server was started with --local and keeps the file at '{path}'; name its folder in settings.localFiles, where this gateway can read it");
        var full = Path.GetFullPath(path);
        if (!full.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw Unavailable($"The Bot API server names the file '{path}', which is not in settings.localFiles ('{folder}')");
        var source = new FileInfo(full);
        // A pipe or a device has no length.
        if (!source.Exists || source.LinkTarget is not null || source.Length == 0)
            throw Unavailable($"There is no file '{path}' that this gateway can read (settings.localFiles is '{folder}')");
        if (source.Length > request.MaxBytes) throw TooLarge(request.MaxBytes);
        await using var from = new FileStream(
            full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024, FileOptions.Asynchronous);
        await using var to = new FileStream(request.Path, FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024, FileOptions.Asynchronous);
        await from.CopyToAsync(to, cancellationToken);
        return to.Length <= request.MaxBytes ? new FetchedAttachment(to.Length, request.Attachment.ContentType) : throw TooLarge(request.MaxBytes);
    }

    private static PluginException Unavailable(string why) => new(new PluginFault("attachment-unavailable", $"{why}."));

    private PluginException NotTheFile(string path, long size, long written) => new(new PluginFault("attachment-incomplete",
        $"'{settings.ApiUrl}' sent {written} bytes for the file '{path}', which has {size}: the transfer broke off, "
        + "or a proxy answered in its place. Fetch it again; check settings.apiUrl and the proxy if it stays so."));

    private static PluginException TooLarge(long most) =>
        new(new PluginFault("attachment-too-large", $"The file is larger than {most} bytes; the Bot API gives at most {LargestFile}."));

    private static PluginException Failed(string attempted, ApiFailure failure) => new(failure.Kind == FailureKind.Refused && failure.Code is 400
        ? new PluginFault("attachment-unknown", $"Telegram does not know the file any more: {failure.Description}")
        : Faults.Of(attempted, failure));
}
