using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.Webhook;

/// <summary>The answer of a backend: <c>{"replies":[...],"state":{...}}</c>, each reply with <c>text</c>, or with <c>edit</c>, <c>delete</c> or
/// <c>react</c>. A body without content (white space, <c>null</c>, <c>ok</c>) is no reply.</summary>
/// <remarks>A member with the value null, or with an empty text, list or object, is absent, because many languages write every field of a type; only
/// <c>"react":null</c> or
/// <c>"react":""</c> beside nothing else has a meaning of its own. Everything that an entry holds is done.</remarks>
/// <param name="Steps">What is to be done, in this order.</param>
/// <param name="State">Changes of the memory of the session: values by their keys; null: removed.</param>
internal sealed record WebhookAnswer(IReadOnlyList<WebhookStep> Steps, IReadOnlyDictionary<string, string?> State)
{
    /// <summary>The longest answer that is read.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int MaxReplies = 64;
    private static readonly WebhookAnswer Nothing = new([], new Dictionary<string, string?>());
    private static readonly string[] ErrorCodes = ["code", "status", "statusCode"];

    /// <summary>Reads the whole answer before anything is owed: half an understood answer would be owed again with the next attempt.</summary>
    /// <exception cref="InvalidOperationException">It is no such answer.</exception>
    /// <exception cref="RetryLaterException">It is a web page or an error's JSON: something on the way to the backend answered, and the turn is put
    /// off.</exception>
    public static WebhookAnswer Read(byte[] body)
    {
        var content = body.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? body.AsMemory(Encoding.UTF8.Preamble.Length) : body;
        var start = content.Span.TrimStart(" \t\r\n"u8);
        if (start.IsEmpty || IsOk(start)) return Nothing;
        if (IsPage(start))
            throw new RetryLaterException("A web page came instead of the backend's answer; check 'url' and the proxy before the backend.");
        try
        {
            using var document = JsonDocument.Parse(content);
            if (document.RootElement.ValueKind is JsonValueKind.Null
                || (document.RootElement.ValueKind == JsonValueKind.String && IsOk(Encoding.UTF8.GetBytes(document.RootElement.GetString()!))))
                return Nothing;
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Wrong("is no JSON object");
            // Null is a change here: the key is removed.
            var state = document.RootElement.TryGetProperty("state", out var changes) && changes.ValueKind != JsonValueKind.Null
                ? ReadState(changes) : Nothing.State;
            if (!document.RootElement.TryGetProperty("replies", out var replies) || replies.ValueKind == JsonValueKind.Null)
                return IsError(document.RootElement)
                    ? throw new RetryLaterException("An error of something before the backend came instead of its answer.")
                    : new([], state);
            if (replies.ValueKind != JsonValueKind.Array || replies.GetArrayLength() > MaxReplies)
                throw Wrong($"has 'replies' that are no list of at most {MaxReplies}");
            return new([.. replies.EnumerateArray().Where(static step => !IsNothing(step)).SelectMany(ReadSteps)], state);
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

    /// <summary>Reads <c>"state":{"key":"value","gone":null}</c>.</summary>
    private static Dictionary<string, string?> ReadState(JsonElement state)
    {
        if (state.ValueKind != JsonValueKind.Object) throw Wrong("has a 'state' that is no object");
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var change in state.EnumerateObject())
        {
            changes[change.Name] = change.Value.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => change.Value.GetString(),
                _ => throw Wrong($"has the state '{change.Name}' that is neither a text nor null"),
            };
        }

        return changes;
    }

    private static IEnumerable<WebhookStep> ReadSteps(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object) throw Wrong("has a reply that is no object");
        var steps = new List<WebhookStep>();
        var (isEdit, isDelete) = (Has(entry, "edit", out var edited), Has(entry, "delete", out var deleted));
        var hasFiles = Has(entry, "attachments", out var files);
        var hasContent = hasFiles || Has(entry, "text", out _) || Has(entry, "location", out _);
        if (isEdit && isDelete) throw Wrong("has an 'edit' and a 'delete' in one entry");
        if (isEdit && Has(entry, "buttons", out _)) throw Wrong("has an 'edit' with 'buttons'; the open buttons of a message stay with it");
        if (isEdit && (Has(entry, "location", out _) || Has(entry, "visibleTo", out _)))
            throw Wrong("has an 'edit' with 'location' or 'visibleTo'; an edit gives a new text");
        if (isEdit && hasFiles) throw Wrong("has an 'edit' with 'attachments'; an edit gives a new text");
        if (isEdit) steps.Add(new EditStep(Target(edited) ?? throw Wrong("has an 'edit' of no message"), ReadReply(entry, files: [])));
        if (isDelete) steps.Add(new DeleteStep(Target(deleted) ?? throw Wrong("has a 'delete' of no message")));
        if (Has(entry, "react", out var reaction) && reaction.ValueKind != JsonValueKind.String) throw Wrong("has a 'react' that is no emoji");
        var isRemoval = !isEdit && !isDelete && !hasContent && entry.TryGetProperty("react", out _);
        if (Text(entry, "react") is not null || isRemoval)
            steps.Add(new ReactStep(Has(entry, "to", out var to) ? Target(to) : null, Text(entry, "react")));
        if (!isEdit && (hasContent || steps.Count == 0)) steps.Add(new ReplyStep(ReadReply(entry, hasFiles ? ReadFiles(files) : [])));
        return steps;
    }

    /// <summary>True: a member that is there and not empty.</summary>
    private static bool Has(JsonElement element, string name, out JsonElement value) => element.TryGetProperty(name, out value) && !IsEmpty(value);

    /// <summary>True: null, false, an empty text, or a list or an object with nothing else in it.</summary>
    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => value.ValueEquals(""),
        JsonValueKind.Array => value.EnumerateArray().All(static one => one.ValueKind == JsonValueKind.Null),
        JsonValueKind.Object => value.EnumerateObject().All(static member => IsEmpty(member.Value)),
        _ => false,
    };

    /// <summary>True: null, or an object of which every member is empty and which has more of them than a bare <c>"react":null</c> (with or without
    /// <c>to</c>).</summary>
    private static bool IsNothing(JsonElement step) => step.ValueKind == JsonValueKind.Null
        || (step.ValueKind == JsonValueKind.Object && step.EnumerateObject().Any(static member => member.Name is not ("react" or "to"))
            && IsEmpty(step));

    /// <summary>True: an answer in JSON, as a backend's own; a text, or nothing, is that of something before it.</summary>
    public static bool IsJson(ReadOnlySpan<byte> body) => Content(body) is [(byte)'{' or (byte)'[', ..];

    /// <summary>True: an object in JSON, in which there may be replies.</summary>
    public static bool IsObject(ReadOnlySpan<byte> body) => Content(body) is [(byte)'{', ..];

    /// <summary>True: a web page, or XML, as no backend answers.</summary>
    public static bool IsPage(ReadOnlySpan<byte> body) => Content(body) is [(byte)'<', ..];

    /// <summary>Returns a body from its first character on.</summary>
    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> body) =>
        (body.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body).TrimStart(" \t\r\n"u8);

    /// <summary>True: an object that proxies and frameworks make of an error: <c>{"error":...}</c>, <c>{"code":503,...}</c>.</summary>
    private static bool IsError(JsonElement json) => Has(json, "error", out _) || Has(json, "errors", out _) || ErrorCodes.Any(name =>
        Has(json, name, out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number) && number is >= 300 and < 600);

    private static bool IsOk(ReadOnlySpan<byte> text) =>
        text.TrimEnd(" \t\r\n"u8) is { Length: 2 } word && (word[0] | 0x20) == 'o' && (word[1] | 0x20) == 'k';

    private static Reply ReadReply(JsonElement reply, OutboundAttachment[] files)
    {
        var text = Text(reply, "text") ?? "";
        if (text.Length == 0 && files.Length == 0 && !Has(reply, "location", out _)) throw Wrong("has a reply without 'text'");
        var format = Text(reply, "format") switch
        {
            null or "plain" => TextFormat.Plain,
            "markdown" => TextFormat.Markdown,
            var other => throw Wrong($"has a reply in the format '{other}'; there are: plain, markdown"),
        };
        return new Reply(text)
        {
            Format = format,
            ReplyTo = Text(reply, "replyTo"),
            Silent = Flag(reply, "silent", otherwise: false),
            LinkPreview = Flag(reply, "linkPreview", otherwise: true),
            Attachments = files,
            VisibleTo = Has(reply, "visibleTo", out var person) ? ReadPerson(person) : null,
            Location = Has(reply, "location", out var place) ? ReadPlace(place) : null,
            Extras = Has(reply, "extras", out var extras) ? ReadExtras(extras) : new Dictionary<string, string>(),
            Buttons = Has(reply, "buttons", out var buttons) ? ReadButtons(buttons, reply) : null,
        };
    }

    /// <summary>Reads a person: an id, or a <c>sender</c> as the turn has it.</summary>
    private static Sender ReadPerson(JsonElement person) => person.ValueKind switch
    {
        JsonValueKind.String => new Sender(person.GetString()!),
        JsonValueKind.Object when Text(person, "id") is { } id =>
            new Sender(id, Text(person, "name")) { Username = Text(person, "username"), Account = Text(person, "account") },
        _ => throw Wrong("has a 'visibleTo' that is no sender"),
    };

    private static Location ReadPlace(JsonElement place) =>
        place.ValueKind == JsonValueKind.Object && Number(place, "latitude") is { } latitude && Number(place, "longitude") is { } longitude
            ? new Location(latitude, longitude) { Name = Text(place, "name"), Address = Text(place, "address") }
            : throw Wrong("has a 'location' without the numbers 'latitude' and 'longitude'");

    private static Dictionary<string, string> ReadExtras(JsonElement extras) =>
        extras.ValueKind == JsonValueKind.Object
            ? extras.EnumerateObject().Where(static option => !IsEmpty(option.Value)).ToDictionary(static option => option.Name, static option =>
                option.Value.ValueKind is JsonValueKind.String or JsonValueKind.True or JsonValueKind.Number
                    ? option.Value.ToString()
                    : throw Wrong($"has the option '{option.Name}' that is no text"))
            : throw Wrong("has 'extras' that are no object");

    private static double? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : null;

    /// <summary>Reads <c>"buttons":[{"id":"yes","label":"Yes","style":"primary"}]</c> with <c>"once"</c>, <c>"audience"</c> and
    /// <c>"expiresSeconds"</c> beside it.</summary>
    private static ButtonSet ReadButtons(JsonElement buttons, JsonElement reply)
    {
        if (buttons.ValueKind != JsonValueKind.Array) throw Wrong("has 'buttons' that are no list");
        var set = new ButtonSet(buttons.EnumerateArray().Where(static button => button.ValueKind != JsonValueKind.Null).Select(static button =>
            button.ValueKind == JsonValueKind.Object && Text(button, "label") is { } label
                ? new Button(Text(button, "id") ?? label, label) { Style = Word(Text(button, "style"), ButtonStyle.Default, "a button's style") }
                : throw Wrong("has a button without a 'label'")))
        {
            Once = Flag(reply, "once", otherwise: true),
            Audience = Text(reply, "audience") is { } audience ? Word(audience, ButtonAudience.Sender, "the buttons' audience") : null,
        };
        if (!Has(reply, "expiresSeconds", out var given)) return set;
        return given.ValueKind == JsonValueKind.Number && given.TryGetDouble(out var seconds) && seconds is > 0 and <= 604_800
            ? set with { ExpiresAfter = TimeSpan.FromSeconds(seconds) }
            : throw Wrong("has 'expiresSeconds' that are no number of more than 0 and at most 604800");
    }

    private static T Word<T>(string? text, T otherwise, string what)
        where T : struct, Enum =>
        text is null
        ? otherwise
        : Enum.TryParse<T>(text, ignoreCase: true, out var word) && Enum.IsDefined(word) && !char.IsAsciiDigit(text[0]) ? word
            : throw Wrong($"has '{text}' as {what}; there are: {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");

    /// <summary>Files that were uploaded to the gateway: never a path, which would let a backend send any file of this machine.</summary>
    private static OutboundAttachment[] ReadFiles(JsonElement files)
    {
        if (files.ValueKind != JsonValueKind.Array || files.GetArrayLength() > MaxReplies)
            throw Wrong($"has 'attachments' that are no list of at most {MaxReplies}");
        return [.. files.EnumerateArray().Where(static file => file.ValueKind != JsonValueKind.Null).Select(static file =>
        {
            if (file.ValueKind != JsonValueKind.Object || Text(file, "id") is not { } id || id.Contains('/', StringComparison.Ordinal))
                throw Wrong("has an attachment without the 'id' of an uploaded file");
            if (!Enum.TryParse<AttachmentKind>(Text(file, "kind") ?? "file", ignoreCase: true, out var kind))
                throw Wrong("has an attachment of an unknown kind; there are: file, image, audio, video");
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

    private static string? Text(JsonElement reply, string name) =>
        reply.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && !IsEmpty(value) ? value.GetString() : null;

    private static bool Flag(JsonElement reply, string name, bool otherwise)
    {
        if (!reply.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return otherwise;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
            : throw Wrong($"has a reply whose '{name}' is neither true nor false");
    }

    private static InvalidOperationException Wrong(string what) => new($"The backend's answer {what}.");
}
