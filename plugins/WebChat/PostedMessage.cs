using System.Text.Json;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Message that a page posts.</summary>
/// <param name="Conversation">Id of the conversation.</param>
/// <param name="Id">The page's id of the message.</param>
/// <param name="Text">Text.</param>
/// <param name="ReplyTo">Id of the message of the conversation that this one answers, or null.</param>
internal sealed record PostedMessage(string Conversation, string Id, string Text, string? ReplyTo)
{
    /// <summary>Reads a posted message, or returns its problem.</summary>
    public static PostedMessage? Read(HttpCall call, int maxTextLength, out HttpReply refusal)
    {
        refusal = null!;
        if (!IsJson(call))
        {
            // A form of another site can post text, but not this type without asking first.
            refusal = ChatReplies.Refuse(415, "contentType", "The content type must be application/json.");
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(call.Body, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                refusal = ChatReplies.Refuse(400, "invalid", "The body must be a JSON object with conversation, id and text.");
                return null;
            }

            var conversation = Field(document, "conversation");
            var id = Field(document, "id");
            var text = Field(document, "text");
            var replyTo = Field(document, "replyTo");
            var problem =
                conversation is null || !ChatLimits.IsId(conversation) ? ("conversation", ChatLimits.Id)
                : id is null || !ChatLimits.IsId(id) ? ("id", ChatLimits.Id)
                : string.IsNullOrWhiteSpace(text) || text.Length > maxTextLength ? ("text", $"1 to {maxTextLength} characters, not only white space")
                : document.RootElement.TryGetProperty("replyTo", out var answered) && answered.ValueKind != JsonValueKind.Null
                    && (replyTo is null || !ChatLimits.IsId(replyTo)) ? ("replyTo", ChatLimits.Id)
                : default((string Field, string Allowed)?);
            if (problem is null) return new PostedMessage(conversation!, id!, text!, replyTo);
            refusal = ChatReplies.Refuse(
                400, "invalid", $"'{problem.Value.Field}' must be a string of {problem.Value.Allowed}.", problem.Value.Field);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // A lone surrogate in an escape is an InvalidOperationException of the reader.
            refusal = ChatReplies.Refuse(400, "invalid", "The body is not well-formed JSON.");
        }

        return null;
    }

    private static bool IsJson(HttpCall call) =>
        call.Headers.TryGetValue("Content-Type", out var type)
        && type.AsSpan(0, type.IndexOf(';') is var end and >= 0 ? end : type.Length).Trim()
            .Equals("application/json", StringComparison.OrdinalIgnoreCase);

    private static string? Field(JsonDocument document, string name) =>
        document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
