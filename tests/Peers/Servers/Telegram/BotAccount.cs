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

    /// <summary>The album of which the message is a part; null: of none.</summary>
    public string? GroupId { get; init; }

    public bool IsDeleted { get; init; }

    public string? Reaction { get; init; }

    /// <summary>The place that it is: latitude and longitude, as they were sent.</summary>
    public (string Latitude, string Longitude)? Place { get; init; }

    public bool IsProtected { get; init; }

    public string? Effect { get; init; }

    /// <summary>The buttons beneath it, row by row: text and data.</summary>
    public IReadOnlyList<(string Text, string Data)> Buttons { get; init; } = [];
}

/// <summary>One bot and its world: who writes to it, what it has sent, what it may not. It outlives every restart of the server.</summary>
internal sealed class BotAccount(string token)
{
    private const int LongestText = 4096;
    private const int LongestCaption = 1024;
    private const int MostInAlbum = 10;

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

    /// <summary>What getMe tells; another one after a restart is another bot behind the same token.</summary>
    public long Id { get; set; } = long.Parse(token.Split(':')[0], CultureInfo.InvariantCulture);

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
        "sendlocation" or "sendvenue" => SendPlace(request),
        "sendsticker" => Send(request, "", 0, "sticker"),
        "sendmediagroup" => SendAlbum(request),
        "sendchataction" => Refusal(request) ?? Act(request),
        "editmessagetext" => Edit(request, "text", LongestText),
        "editmessagecaption" => Edit(request, "caption", LongestCaption),
        "deletemessage" => Change(request, "message to delete not found", static message => message with { IsDeleted = true }, BotReply.Ok(true)),
        "setmessagereaction" => React(request),
        "getfile" => GetFile(request),
        "setmycommands" => SetCommands(request),
        "deletemycommands" => DeleteCommands(request),
        "answercallbackquery" => AnswerPress(request),
        _ => BotReply.Fail(404, "Not Found: method not found"),
    };

    /// <summary>Answers to presses: id of the press and text.</summary>
    public ConcurrentQueue<(string Query, string Text)> PressAnswers { get; } = [];

    /// <summary>Lists of commands by language, each command as its name and its description; empty: for everyone.</summary>
    public ConcurrentDictionary<string, IReadOnlyList<string>> Commands { get; } = new(StringComparer.Ordinal);

    /// <summary>Number of lists that the server has taken.</summary>
    public int CommandLists => _commandLists;

    private int _commandLists;

    /// <summary>Commands have 1 to 32 of a-z, 0-9 and _, descriptions 1 to 256 characters, a list at most 100 commands (Bot API,
    /// BotCommand).</summary>
    private BotReply SetCommands(BotRequest request)
    {
        var language = request.Text("language_code") ?? "";
        if (language.Length is not (0 or 2)) return BotReply.Bad("LANG_CODE_INVALID");
        if (request.Json("commands") is not JsonArray list) return BotReply.Bad("can't parse BotCommand: expected an Array");
        if (list.Count > 100) return BotReply.Bad("BOT_COMMANDS_TOO_MUCH");
        var commands = list.Select(static one => (Name: (string?)one!["command"] ?? "", Description: (string?)one["description"] ?? "")).ToArray();
        if (commands.Any(static one => one.Name.Length is 0 or > 32
            || !one.Name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')))
            return BotReply.Bad("BOT_COMMAND_INVALID");
        if (commands.Any(static one => one.Description.Length is 0 or > 256)) return BotReply.Bad("BOT_COMMAND_DESCRIPTION_INVALID");
        Commands[language] = [.. commands.Select(static one => $"{one.Name}: {one.Description}")];
        Interlocked.Increment(ref _commandLists);
        return BotReply.Ok(true);
    }

    private BotReply DeleteCommands(BotRequest request)
    {
        Commands.TryRemove(request.Text("language_code") ?? "", out _);
        return BotReply.Ok(true);
    }

    private readonly ConcurrentDictionary<string, bool> _presses = new(StringComparer.Ordinal);

    /// <summary>Somebody presses a button of a message of the bot; the id of the press.</summary>
    public string Press(SentMessage message, string data, long? by = null)
    {
        var query = $"query-{_presses.Count + 1}";
        _presses[query] = false;
        var person = by ?? Math.Abs(long.Parse(message.Chat, CultureInfo.InvariantCulture));
        Updates.Add("callback_query", new JsonObject
        {
            ["id"] = query,
            ["from"] = new JsonObject { ["id"] = person, ["is_bot"] = false, ["first_name"] = $"P{person}", ["language_code"] = "de" },
            ["message"] = Shown(_sent[message.Id], null),
            ["chat_instance"] = "1",
            ["data"] = data,
        });
        return query;
    }

    /// <summary>A press is answered once; an unknown id, or one that was answered, is refused.</summary>
    private BotReply AnswerPress(BotRequest request)
    {
        var query = request.Text("callback_query_id") ?? "";
        if (!_presses.TryUpdate(query, true, false))
            return BotReply.Bad("query is too old and response timeout expired or query ID is invalid");
        if ((request.Text("text") ?? "").Length > 200) return BotReply.Bad("MESSAGE_TOO_LONG");
        PressAnswers.Enqueue((query, request.Text("text") ?? ""));
        return BotReply.Ok(true);
    }

    /// <summary>The buttons of a request, or what is wrong with them: the data of each has 1 to 64 bytes (Bot API, InlineKeyboardButton).</summary>
    private static (IReadOnlyList<(string Text, string Data)> Buttons, string? Problem) ButtonsOf(BotRequest request)
    {
        if (request.Json("reply_markup")?["inline_keyboard"] is not JsonArray rows) return ([], null);
        var buttons = rows.SelectMany(static row => row!.AsArray())
            .Select(static button => (Text: (string?)button!["text"] ?? "", Data: (string?)button["callback_data"] ?? "")).ToArray();
        return buttons.Any(static button => button.Text.Length == 0)
            ? ([], "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
            : buttons.Any(static button => System.Text.Encoding.UTF8.GetByteCount(button.Data) is 0 or > 64) ? ([], "BUTTON_DATA_INVALID")
            : buttons.Length > 100 ? ([], "REPLY_MARKUP_TOO_LONG")
            : (buttons, null);
    }

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
    private BotReply? OverMinute(string chat, int count = 1)
    {
        if (!chat.StartsWith('-')) return null;
        var minute = _minutes.GetOrAdd(chat, static _ => new Queue<DateTimeOffset>());
        lock (minute)
        {
            var now = DateTimeOffset.UtcNow;
            while (minute.TryPeek(out var oldest) && now - oldest >= TimeSpan.FromMinutes(1)) minute.Dequeue();
            if (minute.Count + count > MostOfGroup) return BotReply.TooMany((int)Math.Ceiling((minute.Peek().AddMinutes(1) - now).TotalSeconds));
            for (var i = 0; i < count; i++) minute.Enqueue(now);
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
        var (buttons, wrong) = ButtonsOf(request);
        if (wrong is not null) return BotReply.Bad(wrong);
        if (fileName == "sticker" && !upload!.Bytes.AsSpan().StartsWith("RIFF"u8)) return BotReply.Bad("STICKER_FILE_INVALID");
        if (EffectProblem(request) is { } effect) return effect;
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
            IsProtected = request.Text("protect_content") is "true" or "True",
            Effect = request.Text("message_effect_id"),
            Buttons = buttons,
        };
        return BotReply.Ok(Shown(sent, fileName));
    }

    /// <summary>Sends a point or a venue, which has a title and an address. Coordinates are numbers (Bot API, sendLocation, sendVenue); the words of
    /// its refusals are the tests' own.</summary>
    private BotReply SendPlace(BotRequest request)
    {
        if (Refusal(request) is { } refusal) return refusal;
        if (request.Text("message_thread_id") is { } thread && (thread == "1" || GoneTopics.ContainsKey(thread)))
            return BotReply.Bad("message thread not found");
        if (!IsDegrees(request.Text("latitude"), 90) || !IsDegrees(request.Text("longitude"), 180)) return BotReply.Bad("invalid location specified");
        var isVenue = request.Method == "sendvenue";
        if (isVenue && string.IsNullOrEmpty(request.Text("title"))) return BotReply.Bad("venue title must be non-empty");
        if (isVenue && string.IsNullOrEmpty(request.Text("address"))) return BotReply.Bad("venue address must be non-empty");
        var (buttons, wrong) = ButtonsOf(request);
        if (wrong is not null) return BotReply.Bad(wrong);
        if (EffectProblem(request) is { } effect) return effect;
        if (OverMinute(request.Text("chat_id")!) is { } tooMany) return tooMany;
        var id = Interlocked.Increment(ref _messages);
        var text = isVenue ? $"{request.Text("title")} / {request.Text("address")}" : "";
        return BotReply.Ok(Shown(_sent[id] = new SentMessage(id, request.Text("chat_id")!, request.Method, text)
        {
            Topic = request.Text("message_thread_id") is { } topic ? int.Parse(topic, CultureInfo.InvariantCulture) : null,
            ReplyTo = (int?)request.Json("reply_parameters")?["message_id"]?.GetValue<int>(),
            IsSilent = request.Text("disable_notification") is "true" or "True",
            IsProtected = request.Text("protect_content") is "true" or "True",
            Effect = request.Text("message_effect_id"),
            Place = (request.Text("latitude")!, request.Text("longitude")!),
            Buttons = buttons,
        }, null));
    }

    private static bool IsDegrees(string? text, double most) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var degrees) && Math.Abs(degrees) <= most;

    /// <summary>An effect is a number, and of private chats only (Bot API, message_effect_id).</summary>
    private static BotReply? EffectProblem(BotRequest request) => request.Text("message_effect_id") is not { } effect ? null
        : !long.TryParse(effect, out _) || request.Text("chat_id")!.StartsWith('-') ? BotReply.Bad("EFFECT_ID_INVALID")
        : null;

    /// <summary>Sends an album, whole or not at all, in the words of Telegram's server.</summary>
    private BotReply SendAlbum(BotRequest request)
    {
        if (Refusal(request) is { } refusal) return refusal;
        if (request.Text("message_thread_id") is { } thread && (thread == "1" || GoneTopics.ContainsKey(thread)))
            return BotReply.Bad("message thread not found");
        if (request.Json("media") is not JsonArray { Count: > 0 } media) return BotReply.Bad("there are no messages to send");
        if (media.Count > MostInAlbum) return BotReply.Bad("too many messages to send as an album");
        List<(string Type, UploadedFile File, string Text, string? Mode)> items = [];
        foreach (var item in media)
        {
            var (type, mode) = ((string)item!["type"]!, (string?)item["parse_mode"]);
            if (type is not ("photo" or "video" or "document" or "audio"))
                return BotReply.Bad($"can't parse InputMedia: type \"{type}\" can't be used in sendMediaGroup");
            if (request.Attached((string?)item["media"]) is not { } file) return BotReply.Bad("can't parse InputMedia: media not found");
            var caption = ParsedText.Of((string?)item["caption"] ?? "", mode);
            if (caption.Problem is { } problem) return BotReply.Bad($"can't parse entities: {problem}");
            if (caption.Text.Length > LongestCaption) return BotReply.Bad("message caption is too long");
            items.Add((type, file, caption.Text, mode));
        }

        foreach (var alone in (string[])["document", "audio"])
        {
            if (items.Exists(item => item.Type == alone) && items.Exists(item => item.Type != alone))
                return BotReply.Bad($"{alone} can't be mixed with other media types");
        }

        if (items.FindIndex(static item => item.Type == "photo" && item.File.Bytes.AsSpan().IndexOf("PNG"u8) != 1) is >= 0 and var bad)
            return BotReply.Bad($"failed to send message #{bad + 1} with the error message \"IMAGE_PROCESS_FAILED\"");
        if (OverMinute(request.Text("chat_id")!, items.Count) is { } tooMany) return tooMany;
        var album = items.Count > 1 ? $"album-{Interlocked.Increment(ref _messages)}" : null;
        return BotReply.Ok(new JsonArray([.. items.Select(item =>
        {
            var id = Interlocked.Increment(ref _messages);
            return Shown(_sent[id] = new SentMessage(id, request.Text("chat_id")!, $"album:{item.Type}", item.Text)
            {
                ParseMode = item.Mode,
                Topic = request.Text("message_thread_id") is { } topic ? int.Parse(topic, CultureInfo.InvariantCulture) : null,
                ReplyTo = (int?)request.Json("reply_parameters")?["message_id"]?.GetValue<int>(),
                File = item.File,
                GroupId = album,
                IsSilent = request.Text("disable_notification") is "true" or "True",
            }, item.Type);
        })]));
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
        if (message.GroupId is { } album) shown["media_group_id"] = album;
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
        var (buttons, wrong) = ButtonsOf(request);
        if (wrong is not null) return BotReply.Bad(wrong);
        if (before.Text == text.Text && before.Buttons.SequenceEqual(buttons)) return BotReply.Bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message");
        return OverMinute(before.Chat)
            ?? Change(
            request, "message to edit not found", message => message with { Text = text.Text, HasPreview = HasPreview(request), Buttons = buttons },
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
