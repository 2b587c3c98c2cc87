using System.Text.Json;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Fields of a posted JSON object. The first field that is not as it must be makes the refusal.</summary>
internal sealed class PostedFields
{
    private readonly JsonElement _object;
    private HttpReply? _problem;

    private PostedFields(JsonElement posted) => _object = posted;

    /// <summary>Reads the body of a request, or returns its problem.</summary>
    /// <param name="call">The request.</param>
    /// <param name="read">Reads the fields.</param>
    /// <param name="refusal">The answer where the result is null.</param>
    public static T? Read<T>(HttpCall call, Func<PostedFields, T> read, out HttpReply refusal)
        where T : class
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
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                var fields = new PostedFields(document.RootElement);
                var result = read(fields);
                if (fields._problem is null) return result;
                refusal = fields._problem;
            }
            else refusal = ChatReplies.Refuse(400, "invalid", "The body must be a JSON object.");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // A lone surrogate in an escape is an InvalidOperationException of the reader.
            refusal = ChatReplies.Refuse(400, "invalid", "The body is not well-formed JSON.");
        }

        return null;
    }

    /// <summary>Reads the id of a conversation, an event or a message.</summary>
    public string Id(string name) => Text(name) is { } id && ChatLimits.IsId(id) ? id : Refuse(name, $"a string of {ChatLimits.Id}");

    /// <summary>Reads an id that may be absent.</summary>
    public string? OptionalId(string name) => IsAbsent(name) ? null : Id(name);

    /// <summary>Reads the text of a message.</summary>
    /// <param name="name">The name of the field.</param>
    /// <param name="maxLength">The longest text, in UTF-16 units.</param>
    /// <param name="mayBeEmpty">True: the text may be absent or white space.</param>
    public string Text(string name, int maxLength, bool mayBeEmpty) =>
        mayBeEmpty && IsAbsent(name) ? ""
        : Text(name) is { } text && text.Length <= maxLength && (mayBeEmpty || !string.IsNullOrWhiteSpace(text)) ? text
        : Refuse(name, $"a string of 1 to {maxLength} characters, not only white space");

    /// <summary>Reads an emoji.</summary>
    public string Emoji(string name) =>
        Text(name) is { } emoji && ChatLimits.IsEmoji(emoji) ? emoji : Refuse(name, $"a string of {ChatLimits.Emoji}");

    /// <summary>Reads a flag that may be absent, which means false.</summary>
    public bool Flag(string name)
    {
        if (IsAbsent(name)) return false;
        var kind = _object.GetProperty(name).ValueKind;
        if (kind is not (JsonValueKind.True or JsonValueKind.False)) Refuse(name, "true or false");
        return kind == JsonValueKind.True;
    }

    /// <summary>Reads a list of ids that may be absent, which means an empty one.</summary>
    public IReadOnlyList<string> Ids(string name, int most)
    {
        if (IsAbsent(name)) return [];
        var list = _object.GetProperty(name);
        string?[] ids = list.ValueKind != JsonValueKind.Array ? [null]
            : [.. list.EnumerateArray().Select(static id => id.ValueKind == JsonValueKind.String ? id.GetString() : null)];
        if (ids.Length <= most && ids.All(static id => id is not null && ChatLimits.IsId(id)) && ids.Distinct().Count() == ids.Length) return ids!;
        Refuse(name, $"a list of at most {most} different strings of {ChatLimits.Id}");
        return [];
    }

    private static bool IsJson(HttpCall call) =>
        call.Headers.TryGetValue("Content-Type", out var type)
        && type.AsSpan(0, type.IndexOf(';') is var end and >= 0 ? end : type.Length).Trim()
            .Equals("application/json", StringComparison.OrdinalIgnoreCase);

    private string? Text(string name) =>
        _object.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private bool IsAbsent(string name) => !_object.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null;

    private string Refuse(string name, string allowed)
    {
        _problem ??= ChatReplies.Refuse(400, "invalid", $"'{name}' must be {allowed}.", name);
        return "";
    }
}
