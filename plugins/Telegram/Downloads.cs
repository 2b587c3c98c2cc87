using Telegram.Bot.Requests;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Fetches the bytes behind a file_id, when somebody asks for them.</summary>
internal sealed class Downloads(BotApi api, TelegramSettings settings)
{
    /// <summary>The Bot API gives bots no more.</summary>
    public const long LargestFile = 20 * 1024 * 1024;

    public async Task<FetchedAttachment> FetchAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        var most = Math.Min(request.MaxBytes, LargestFile);
        if (request.Attachment.Size > most) throw TooLarge(most);
        var answer = await api.CallAsync(new GetFileRequest { FileId = request.Attachment.Reference }, settings.AnswerTime, cancellationToken);
        if (answer.Failure is { } refused) throw refused.Says("file is too big") ? TooLarge(most) : Failed("getFile", refused);
        if (answer.Result.Number("file_size") > most) throw TooLarge(most);
        if (answer.Result.Text("file_path") is not { Length: > 0 } path) throw new AdapterException(new AdapterFault("attachment-unavailable", "Telegram does not say where the file is."));
        await using var file = new FileStream(request.Path, FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024, FileOptions.Asynchronous);
        var (written, failure) = await api.DownloadAsync(path, file, most, cancellationToken);
        if (failure is not null) throw Failed("the download", failure);
        if (written < 0) throw TooLarge(most);
        return new FetchedAttachment(written, request.Attachment.ContentType);
    }

    private static AdapterException TooLarge(long most) => new(new AdapterFault("attachment-too-large", $"The file is larger than {most} bytes; the Bot API gives at most {LargestFile}."));

    private static AdapterException Failed(string attempted, ApiFailure failure) => new(failure.Kind == FailureKind.Refused && failure.Code is 400
        ? new AdapterFault("attachment-unknown", $"Telegram does not know the file any more: {failure.Description}")
        : Faults.Of(attempted, failure));
}
