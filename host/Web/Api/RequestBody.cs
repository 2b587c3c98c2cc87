using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace PluginGateway.Web.Api;

/// <summary>Reads a request's body, bounded in length by the host and in time by Kestrel.</summary>
internal static class RequestBody
{
    /// <summary>The longest body that is taken.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Reads the body; null when it was refused, and the request has been answered.</summary>
    public static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        try
        {
            return await ReadAsync(context.Request);
        }
        catch (BadHttpRequestException refused)
        {
            var (reason, message) = refused.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => ("tooLarge", $"The body is over {MaxBytes} bytes."),
                StatusCodes.Status408RequestTimeout => ("timeout", "The body came too slowly."),
                _ => ("badRequest", "The body could not be read."),
            };
            await JsonResponse.RefuseAsync(context, refused.StatusCode, reason, message);
            return null;
        }
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes) throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            if (read.Buffer.Length > MaxBytes)
            {
                // The bytes read are given back: Kestrel reads the rest itself, and cannot while they are held.
                request.BodyReader.AdvanceTo(read.Buffer.End);
                throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
