using System.Text.Json;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Turns;

namespace PluginGateway.Web.Api;

/// <summary>The JSON of <c>/api/messages</c>.</summary>
internal static class ApiRequest
{
    private static readonly string[] KnownInTurn = [
        "text", "format", "replyTo", "key", Silent, LinkPreview, Attachments, Place, Extras, VisibleTo, ButtonsJson.List, ButtonsJson.Once,
        ButtonsJson.Audience, ButtonsJson.Expires];
    private static readonly string[] Known = ["to", "adapter", "chat", "kind", "thread", .. KnownInTurn];
    private static readonly string[] KnownOfEdit = ["text", "format", "key", LinkPreview];
    private static readonly string[] KnownOfReaction = ["emoji", "key"];

    private const string Attachments = "attachments";
    private const string Silent = "silent";
    private const string LinkPreview = "linkPreview";
    private const string Place = "location";
    private const string Extras = "extras";
    private const string VisibleTo = "visibleTo";
    private const string NoKey = "'key' is missing: any text of your own that names this, so that asking twice does it once.";

    /// <summary>Reads the message to send; null with the problem in one sentence.</summary>
    public static MessageApiRequest? Read(byte[] body, ReplyGrant? grant, out string problem) =>
        Parse(body, (JsonElement json, out string why) => Read(json, grant, out why), out problem);

    /// <summary>Reads a new text for a message; null with the problem in one sentence.</summary>
    public static MessageApiAction? ReadEdit(string message, byte[] body, ReplyGrant? grant, out string problem) =>
        Parse(body, (JsonElement json, out string why) =>
    {
        why = Problem(json, KnownOfEdit) ?? "";
        if (why.Length > 0) return null;
        if (Text(json, "key") is not { } key) return Fail<MessageApiAction>(NoKey, out why);
        if (Text(json, "text") is not { } text) return Fail<MessageApiAction>("'text' is missing.", out why);
        return TryFormat(Text(json, "format"), out var format)
            ? MessageApiAction.Edit(message, text, format, key, grant) with { NoLinkPreview = !Flag(json, LinkPreview, otherwise: true) }
            : Fail<MessageApiAction>("'format' must be \"plain\" or \"markdown\".", out why);
    }, out problem);

    /// <summary>Reads a reaction to a message; null with the problem in one sentence.</summary>
    public static MessageApiAction? ReadReaction(string message, byte[] body, ReplyGrant? grant, out string problem) =>
        Parse(body, (JsonElement json, out string why) =>
    {
        why = Problem(json, KnownOfReaction) ?? "";
        if (why.Length > 0) return null;
        if (Text(json, "key") is not { } key) return Fail<MessageApiAction>(NoKey, out why);
        if (!json.TryGetProperty("emoji", out _)) return Fail<MessageApiAction>("'emoji' is missing; null takes the reaction away.", out why);
        // The contract's record says what an emoji may be.
        var emoji = new ReactionUpdate("1", new MessageRef(new Chat("1", ChatKind.Unknown), "1"), Text(json, "emoji")).Emoji;
        return MessageApiAction.React(message, emoji, key, grant);
    }, out problem);

    /// <summary>Writes the state of a message's delivery.</summary>
    public static void Write(Utf8JsonWriter json, DeliveryReport delivery)
    {
        json.WriteString("id", delivery.Id);
        if (delivery.Key is { } key) json.WriteString("key", key);
        json.WriteString("kind", delivery.Kind);
        if (delivery.About is { } about) json.WriteString("about", about);
        json.WriteString("adapter", delivery.Adapter);
        json.WriteString("chat", delivery.Chat);
        json.WriteString("state", delivery.State);
        json.WriteNumber("attempts", delivery.Attempts);
        if (delivery.Reason is { } reason) json.WriteString("reason", reason);
        if (delivery.Note is { } note) json.WriteString("note", note);
        if (delivery.MessageId is { } id) json.WriteString("messageId", id);
        json.WriteString("owedUtc", delivery.OwedUtc);
        if (delivery.EndedUtc is { } ended) json.WriteString("endedUtc", ended);
    }

    private delegate T? Reading<T>(JsonElement body, out string problem);

    private static T? Parse<T>(byte[] body, Reading<T> read, out string problem)
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return read(document.RootElement, out problem);
        }
        catch (JsonException)
        {
            problem = "The body is no JSON.";
        }
        catch (ArgumentException refused)
        {
            problem = refused.Message;
        }

        return null;
    }

    private static MessageApiRequest? Read(JsonElement body, ReplyGrant? grant, out string problem)
    {
        problem = Problem(body, grant is null ? Known : KnownInTurn) ?? "";
        if (problem.Length > 0) return null;
        if (Text(body, "key") is not { } key) return Fail<MessageApiRequest>(NoKey, out problem);
        IReadOnlyList<OutboundAttachment>? files = [];
        if (body.TryGetProperty(Attachments, out var list) && (files = AttachmentList.Read(list, out problem)) is null) return null;
        if (!PlaceJson.TryRead(body, Place, out var place))
            return Fail<MessageApiRequest>($"'{Place}' needs the numbers 'latitude' and 'longitude', and may have a 'name' and an 'address'.", out problem);
        if (!TryExtras(body, out var extras)) return Fail<MessageApiRequest>($"'{Extras}' must be an object with texts.", out problem);
        if (!PersonJson.TryRead(body, VisibleTo, out var person))
            return Fail<MessageApiRequest>($"'{VisibleTo}' must be the id of a person, or an object with an 'id'.", out problem);
        if (!ButtonsJson.TryRead(body, Flag(body, ButtonsJson.Once, otherwise: true), out var buttons, out problem)) return null;
        if ((Text(body, "text") ?? (files.Count > 0 || place is not null ? "" : null)) is not { } text) return Fail<MessageApiRequest>("'text' is missing.", out problem);
        if (!TryFormat(Text(body, "format"), out var format))
            return Fail<MessageApiRequest>("'format' must be \"plain\" or \"markdown\".", out problem);
        var reply = new Reply(text)
        {
            Format = format,
            ReplyTo = Text(body, "replyTo"),
            Silent = Flag(body, Silent, otherwise: false),
            LinkPreview = Flag(body, LinkPreview, otherwise: true),
            Attachments = files,
            Location = place,
            Extras = extras,
            VisibleTo = person,
            Buttons = buttons,
        };
        if (grant is not null) return new(grant.Adapter, new Chat(grant.Chat, grant.Kind, grant.Thread), reply, key, grant.Turn);
        if (!TryTarget(body, out var adapter, out var chat))
            return Fail<MessageApiRequest>("Say where to: \"to\": \"ADAPTER:CHAT\", or \"adapter\" and \"chat\".", out problem);
        if (!TryKind(Text(body, "kind"), out var kind))
            return Fail<MessageApiRequest>("'kind' must be \"direct\", \"group\" or \"channel\".", out problem);
        return new(adapter, new Chat(chat, kind, Text(body, "thread")), reply, key);
    }

    private static string? Problem(JsonElement body, string[] known)
    {
        if (body.ValueKind != JsonValueKind.Object) return "The body is no JSON object.";
        foreach (var member in body.EnumerateObject())
        {
            if (!known.Contains(member.Name))
                return $"'{(member.Name.Length > 32 ? member.Name[..32] : member.Name)}' is not known here; there are: {string.Join(", ", known)}.";
            if (member.Name is Silent or LinkPreview or ButtonsJson.Once)
            {
                if (member.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) return $"'{member.Name}' must be true or false.";
            }
            else if (member.Name is not (Attachments or Place or Extras or VisibleTo or ButtonsJson.List or ButtonsJson.Expires)
                && member.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
                return $"'{member.Name}' must be text.";
        }

        return null;
    }

    private static T? Fail<T>(string sentence, out string problem)
        where T : class
    {
        problem = sentence;
        return null;
    }

    private static bool TryTarget(JsonElement body, out string adapter, out string chat)
    {
        if (Text(body, "to") is { } to) return MessageReferences.TryTarget(to, out adapter, out chat);
        (adapter, chat) = (Text(body, "adapter") ?? "", Text(body, "chat") ?? "");
        return adapter.Length > 0 && chat.Length > 0;
    }

    private static bool Flag(JsonElement body, string name, bool otherwise) =>
        body.TryGetProperty(name, out var flag) ? flag.GetBoolean() : otherwise;

    private static bool TryExtras(JsonElement body, out Dictionary<string, string> extras)
    {
        extras = [];
        if (!body.TryGetProperty(Extras, out var given)) return true;
        if (given.ValueKind != JsonValueKind.Object) return false;
        foreach (var option in given.EnumerateObject())
        {
            if (option.Value.ValueKind != JsonValueKind.String) return false;
            extras[option.Name] = option.Value.GetString()!;
        }

        return true;
    }

    private static bool TryFormat(string? text, out TextFormat format)
    {
        format = text == "markdown" ? TextFormat.Markdown : TextFormat.Plain;
        return text is null or "plain" or "markdown";
    }

    private static bool TryKind(string? text, out ChatKind kind)
    {
        kind = text switch { "group" => ChatKind.Group, "channel" => ChatKind.Channel, "direct" => ChatKind.Direct, _ => ChatKind.Unknown };
        return text is null or "direct" or "group" or "channel";
    }

    private static string? Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
