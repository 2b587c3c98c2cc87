using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace PluginGateway.PeerTests.Servers.Telegram;

/// <summary>A message that the bot sent, as it stands in its chat.</summary>
internal sealed record SentMessage(int Id, string Chat, string Method, string Text)
{
    public string? ParseMode { get; init; }

    public int? Topic { get; init; }

    public int? ReplyTo { get; init; }

    public bool IsSilent { get; init; }

    public bool HasPreview { get; init; } = true;

    public UploadedFile? File { get; init; }

    public bool IsDeleted { get; init; }

    public string? Reaction { get; init; }
}

/// <summary>One bot and its world: who writes to it, what it has sent, what it may not. It outlives every restart of the server.</summary>
internal sealed class BotAccount(string token)
{
    private const int LongestText = 4096;
    private const int LongestCaption = 1024;

    /// <summary>About the total size of entities that the server takes: of a text of many links the addresses count (tdlib/telegram-bot-api, issue
    /// 165).</summary>
    private const int LargestEntities = 9500;

    /// <summary>Messages that a group takes in a minute, edits included (Telegram's bot FAQ).</summary>
    private const int MostOfGroup = 20;
    private const long LargestDownload = 20 * 1024 * 1024;

    /// <summary>The list of ReactionTypeEmoji, in its spelling: without variation selectors.</summary>
    private static readonly HashSet<string> AllReactions = ["👍", "👎", "\u2764", "🔥", "🥰", "👏", "😁", "🤔", "🤯", "😱", "🤬", "😢", "🎉", "🤩",
        "🤮", "💩", "🙏", "👌", "\U0001F54A", "🤡", "🥱", "🥴", "😍", "🐳", "\u2764\u200D🔥", "🌚", "🌭", "💯", "🤣", "\u26A1",
        "🍌", "🏆", "💔", "🤨", "😐", "🍓", "🍾", "💋", "🖕", "😈", "😴", "😭", "🤓", "👻", "👨\u200D💻", "👀", "🎃", "🙈", "😇", "😨", "🤝",
        "\u270D", "🤗", "🫡", "🎅", "🎄", "\u2603", "💅", "🤪", "🗿", "🆒", "💘", "🙉", "🦄", "😘", "💊", "🙊", "😎", "👾", "🤷\u200D\u2642", "🤷",
        "🤷\u200D\u2640", "😡"];

    private readonly ConcurrentDictionary<int, SentMessage> _sent = new();
    private readonly ConcurrentDictionary<string, (string Path, byte[] Bytes)> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Queue<DateTimeOffset>> _minutes = new(StringComparer.Ordinal);
    private int _messages = 1000;

    public string Token { get; } = token;

    public long Id { get; } = long.Parse(token.Split(':')[0], CultureInfo.InvariantCulture);

    public static string Username => "gateway_test_bot";

    public UpdateQueue Updates { get; } = new();

    /// <summary>Where updates are brought; null: they wait to be polled.</summary>
    public Webhook? Webhook { get; set; }

    /// <summary>What was sent, in order.</summary>
    public IReadOnlyList<SentMessage> Sent => [.. _sent.Values.OrderBy(static message => message.Id)];

    public ConcurrentQueue<string> Actions { get; } = [];

    /// <summary>What people have said.</summary>
    public ConcurrentQueue<(string Chat, int Id)> Heard { get; } = [];

    /// <summary>The bot's reactions to what people have said; null: taken away again.</summary>
    public ConcurrentDictionary<(string Chat, int Id), string?> Reactions { get; } = [];

    /// <summary>Chats that refuse the bot, and with which words.</summary>
    public ConcurrentDictionary<string, string> Forbidden { get; } = [];

    /// <summary>Topics that were deleted.</summary>
    public ConcurrentDictionary<string, bool> GoneTopics { get; } = [];

    /// <summary>Groups that have become supergroups.</summary>
    public ConcurrentDictionary<string, long> Migrated { get; } = [];

    /// <summary>Until when a chat (or, under "*", the account) is flooded.</summary>
    public ConcurrentDictionary<string, DateTimeOffset> Floods { get; } = [];

    public IReadOnlyList<string> TextsIn(long chat) =>
        [.. Sent.Where(message => message.Chat == Digits(chat)).Select(static message => message.Text)];

    /// <summary>Somebody writes to the bot in private, or in a group.</summary>
    public long Say(long chat, string text, Action<JsonObject>? change = null)
    {
        var message = Message(chat, change);
        message["text"] ??= text;
        return Updates.Add("message", message);
    }

    public JsonObject Message(long chat, Action<JsonObject>? change = null)
    {
        var message = new JsonObject
        {
            ["message_id"] = Interlocked.Increment(ref _messages),
            ["from"] = new JsonObject { ["id"] = Math.Abs(chat), ["is_bot"] = false, ["first_name"] = "Ann", ["username"] = "ann" },
            ["chat"] = ChatOf(chat),
            ["date"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        };
        change?.Invoke(message);
        Heard.Enqueue((Digits(chat), (int)message["message_id"]!));
        return message;
    }

    /// <summary>A file that can be downloaded; its id.</summary>
    public string Keep(string path, byte[] bytes)
    {
        var id = $"file-{_files.Count + 1}-of-{Id}";
        _files[id] = (path, bytes);
        return id;
    }

    public byte[]? FileAt(string path) => _files.Values.FirstOrDefault(file => file.Path == path).Bytes;

    public BotReply Answer(BotRequest request) => request.Method switch
    {
        "getme" => BotReply.Ok(new JsonObject
        {
            ["id"] = Id,
            ["is_bot"] = true,
            ["first_name"] = "Gateway",
            ["username"] = Username,
            ["can_join_groups"] = true,
            ["can_read_all_group_messages"] = false,
            ["supports_inline_queries"] = false
        }),
        "getchat" => Refusal(request) ?? BotReply.Ok(Chat(request.Text("chat_id")!)),
        "getwebhookinfo" => BotReply.Ok(new JsonObject
        {
            ["url"] = Webhook?.Url ?? "",
            ["has_custom_certificate"] = false,
            ["pending_update_count"] = Updates.Waiting,
            ["last_error_message"] = Webhook?.LastError
        }),
        "sendmessage" => Send(request, "text", LongestText, null),
        "sendphoto" => Send(request, "caption", LongestCaption, "photo"),
        "senddocument" => Send(request, "caption", LongestCaption, "document"),
        "sendaudio" => Send(request, "caption", LongestCaption, "audio"),
        "sendvoice" => Send(request, "caption", LongestCaption, "voice"),
        "sendvideo" => Send(request, "caption", LongestCaption, "video"),
        "sendchataction" => Refusal(request) ?? Act(request),
        "editmessagetext" => Edit(request, "text", LongestText),
        "editmessagecaption" => Edit(request, "caption", LongestCaption),
        "deletemessage" => Change(request, "message to delete not found", static message => message with { IsDeleted = true }, BotReply.Ok(true)),
        "setmessagereaction" => React(request),
        "getfile" => GetFile(request),
        "setmycommands" or "deletemycommands" or "answercallbackquery" => BotReply.Ok(true),
        _ => BotReply.Fail(404, "Not Found: method not found"),
    };

    /// <summary>Groups that have topics.</summary>
    public ConcurrentDictionary<string, bool> Forums { get; } = [];

    private JsonObject Chat(string id)
    {
        var chat = ChatOf(long.Parse(id, CultureInfo.InvariantCulture));
        if (Forums.ContainsKey(id)) chat["is_forum"] = true;
        return chat;
    }

    /// <summary>A chat's id says what kind it is.</summary>
    private static JsonObject ChatOf(long chat) => chat > 0
        ? new JsonObject { ["id"] = chat, ["type"] = "private", ["first_name"] = "Ann", ["username"] = "ann" }
        : new JsonObject { ["id"] = chat, ["type"] = chat < -1_000_000_000_000 ? "supergroup" : "group", ["title"] = "The group" };

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Why the bot may not write there now; null: it may.</summary>
    private BotReply? Refusal(BotRequest request)
    {
        var chat = request.Text("chat_id") ?? "";
        if (!long.TryParse(chat, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) && !chat.StartsWith('@'))
            return BotReply.Bad("chat not found");
        foreach (var scope in (string[])["*", chat])
        {
            if (Floods.TryGetValue(scope, out var until) && until > DateTimeOffset.UtcNow)
                return BotReply.TooMany((int)Math.Ceiling((until - DateTimeOffset.UtcNow).TotalSeconds));
        }

        if (Migrated.TryGetValue(chat, out var supergroup))
            return BotReply.Fail(
                400, "Bad Request: group chat was upgraded to a supergroup chat", new JsonObject { ["migrate_to_chat_id"] = supergroup });
        return Forbidden.TryGetValue(chat, out var words)
            ? BotReply.Fail(words.StartsWith("Forbidden", StringComparison.Ordinal) ? 403 : 400, words)
            : null;
    }

    /// <summary>The refusal of a message or an edit that is one too many in its group's minute; null: it counts.</summary>
    private BotReply? OverMinute(string chat)
    {
        if (!chat.StartsWith('-')) return null;
        var minute = _minutes.GetOrAdd(chat, static _ => new Queue<DateTimeOffset>());
        lock (minute)
        {
            var now = DateTimeOffset.UtcNow;
            while (minute.TryPeek(out var oldest) && now - oldest >= TimeSpan.FromMinutes(1)) minute.Dequeue();
            if (minute.Count >= MostOfGroup) return BotReply.TooMany((int)Math.Ceiling((minute.Peek().AddMinutes(1) - now).TotalSeconds));
            minute.Enqueue(now);
            return null;
        }
    }

    private BotReply Send(BotRequest request, string textName, int most, string? fileName)
    {
        if (Refusal(request) is { } refusal) return refusal;
        if (request.Text("message_thread_id") is { } thread && (thread == "1" || GoneTopics.ContainsKey(thread)))
            return BotReply.Bad("message thread not found");
        var given = request.Text(textName) ?? "";
        if (fileName is null && given.Length == 0) return BotReply.Bad("message text is empty");
        var text = ParsedText.Of(given, request.Text("parse_mode"));
        if (text.Problem is { } problem) return BotReply.Bad($"can't parse entities: {problem}");
        if (given.Length - text.Text.Length > LargestEntities) return BotReply.Bad("ENTITIES_TOO_LONG");
        // Nothing to see is nothing: a zero-width space too.
        if (fileName is null && string.IsNullOrWhiteSpace(text.Text.Replace("\u200B", "", StringComparison.Ordinal)))
            return BotReply.Bad("message text is empty");
        if (text.Text.Length > most) return BotReply.Bad(fileName is null ? "message is too long" : "message caption is too long");
        var upload = fileName is null ? null : request.File(fileName);
        if (fileName is not null && upload is null && request.Text(fileName) is null) return BotReply.Bad($"there is no {fileName} in the request");
        var isPicture = upload is null || upload.Bytes.AsSpan().IndexOf("PNG"u8) == 1;
        if (fileName == "photo" && !isPicture) return BotReply.Bad("IMAGE_PROCESS_FAILED");
        if (OverMinute(request.Text("chat_id")!) is { } tooMany) return tooMany;
        var id = Interlocked.Increment(ref _messages);
        var sent = _sent[id] = new SentMessage(id, request.Text("chat_id")!, request.Method, text.Text)
        {
            ParseMode = request.Text("parse_mode"),
            Topic = request.Text("message_thread_id") is { } topic ? int.Parse(topic, CultureInfo.InvariantCulture) : null,
            ReplyTo = (int?)request.Json("reply_parameters")?["message_id"]?.GetValue<int>(),
            File = upload,
            IsSilent = request.Text("disable_notification") is "true" or "True",
            HasPreview = HasPreview(request),
        };
        return BotReply.Ok(Shown(sent, fileName));
    }

    private static bool HasPreview(BotRequest request) => request.Json("link_preview_options")?["is_disabled"]?.GetValue<bool>() != true;

    private JsonObject Shown(SentMessage message, string? fileName)
    {
        var shown = new JsonObject
        {
            ["message_id"] = message.Id,
            ["from"] = new JsonObject { ["id"] = Id, ["is_bot"] = true, ["first_name"] = "Gateway", ["username"] = Username },
            ["chat"] = long.TryParse(message.Chat, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var chat)
                ? ChatOf(chat)
                : new JsonObject { ["id"] = -1_001_000_000_001, ["type"] = "channel", ["title"] = message.Chat },
            ["date"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        };
        if (message.Topic is { } topic) (shown["message_thread_id"], shown["is_topic_message"]) = (topic, true);
        if (fileName is null)
        {
            shown["text"] = message.Text;
            return shown;
        }

        if (message.Text.Length > 0) shown["caption"] = message.Text;
        var file = new JsonObject
        {
            ["file_id"] = $"sent-{message.Id}",
            ["file_unique_id"] = $"u{message.Id}",
            ["file_size"] = message.File?.Bytes.Length ?? 0,
            ["file_name"] = message.File?.Name,
            ["duration"] = 1,
            ["width"] = 1,
            ["height"] = 1
        };
        shown[fileName] = fileName == "photo" ? new JsonArray(file) : file;
        return shown;
    }

    private BotReply Act(BotRequest request)
    {
        Actions.Enqueue($"{request.Text("chat_id")} {request.Text("action")}{(request.Text("message_thread_id") is { } topic ? $" {topic}" : "")}");
        return BotReply.Ok(true);
    }

    private BotReply Edit(BotRequest request, string textName, int most)
    {
        var text = ParsedText.Of(request.Text(textName) ?? "", request.Text("parse_mode"));
        if (text.Problem is { } problem) return BotReply.Bad($"can't parse entities: {problem}");
        if (text.Text.Length > most) return BotReply.Bad("message is too long");
        if ((request.Text(textName) ?? "").Length - text.Text.Length > LargestEntities) return BotReply.Bad("ENTITIES_TOO_LONG");
        if (!_sent.TryGetValue(request.Number("message_id", 0), out var before) || before.IsDeleted)
            return Refusal(request) ?? BotReply.Bad("message to edit not found");
        if (before.File is not null && textName == "text") return BotReply.Bad("there is no text in the message to edit");
        if (before.Text == text.Text) return BotReply.Bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message");
        return OverMinute(before.Chat)
            ?? Change(request, "message to edit not found", message => message with { Text = text.Text, HasPreview = HasPreview(request) },
            BotReply.Ok(Shown(before with { Text = text.Text }, null)));
    }

    private BotReply React(BotRequest request)
    {
        var reaction = request.Json("reaction")?.AsArray().FirstOrDefault();
        var emoji = reaction?["emoji"]?.GetValue<string>() ?? reaction?["custom_emoji_id"]?.GetValue<string>();
        if (emoji is not null && !emoji.All(char.IsAsciiDigit) && !AllReactions.Contains(emoji)) return BotReply.Bad("REACTION_INVALID");
        var theirs = (request.Text("chat_id") ?? "", request.Number("message_id", 0));
        if (Heard.Contains(theirs))
        {
            if (Refusal(request) is { } refusal) return refusal;
            Reactions[theirs] = emoji;
            return BotReply.Ok(true);
        }

        return Change(request, "message to react not found", message => message with { Reaction = emoji }, BotReply.Ok(true));
    }

    private BotReply Change(BotRequest request, string missing, Func<SentMessage, SentMessage> change, BotReply done)
    {
        if (Refusal(request) is { } refusal) return refusal;
        var id = request.Number("message_id", 0);
        if (!_sent.TryGetValue(id, out var message) || message.IsDeleted || message.Chat != request.Text("chat_id")) return BotReply.Bad(missing);
        _sent[id] = change(message);
        return done;
    }

    private BotReply GetFile(BotRequest request)
    {
        if (request.Text("file_id") is not { } id || !_files.TryGetValue(id, out var file))
            return BotReply.Bad("wrong file_id or the file is temporarily unavailable");
        if (file.Bytes.Length > LargestDownload) return BotReply.Bad("file is too big");
        return BotReply.Ok(
            new JsonObject { ["file_id"] = id, ["file_unique_id"] = $"u-{id}", ["file_size"] = file.Bytes.Length, ["file_path"] = file.Path });
    }
}
