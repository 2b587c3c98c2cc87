using System.Text.Json;

namespace PluginGateway.Plugins.Webhook;

/// <summary>What a backend answers: <c>{"replies":[...]}</c>, each with <c>text</c>, or with <c>edit</c>, <c>delete</c> or <c>react</c>. An empty body means nothing.</summary>
internal static class WebhookAnswer
{
    /// <summary>The longest answer that is read.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int MaxReplies = 64;

    /// <summary>Reads the whole answer before anything is owed: half an understood answer would be owed again with the next attempt.</summary>
    /// <exception cref="InvalidOperationException">It is no such answer.</exception>
    public static IReadOnlyList<WebhookStep> Read(byte[] body)
    {
        if (body.Length == 0) return [];
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Wrong("is no JSON object");
            if (!document.RootElement.TryGetProperty("replies", out var replies)) return [];
            if (replies.ValueKind != JsonValueKind.Array || replies.GetArrayLength() > MaxReplies) throw Wrong($"has 'replies' that are no list of at most {MaxReplies}");
            return [.. replies.EnumerateArray().Select(ReadStep)];
        }
        catch (JsonException)
        {
            throw Wrong("is no JSON");
        }
        catch (ArgumentException refused)
        {
            throw Wrong($"has a reply that cannot be sent ({refused.Message})");
        }
    }

    private static WebhookStep ReadStep(JsonElement step)
    {
        if (step.ValueKind != JsonValueKind.Object) throw Wrong("has a reply that is no object");
        if (step.TryGetProperty("edit", out var edited)) return new EditStep(Target(edited) ?? throw Wrong("has an 'edit' of no message"), ReadReply(step, files: []));
        if (step.TryGetProperty("delete", out var deleted)) return new DeleteStep(Target(deleted) ?? throw Wrong("has a 'delete' of no message"));
        if (step.TryGetProperty("react", out _)) return new ReactStep(step.TryGetProperty("to", out var to) ? Target(to) : null, Text(step, "react"));
        return new ReplyStep(ReadReply(step, step.TryGetProperty("attachments", out var files) ? ReadFiles(files) : []));
    }

    private static Reply ReadReply(JsonElement reply, OutboundAttachment[] files)
    {
        var text = Text(reply, "text") ?? "";
        if (text.Length == 0 && files.Length == 0) throw Wrong("has a reply without 'text'");
        var format = Text(reply, "format") switch
        {
            null or "plain" => TextFormat.Plain,
            "markdown" => TextFormat.Markdown,
            var other => throw Wrong($"has a reply in the format '{other}'; there are: plain, markdown"),
        };
        return new Reply(text) { Format = format, ReplyTo = Text(reply, "replyTo"), Attachments = files };
    }

    /// <summary>Files that were uploaded to the gateway: never a path, which would let a backend send any file of this machine.</summary>
    private static OutboundAttachment[] ReadFiles(JsonElement files)
    {
        if (files.ValueKind != JsonValueKind.Array || files.GetArrayLength() > MaxReplies) throw Wrong($"has 'attachments' that are no list of at most {MaxReplies}");
        return [.. files.EnumerateArray().Select(static file =>
        {
            if (file.ValueKind != JsonValueKind.Object || Text(file, "id") is not { } id || id.Contains('/', StringComparison.Ordinal)) throw Wrong("has an attachment without the 'id' of an uploaded file");
            if (!Enum.TryParse<AttachmentKind>(Text(file, "kind") ?? "file", ignoreCase: true, out var kind)) throw Wrong("has an attachment of an unknown kind; there are: file, image, audio, video");
            return new OutboundAttachment(id, kind) { Name = Text(file, "name"), ContentType = Text(file, "contentType") };
        })];
    }

    /// <summary>A message of the gateway's own (m12), or one by the platform's id.</summary>
    private static MessageTarget? Target(JsonElement message) => message.ValueKind switch
    {
        JsonValueKind.String => MessageTarget.Owed(message.GetString()!),
        JsonValueKind.Object when Text(message, "messageId") is { } id => MessageTarget.OnPlatform(id),
        _ => null,
    };

    private static string? Text(JsonElement reply, string name) => reply.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static InvalidOperationException Wrong(string what) => new($"The backend's answer {what}.");
}
