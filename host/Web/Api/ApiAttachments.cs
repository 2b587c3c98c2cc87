using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using PluginGateway.Dispatch.External;
using PluginGateway.Media;
using PluginGateway.Threads;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Api;

/// <summary>Files for programs: <c>POST /api/attachments</c> takes one, to be sent with a message; <c>GET /api/attachments/{message}/{number}</c>
/// fetches one of a received message.</summary>
internal sealed class ApiAttachments(MessageApi api, MediaFolder media, ReplyTokenAuthentication authentication)
{
    private const int MaxUploads = 16;

    /// <summary>Kestrel counts the framing of chunks too.</summary>
    private const int Framing = 8;

    private int _uploads;

    public async Task PostAsync(HttpContext context)
    {
        var (isAllowed, _) = await authentication.AdmitAsync(context);
        if (!isAllowed) return;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = Framing * media.Limits.MaxFileBytes;
        try
        {
            if (Interlocked.Increment(ref _uploads) > MaxUploads) await JsonResponse.RefuseAsync(
                context, StatusCodes.Status503ServiceUnavailable, "busy", $"{MaxUploads} files are being uploaded; try again.", retryAfterSeconds: 2);
            else await TakeAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _uploads);
        }
    }

    public async Task GetAsync(HttpContext context)
    {
        var (isAllowed, grant) = await authentication.AdmitAsync(context);
        if (!isAllowed) return;
        if (!api.TryTurn((string)context.Request.RouteValues["message"]!, out var inboxId)
            || !int.TryParse((string)context.Request.RouteValues["number"]!, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            (inboxId, index) = (0, 0);
        var promise = new Promise<(MessageApiResult Answer, FetchedFile? File, Attachment? Attachment)>(CancellationToken.None);
        api.Fetch(inboxId, index, grant, (result, file, attachment) => promise.Complete((result, file, attachment)));
        var fetched = await promise.Task;
        if (fetched.File is { } file) await WriteAsync(context, file, fetched.Attachment!);
        else if (fetched.Attachment is null) await ApiMessages.RefuseAsync(context, fetched.Answer);
        else await JsonResponse.RefuseAsync(context, StatusCodes.Status502BadGateway, "fetchFailed", fetched.Answer.Sentence);
    }

    private async Task TakeAsync(HttpContext context)
    {
        try
        {
            if (context.Request.ContentLength > media.Limits.MaxFileBytes)
                throw new BadHttpRequestException("The file is too large.", StatusCodes.Status413PayloadTooLarge);
            var file = await ReadAsync(context.Request);
            // No message refers to the file yet: it is kept for a day from its last use.
            media.Release(file.Name);
            await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
            {
                json.WriteString("id", file.Name);
                json.WriteNumber("size", file.Size);
            });
        }
        catch (BadHttpRequestException refused)
        {
            var isLarge = refused.StatusCode == StatusCodes.Status413PayloadTooLarge;
            var why = isLarge
                ? $"The file is over {media.Limits.MaxFileBytes} bytes (setting: gateway.media.maxFileMegabytes)."
                : "The body could not be read.";
            await JsonResponse.RefuseAsync(context, refused.StatusCode, isLarge ? "tooLarge" : "badRequest", why);
        }
        catch (IOException problem) when (problem is not MediaException && !context.RequestAborted.IsCancellationRequested)
        {
            await JsonResponse.RefuseAsync(
                context, StatusCodes.Status503ServiceUnavailable, "busy", $"The file could not be kept: {problem.Message}", retryAfterSeconds: 2);
        }
        catch (MediaException refused)
        {
            await JsonResponse.RefuseAsync(
                context, refused.PassesByItself ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status413PayloadTooLarge,
                refused.PassesByItself ? "full" : "tooLarge", refused.Message);
        }
    }

    private async Task<MediaFile> ReadAsync(HttpRequest request)
    {
        using var file = media.Begin(MediaShares.Programs);
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            try
            {
                foreach (var segment in read.Buffer) file.Write(segment.Span);
            }
            finally
            {
                // The bytes are given back also when the body is too large: Kestrel reads the rest itself, and cannot while they are held.
                request.BodyReader.AdvanceTo(read.Buffer.End);
            }

            if (read.IsCompleted) return file.Finish();
        }
    }

    /// <summary>Writes a received file. Its declared type is not trusted: it is always a download, never shown as part of a page.</summary>
    private static async Task WriteAsync(HttpContext context, FetchedFile file, Attachment attachment)
    {
        await using var bytes = new FileStream(
            file.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
        var response = context.Response;
        response.ContentType = MediaTypeHeaderValue.TryParse(file.ContentType, out var type) ? type.ToString() : "application/octet-stream";
        response.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        var disposition = new ContentDispositionHeaderValue("attachment");
        if (attachment.Name is { Length: > 0 } name) disposition.SetHttpFileName(name);
        response.Headers.ContentDisposition = disposition.ToString();
        await bytes.CopyToAsync(response.Body, context.RequestAborted);
    }
}
