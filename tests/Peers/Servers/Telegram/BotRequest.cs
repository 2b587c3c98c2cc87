using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace PluginGateway.PeerTests.Servers.Telegram;

/// <summary>A file that came with a request.</summary>
internal sealed record UploadedFile(string Name, byte[] Bytes);

/// <summary>One request to the fake Bot API, whichever of the four ways its parameters came.</summary>
internal sealed class BotRequest
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UploadedFile> _files = new(StringComparer.Ordinal);

    private BotRequest(string method) => Method = method;

    /// <summary>Lower case: the names of methods are compared without regard to it.</summary>
    public string Method { get; }

    public static async Task<BotRequest> ReadAsync(string method, HttpContext context)
    {
        var request = new BotRequest(method.ToLowerInvariant());
        foreach (var (name, value) in context.Request.Query) request._values[name] = value.ToString();
        if (context.Request.HasFormContentType)
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            foreach (var (name, value) in form) request._values[name] = value.ToString();
            foreach (var file in form.Files)
            {
                using var bytes = new MemoryStream();
                await file.CopyToAsync(bytes, context.RequestAborted);
                request._files[file.Name] = new UploadedFile(file.FileName, bytes.ToArray());
            }
        }
        else if (context.Request.HasJsonContentType())
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            if (body.Length == 0) return request;
            foreach (var (name, value) in JsonNode.Parse(body)!.AsObject())
            {
                if (value is not null)
                    request._values[name] = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
            }
        }

        return request;
    }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int Number(string name, int otherwise) =>
        int.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    public JsonNode? Json(string name) => Text(name) is { Length: > 0 } text ? JsonNode.Parse(text) : null;

    /// <summary>An uploaded file, by the attachment that names it.</summary>
    public UploadedFile? Attached(string? media) =>
        media?.StartsWith("attach://", StringComparison.Ordinal) == true ? _files.GetValueOrDefault(media["attach://".Length..]) : null;

    /// <summary>An uploaded file, by its parameter's name or by the attachment that it names.</summary>
    public UploadedFile? File(string name) =>
        _files.GetValueOrDefault(
            Text(name) is { } value && value.StartsWith("attach://", StringComparison.Ordinal) ? value["attach://".Length..] : name);
}
