using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PluginGateway.FakeFeishu;

/// <summary>An event of the platform, on its way until it is acknowledged or given up.</summary>
internal sealed class FakeEvent(string id, byte[] payload)
{
    /// <summary>As the platform writes it: compact, nothing escaped that need not be. The official SDK hashes what it has parsed and written
    /// again.</summary>
    public static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Type of the callback about a pressed button.</summary>
    public const string Pressed = "card.action.trigger";

    public string Id { get; } = id;

    public byte[] Payload { get; } = payload;

    /// <summary>Press that the event tells; null: none. It is pushed once, and the person sees what comes of it.</summary>
    public FakePress? Press { get; init; }

    /// <summary>How many frames it is cut into.</summary>
    public int Parts { get; set; } = 1;

    public DateTimeOffset Due { get; set; }

    /// <summary>When the current push is given up; null: none is under way.</summary>
    public DateTimeOffset? Deadline { get; set; }

    public int Pushes { get; set; }

    /// <summary>Answers that were not 200.</summary>
    public int Refusals { get; set; }

    public DateTimeOffset? Acknowledged { get; set; }

    /// <summary>The schedule is used up: the platform forgets it.</summary>
    public bool IsLost { get; set; }

    /// <summary>The connections it was pushed to.</summary>
    public List<string> Ways { get; } = [];

    public static byte[] Of(FakePlatform platform, string eventId, string type, JsonObject content) => JsonSerializer.SerializeToUtf8Bytes(
    new JsonObject
    {
        ["schema"] = "2.0",
        ["header"] = new JsonObject
        {
            ["event_id"] = eventId,
            ["event_type"] = type,
            // Of a callback in microseconds.
            ["create_time"] = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * (type == Pressed ? 1000 : 1))
                .ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["token"] = platform.VerificationToken,
            ["app_id"] = platform.AppId,
            ["tenant_key"] = "tenant1",
        },
        ["event"] = content,
    }, Compact);
}

/// <summary>A message that the bot sent.</summary>
internal sealed record FakeMessage(
    string Id, string Chat, string Type, string Content, string Uuid, string? ReplyTo, bool InThread, DateTimeOffset Sent)
{
    /// <summary>What the platform gives as the content of a message that was withdrawn.</summary>
    public const string Recalled = "This message was recalled";

    /// <summary>What the platform gives of a card of JSON 2.0, unless it is asked for the card as it was sent.</summary>
    private const string Outdated = """{"title":null,"elements":[[{"tag":"text","text":"请升级至最新版本客户端，以查看内容"}]]}""";

    public List<string> Versions { get; } = [];

    public bool IsRecalled { get; set; }

    public string Current => Versions.Count > 0 ? Versions[^1] : Content;

    /// <summary>The content as the platform gives it when it is asked for the message.</summary>
    /// <param name="asSent">True: a card as it was sent.</param>
    public string ContentShown(bool asSent) => IsRecalled ? Recalled
        : Type == "interactive" && !asSent && JsonNode.Parse(Current)!["schema"] is not null ? Outdated : Current;

    /// <summary>Chat by the platform's id; that with a person is named after the person.</summary>
    public string ChatId => Chat.StartsWith("oc_", StringComparison.Ordinal) ? Chat : $"oc_of_{Chat}";

    /// <summary>Buttons that a person sees beneath it.</summary>
    public IReadOnlyList<FakeButton> Buttons => Type == "interactive" ? FakeCard.Buttons(Current) : [];

    /// <summary>What a person reads.</summary>
    public string Text
    {
        get
        {
            var json = JsonNode.Parse(Current)!;
            return Type switch
            {
                "text" => (string)json["text"]!,
                "interactive" => FakeCard.Text(Current),
                "post" => (string)json["zh_cn"]!["content"]![0]![0]!["text"]!,
                _ => Current,
            };
        }
    }
}

/// <summary>A message that somebody forwards together with others.</summary>
/// <param name="By">Who wrote it.</param>
/// <param name="Type">Its type.</param>
/// <param name="Content">Its content.</param>
internal sealed record FakeForwarded(string By, string Type, string Content)
{
    /// <summary>The messages that it holds itself.</summary>
    public IReadOnlyList<FakeForwarded> Inner { get; init; } = [];

    public static FakeForwarded Text(string by, string text) => new(by, "text", new JsonObject { ["text"] = text }.ToJsonString(FakeEvent.Compact));
}

/// <summary>What goes wrong with the next call that sends.</summary>
/// <param name="Code">The code to answer; 0: it is done as asked.</param>
/// <param name="Status">The HTTP status of the answer.</param>
/// <param name="CutsOff">True: it is done, and the connection is cut before the answer.</param>
/// <param name="Text">The words of the answer.</param>
/// <param name="HasNoCode">True: the answer has words and no code.</param>
/// <param name="Reset">The header that says how long to wait, in seconds.</param>
internal sealed record FakeFault(
    int Code = 0, int Status = 400, bool CutsOff = false, int? Reset = null, string? Text = null, bool HasNoCode = false);
