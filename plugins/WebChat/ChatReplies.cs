using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.WebChat;

/// <summary>The JSON that the page reads.</summary>
internal static class ChatReplies
{
    /// <summary>Largest body of a request, in bytes (<see cref="HttpCall.Body"/>).</summary>
    private const int MaxUploadBytes = 1024 * 1024;

    /// <summary>Name of the events of <see cref="ChangeOf"/>.</summary>
    public const string ChangeName = "change";

    /// <summary>Name of the events of <see cref="Typing"/>.</summary>
    public const string TypingName = "typing";

    /// <summary>Event of a typing indicator. The host repeats it every 4 s; a page shows it for 6 s.</summary>
    public static StreamEvent Typing { get; } = new("""{"seconds":6}""", name: TypingName);

    /// <summary>Returns a reply as an event. Its id is the event's, so a page that reconnects sends the id of the last one it received.</summary>
    public static StreamEvent EventOf(ChatEntry reply) => new(Write(json =>
    {
        json.WriteString("id", reply.Id);
        json.WriteString("text", reply.Text);
        json.WriteNumber("time", reply.Time);
        WriteState(json, reply);
    }), reply.Id);

    /// <summary>Returns the present state of a message as an event: it has no id, so that it leaves the position of a reader where it is. The text of
    /// a visitor's message may be larger than an event, so it stands in the history only.</summary>
    public static StreamEvent ChangeOf(ChatEntry entry) => new(Write(json =>
    {
        json.WriteString("message", entry.Id);
        json.WriteString("from", SideOf(entry));
        if (entry.IsDeleted)
        {
            json.WriteBoolean("deleted", true);
            return;
        }

        if (!entry.FromUser) json.WriteString("text", entry.Text);
        WriteState(json, entry);
    }), name: ChangeName);

    /// <summary>Returns the reply to a posted message or change that is durable. <c>ignored</c>: no handler takes such events.</summary>
    public static HttpReply Accepted(string id, Acceptance acceptance) => Json(202, json =>
    {
        json.WriteString("id", id);
        json.WriteString("status", acceptance.Kind switch
        {
            AcceptanceKind.Stored => "stored",
            AcceptanceKind.Duplicate => "duplicate",
            _ => "ignored",
        });
    });

    /// <summary>Returns the reply to an uploaded file that is on disk.</summary>
    public static HttpReply Uploaded(ChatFile file) => Json(201, json => WriteMembers(json, file));

    /// <summary>Returns the refusal of an address that has asked for too many ids, or null.</summary>
    public static HttpReply? TooManyGuesses(TimeSpan wait) => wait <= TimeSpan.Zero ? null : Refuse(429, "tooManyGuesses",
        "Too many ids of conversations from this address had nothing under them; try again later.",
        retryAfterSeconds: (int)Math.Ceiling(wait.TotalSeconds));

    /// <summary>Returns the messages of both sides of a conversation, in order, the deleted ones by their ids, and the last reply in the order of the
    /// stream.</summary>
    public static HttpReply History(string conversation, IReadOnlyList<ChatEntry> entries, int maxTextLength, ChatFiles files) => Json(200, json =>
    {
        json.WriteNumber("maxTextLength", maxTextLength);
        json.WriteNumber("maxUploadBytes", MaxUploadBytes);
        json.WriteString("conversation", conversation);
        json.WriteString("lastReply", entries.LastOrDefault(entry => !entry.FromUser)?.Id);
        json.WriteStartArray("messages");
        foreach (var entry in entries.Where(static entry => !entry.IsDeleted).OrderBy(static entry => entry.Time)
            .ThenByDescending(static entry => entry.FromUser))
        {
            json.WriteStartObject();
            json.WriteString("id", entry.Id);
            json.WriteString("from", SideOf(entry));
            json.WriteString("text", entry.Text);
            json.WriteNumber("time", entry.Time);
            WriteState(json, entry, files);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("deleted");
        foreach (var entry in entries.Where(static entry => entry.IsDeleted))
        {
            json.WriteStartObject();
            json.WriteString("id", entry.Id);
            json.WriteString("from", SideOf(entry));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Returns the bytes of a file. A browser shows the four types of pictures and saves anything else, so that no file runs as a page of
    /// this origin.</summary>
    public static HttpReply FileOf(ChatFile file, ReadOnlyMemory<byte> bytes)
    {
        var isPicture = FileType.IsPicture(file.ContentType);
        var plain = string.Concat(file.Name.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ' ' ? c : '_'));
        return HttpReply.Bytes(200, bytes, isPicture ? file.ContentType : FileType.Unknown) with
        {
            Headers = new Dictionary<string, string>
            {
                ["Cache-Control"] = "private, max-age=86400",
                ["X-Content-Type-Options"] = "nosniff",
                // RFC 6266: names beyond ASCII are in the second form.
                ["Content-Disposition"] =
                    $"{(isPicture ? "inline" : "attachment")}; filename=\"{plain}\"; filename*=UTF-8''{Uri.EscapeDataString(file.Name)}",
            },
        };
    }

    /// <summary>Returns a refusal: a reason for programs, a sentence to read, and where it applies the field.</summary>
    public static HttpReply Refuse(int status, string reason, string message, string? field = null, int retryAfterSeconds = 0) =>
        Json(status, json =>
        {
            json.WriteString("reason", reason);
            json.WriteString("message", message);
            if (field is not null) json.WriteString("field", field);
        }, retryAfterSeconds > 0 ? ("Retry-After", retryAfterSeconds.ToString(CultureInfo.InvariantCulture)) : null);

    /// <summary>Returns the refusal of a press, with the sentence for the person.</summary>
    public static HttpReply NotTaken(InteractionAnswer answer)
    {
        var (status, reason) = answer.Verdict switch
        {
            InteractionVerdict.AlreadyTaken => (409, "alreadyTaken"),
            InteractionVerdict.NotForYou => (403, "notForYou"),
            _ => (410, "expired"),
        };
        return Refuse(status, reason, answer.Text ?? "The gateway does not take this press.");
    }

    /// <summary>Returns the reply to a method that a path does not have.</summary>
    public static HttpReply MethodNotAllowed(string allowed) => Json(405, json =>
    {
        json.WriteString("reason", "method");
        json.WriteString("message", $"Allowed here: {allowed}.");
    }, ("Allow", allowed));

    private static string SideOf(ChatEntry entry) => entry.FromUser ? "user" : "gateway";

    /// <summary>Writes the members beside the text that a message only has where they apply.</summary>
    /// <param name="files">Null: the files of the message are kept.</param>
    private static void WriteState(Utf8JsonWriter json, ChatEntry entry, ChatFiles? files = null)
    {
        if (entry.Version > 0) json.WriteNumber("version", entry.Version);
        if (entry.Edited > 0) json.WriteNumber("edited", entry.Edited);
        if (entry.ReplyTo is { } answered) json.WriteString("replyTo", answered);
        if (entry.Files is { } attached)
        {
            json.WriteStartArray("files");
            foreach (var file in attached) WriteFile(json, file, files?.Has(file.Id) ?? true);
            json.WriteEndArray();
        }

        if (entry.Buttons is { } buttons)
        {
            json.WriteStartArray("buttons");
            foreach (var button in buttons) WriteButton(json, button);
            json.WriteEndArray();
        }

        if (entry is { BotReaction: null, UserReactions: null }) return;
        json.WriteStartArray("reactions");
        if (entry.BotReaction is { } emoji) WriteReaction(json, emoji, "gateway");
        foreach (var own in entry.UserReactions ?? []) WriteReaction(json, own, "user");
        json.WriteEndArray();
    }

    private static void WriteFile(Utf8JsonWriter json, ChatFile file, bool isKept)
    {
        json.WriteStartObject();
        WriteMembers(json, file);
        if (!isKept) json.WriteBoolean("removed", true);
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, ChatFile file)
    {
        json.WriteString("id", file.Id);
        json.WriteString("name", file.Name);
        json.WriteString("type", file.ContentType);
        json.WriteNumber("size", file.Size);
    }

    private static void WriteButton(Utf8JsonWriter json, ChatButton button)
    {
        json.WriteStartObject();
        json.WriteString("token", button.Token);
        json.WriteString("label", button.Label);
        json.WriteString("style", button.Style);
        json.WriteEndObject();
    }

    private static void WriteReaction(Utf8JsonWriter json, string emoji, string from)
    {
        json.WriteStartObject();
        json.WriteString("emoji", emoji);
        json.WriteString("from", from);
        json.WriteEndObject();
    }

    private static HttpReply Json(int status, Action<Utf8JsonWriter> members, (string Name, string Value)? header = null)
    {
        var headers = new Dictionary<string, string> { ["Cache-Control"] = "no-store" };
        if (header is { } more) headers[more.Name] = more.Value;
        return HttpReply.Json(status, Write(members)) with { Headers = headers };
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
