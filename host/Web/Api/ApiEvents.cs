using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PluginGateway.Dispatch.External;
using PluginGateway.Threads;
using PluginGateway.Web.Events;

namespace PluginGateway.Web.Api;

/// <summary><c>GET /api/events</c>: events of messages, as a server-sent stream. The last 256 events are kept, from the first request; a
/// client that comes back with an older <c>Last-Event-ID</c>, or one of an earlier process, is told of the gap first.</summary>
internal sealed class ApiEvents(MessageEvents events, EventTopics topics, EventStreams streams, TimeProvider clock)
{
    private const string Owner = EventTopics.Gateway;
    private const string Topic = "messages";
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _epoch = clock.GetUtcNow().ToUnixTimeMilliseconds().ToString("x", CultureInfo.InvariantCulture);
    private readonly object _gate = new();
    private AdapterTopics? _topics;
    private long _position;

    public Task GetAsync(HttpContext context)
    {
        var own = Open();
        var given = (string?)context.Request.Headers["Last-Event-ID"] ?? (string?)context.Request.Query["after"];
        var (after, isWhole) = PositionOf(own, given);
        var first = isWhole ? Array.Empty<StreamEvent>() : [new StreamEvent("{}", null, "gap")];
        return streams.WriteAsync(context, Owner, HttpReply.EventStream(Topic, after, first));
    }

    /// <summary>Listens from the first reader on: without a reader no events are built.</summary>
    private AdapterTopics Open()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_topics is { } open) return open;
            _topics = topics.For(Owner);
            _topics.Keep(Topic);
            events.Listener = Publish;
            return _topics;
        }
    }

    private (long After, bool IsWhole) PositionOf(AdapterTopics own, string? given)
    {
        if (given is null) return (own.Position(Topic), true);
        if (given.Split('-') is [var epoch, var number] && epoch == _epoch
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var after) && own.Remembers(Topic, after))
            return (after, true);
        return (0, false);
    }

    /// <summary>Publishes an event of a message. Only the dispatcher's thread publishes, so the position is known before.</summary>
    private void Publish(MessageEvent happened)
    {
        var number = ++_position;
        var id = string.Create(CultureInfo.InvariantCulture, $"{_epoch}-{number}");
        _topics!.Publish(Topic, new StreamEvent(Data(happened), id, NameOf(happened.Kind)));
    }

    private static string NameOf(MessageEventKind kind) => kind switch
    {
        MessageEventKind.TurnParked or MessageEventKind.SendParked => "parked",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static void Write(Utf8JsonWriter json, long inboxId, InboundEvent received)
    {
        if (received.Chat.Thread is { } thread) json.WriteString("thread", thread);
        if (received.Sender is { } sender) json.WriteString("sender", sender.Id);
        if (received.Sender?.Name is { } name) json.WriteString("senderName", name);
        switch (received)
        {
            case ContentEvent content:
                json.WriteString("text", content.Text);
                json.WriteString("format", JsonNamingPolicy.CamelCase.ConvertName(content.Format.ToString()));
                if (content.MessageId is { } messageId) json.WriteString("messageId", messageId);
                if (content.Attachments.Count > 0) Write(json, inboxId, content.Attachments);
                break;
            case MessageDeleted deleted:
                Write(json, "messageIds", deleted.MessageIds);
                break;
            case ReactionChanged reaction:
                json.WriteString("messageId", reaction.MessageId);
                Write(json, "added", reaction.Added);
                Write(json, "removed", reaction.Removed);
                break;
            case ButtonPressed press:
                if (press.MessageId is { } pressedIn) json.WriteString("messageId", pressedIn);
                if (press.Button is { } button) Write(json, button);
                if (press.Values.Count > 0) Write(json, "values", press.Values);
                break;
            case MembersChanged members:
                json.WriteString("change", JsonNamingPolicy.CamelCase.ConvertName(members.Change.ToString()));
                Write(json, "members", [.. members.Members.Select(static member => member.Id)]);
                break;
        }
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> values)
    {
        json.WriteStartObject(name);
        foreach (var (field, value) in values) json.WriteString(field, value);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PressedButton button)
    {
        json.WriteStartObject("button");
        json.WriteString("id", button.Id);
        json.WriteString("label", button.Label);
        if (button.Target.Id is { } target) json.WriteString("target", target);
        json.WriteEndObject();
    }

    /// <summary>Writes emoji; beside them, at the same places, the platform's ids of its own ones, where there is one.</summary>
    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<ReactionEmoji> emoji)
    {
        Write(json, name, [.. emoji.Select(static one => one.Emoji)]);
        if (emoji.Any(static one => one.CustomId is not null)) Write(json, $"{name}Ids", [.. emoji.Select(static one => one.CustomId)]);
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string?> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, long inboxId, IReadOnlyList<Attachment> attachments)
    {
        json.WriteStartArray("attachments");
        for (var i = 0; i < attachments.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("kind", attachments[i].Kind.ToString().ToLowerInvariant());
            if (attachments[i].Name is { } name) json.WriteString("name", name);
            json.WriteString("url", string.Create(CultureInfo.InvariantCulture, $"/api/attachments/i{inboxId}/{i}"));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Data(MessageEvent happened)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            var isInbound = happened.Kind is MessageEventKind.Accepted or MessageEventKind.Handled or MessageEventKind.TurnParked
                or MessageEventKind.Dropped;
            json.WriteStartObject();
            json.WriteString("direction", isInbound ? "in" : "out");
            json.WriteString("id", isInbound ? string.Create(CultureInfo.InvariantCulture, $"i{happened.Id}") : DeliveryReport.IdOf(happened.Id));
            json.WriteString("adapter", happened.AdapterId);
            json.WriteString("chat", happened.Chat);
            if (happened.Received is { } received)
            {
                if (happened.ReceivedKind is { } kind) json.WriteString("kind", kind);
                Write(json, happened.Id, received);
            }

            if (!string.IsNullOrEmpty(happened.Reason))
                json.WriteString(happened.Kind == MessageEventKind.Delivered ? "note" : "reason", happened.Reason);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }
}
