using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Media;
using PluginGateway.Threads;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Api;

/// <summary>Files for programs: <c>POST /api/attachments</c> takes one, to be sent with a message; <c>GET /api/attachments/{message}/{number}</c>
/// fetches one of a received message.</summary>
internal sealed class ApiAttachments(MessageApi api, MediaFolder media, MediaTransfers transfers, ReplyTokenAuthentication authentication)
{
    /// <summary>Kestrel counts the framing of chunks too.</summary>
    private const int Framing = 8;

    public async Task PostAsync(HttpContext context)
    {
        var (isAllowed, grant) = await authentication.AdmitAsync(context);
        if (!isAllowed) return;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = Framing * media.Limits.MaxFileBytes;
        await TakeAsync(context, OwnerOf(grant));
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
        if (fetched.File is { } file) await WriteAsync(context, OwnerOf(grant), file, fetched.Attachment!);
        else if (fetched.Attachment is null) await ApiMessages.RefuseAsync(context, fetched.Answer);
        else await JsonResponse.RefuseAsync(context, StatusCodes.Status502BadGateway, "fetchFailed", fetched.Answer.Sentence);
    }

    private async Task TakeAsync(HttpContext context, string owner)
    {
        try
        {
            if (context.Request.ContentLength > media.Limits.MaxFileBytes)
                throw new BadHttpRequestException("The file is too large.", StatusCodes.Status413PayloadTooLarge);
            var (file, problem) = await transfers.TryUploadAsync(owner, context.Request.Body, context.RequestAborted);
            if (file is null) await RefuseBusyAsync(context, problem);
            else await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
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
        catch (IOException failure) when (failure is not MediaException && !context.RequestAborted.IsCancellationRequested)
        {
            await RefuseBusyAsync(context, $"The file could not be kept: {failure.Message}");
        }
        catch (MediaException refused)
        {
            await JsonResponse.RefuseAsync(
                context, refused.PassesByItself ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status413PayloadTooLarge,
                refused.PassesByItself ? "full" : "tooLarge", refused.Message);
        }
    }

    private async Task WriteAsync(HttpContext context, string owner, FetchedFile file, Attachment attachment)
    {
        try
        {
            var (opened, problem) = await transfers.TryOpenAsync(owner, file.Path);
            using var download = opened;
            if (download is null) await RefuseBusyAsync(context, problem);
            else await WriteAsync(context, download, file, attachment);
        }
        catch (IOException failure) when (!context.RequestAborted.IsCancellationRequested)
        {
            // Of a response that has begun only the missing end can say it.
            if (context.Response.HasStarted) context.Abort();
            else await RefuseBusyAsync(context, $"The file could not be read: {failure.Message}");
        }
    }

    /// <summary>Writes a received file. Its declared type is not trusted: it is always a download, never shown as part of a page.</summary>
    private static async Task WriteAsync(HttpContext context, MediaDownload download, FetchedFile file, Attachment attachment)
    {
        var bytes = await download.ReadAsync();
        var response = context.Response;
        response.ContentType = MediaTypeHeaderValue.TryParse(file.ContentType, out var type) ? type.ToString() : "application/octet-stream";
        response.ContentLength = download.Length;
        response.Headers.CacheControl = "no-store";
        var disposition = new ContentDispositionHeaderValue("attachment");
        if (attachment.Name is { Length: > 0 } name) disposition.SetHttpFileName(name);
        response.Headers.ContentDisposition = disposition.ToString();
        while (bytes.Length > 0)
        {
            await response.Body.WriteAsync(bytes, context.RequestAborted);
            bytes = await download.ReadAsync();
        }
    }

    private static string OwnerOf(ReplyGrant? grant) => grant?.Adapter ?? MediaShares.Programs;

    private static Task RefuseBusyAsync(HttpContext context, string sentence) =>
        JsonResponse.RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "busy", sentence, retryAfterSeconds: 2);
}
