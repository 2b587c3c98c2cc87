using System.Text.Json;

namespace PluginGateway.Plugins.Webhook;

/// <summary>What a backend answers: <c>{"replies":[{"text":"...","format":"plain|markdown","replyTo":"..."}]}</c>. An empty body means no reply.</summary>
internal static class WebhookAnswer
{
    /// <summary>The longest answer that is read.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int MaxReplies = 64;

    /// <summary>Reads the whole answer before anything is owed: half an understood answer would be owed again with the next attempt.</summary>
    /// <exception cref="InvalidOperationException">It is no such answer.</exception>
    public static IReadOnlyList<Reply> Read(byte[] body)
    {
        if (body.Length == 0) return [];
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Wrong("is no JSON object");
            if (!document.RootElement.TryGetProperty("replies", out var replies)) return [];
            if (replies.ValueKind != JsonValueKind.Array || replies.GetArrayLength() > MaxReplies) throw Wrong($"has 'replies' that are no list of at most {MaxReplies}");
            return [.. replies.EnumerateArray().Select(ReadReply)];
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

    private static Reply ReadReply(JsonElement reply)
    {
        if (reply.ValueKind != JsonValueKind.Object || Text(reply, "text") is not { Length: > 0 } text) throw Wrong("has a reply without 'text'");
        var format = Text(reply, "format") switch
        {
            null or "plain" => TextFormat.Plain,
            "markdown" => TextFormat.Markdown,
            var other => throw Wrong($"has a reply in the format '{other}'; there are: plain, markdown"),
        };
        return new Reply(text) { Format = format, ReplyTo = Text(reply, "replyTo") };
    }

    private static string? Text(JsonElement reply, string name) => reply.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static InvalidOperationException Wrong(string what) => new($"The backend's answer {what}.");
}
