using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Reader of the event that a person has read messages of this app, schema 2.0.</summary>
/// <remarks>Source: the event's type in the vendor's SDK for Node.js, <c>im.message.message_read_v1</c>: <c>reader</c> (<c>reader_id</c>,
/// <c>read_time</c>) and <c>message_id_list</c>, and no chat; by its comment the event comes for direct chats only. The time is read as
/// milliseconds, like the platform's other times.</remarks>
internal static class ReceivedRead
{
    public const string Type = "im.message.message_read_v1";

    private const int LongestId = 512;

    /// <summary>True: the event is about messages that were read.</summary>
    public static bool Is(JsonElement json) => json.Get("header").String("event_type") == Type;

    /// <summary>Returns the ids of the messages.</summary>
    public static IReadOnlyList<string> MessagesOf(JsonElement json) =>
    [
        .. json.Get("event").Get("message_id_list").Items()
            .Select(static item => item.ValueKind == JsonValueKind.String ? item.GetString()! : "")
            .Where(static id => id.Length is > 0 and <= LongestId && !id.Any(char.IsControl)),
    ];

    /// <summary>Returns the report about one of the messages.</summary>
    /// <param name="json">The event.</param>
    /// <param name="id">The id of the report.</param>
    /// <param name="chat">The chat of the message, as it was addressed.</param>
    /// <param name="message">The message.</param>
    public static DeliveryChanged Read(JsonElement json, string id, string chat, string message)
    {
        var reader = json.Get("event").Get("reader");
        var sender = reader.Get("reader_id").Id("open_id") is { } person ? new Sender(person) : null;
        return new DeliveryChanged(id, new Chat(chat, ChatKind.Direct), sender, message, DeliveryChange.Read)
        {
            PlatformTime = ReceivedEvent.TimeOf(reader.Number("read_time")),
        };
    }
}
