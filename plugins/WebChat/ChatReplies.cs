using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.WebChat;

/// <summary>The JSON that the page reads.</summary>
internal static class ChatReplies
{
    /// <summary>Returns a reply as an event. Its id is the event's, so a page that reconnects sends the id of the last one it received.</summary>
    public static StreamEvent EventOf(ChatEntry reply) => new(Write(json =>
    {
        json.WriteString("id", reply.Id);
        json.WriteString("text", reply.Text);
        json.WriteNumber("time", reply.Time);
    }), reply.Id);

    /// <summary>Returns the reply to a posted message that is durable.</summary>
    public static HttpReply Accepted(string id, string status) => Json(202, json =>
    {
        json.WriteString("id", id);
        json.WriteString("status", status);
    });

    /// <summary>Returns the messages of both sides of a conversation, in order, and the last reply in the order of the stream.</summary>
    public static HttpReply History(string conversation, IReadOnlyList<ChatEntry> entries, int maxTextLength) => Json(200, json =>
    {
        json.WriteNumber("maxTextLength", maxTextLength);
        json.WriteString("conversation", conversation);
        json.WriteString("lastReply", entries.LastOrDefault(entry => !entry.FromUser)?.Id);
        json.WriteStartArray("messages");
        foreach (var entry in entries.OrderBy(entry => entry.Time).ThenByDescending(entry => entry.FromUser))
        {
            json.WriteStartObject();
            json.WriteString("id", entry.Id);
            json.WriteString("from", entry.FromUser ? "user" : "gateway");
            json.WriteString("text", entry.Text);
            json.WriteNumber("time", entry.Time);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Returns a refusal: a reason for programs, a sentence to read, and where it applies the field.</summary>
    public static HttpReply Refuse(int status, string reason, string message, string? field = null, int retryAfterSeconds = 0) =>
        Json(status, json =>
        {
            json.WriteString("reason", reason);
            json.WriteString("message", message);
            if (field is not null) json.WriteString("field", field);
        }, retryAfterSeconds > 0 ? ("Retry-After", retryAfterSeconds.ToString(CultureInfo.InvariantCulture)) : null);

    /// <summary>Returns the reply to a method that a path does not have.</summary>
    public static HttpReply MethodNotAllowed(string allowed) => Json(405, json =>
    {
        json.WriteString("reason", "method");
        json.WriteString("message", $"Allowed here: {allowed}.");
    }, ("Allow", allowed));

    private static HttpReply Json(int status, Action<Utf8JsonWriter> members, (string Name, string Value)? header = null)
    {
        var reply = HttpReply.Json(status, Write(members));
        var headers = new Dictionary<string, string>(reply.Headers) { ["Cache-Control"] = "no-store" };
        if (header is { } more) headers[more.Name] = more.Value;
        return reply with { Headers = headers };
    }

    private static string Write(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, ChatJson.WriterOptions))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
