using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PluginGateway.FakeFeishu;

/// <summary>What the platform knows: its app, tokens, events and messages. It outlives its servers, which may be stopped and started again.</summary>
internal sealed class FakePlatform : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly object _lock = new();
    private readonly List<FakeEvent> _events = [];
    private readonly List<FakeMessage> _messages = [];
    private readonly Dictionary<string, (FakeMessage Message, DateTimeOffset Since)> _uuids = [];
    private readonly Dictionary<string, JsonObject> _heard = [];
    private readonly HashSet<string> _tokens = [];
    private readonly List<string> _tokensGiven = [];
    private readonly Dictionary<string, byte[]> _files = [];
    private readonly Dictionary<string, List<(string Id, string Emoji)>> _reactions = [];
    private readonly Dictionary<string, List<JsonObject>> _forwarded = [];
    private readonly ConcurrentDictionary<string, string> _chatTypes = [];
    private readonly Dictionary<string, Queue<DateTimeOffset>> _rates = [];
    private readonly ConcurrentQueue<FakeFault> _faults = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Thread _pusher;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(3) };
    private long _ids = Random.Shared.NextInt64(1_000_000, 9_000_000);
    private FakeServer? _server;
    private int _port;

    public FakePlatform()
    {
        _pusher = new Thread(Push) { IsBackground = true };
        _pusher.Start();
    }

    public string AppId { get; } = $"cli_{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8))}";

    public string AppSecret { get; } = $"secret-{Guid.NewGuid():N}";

    public string VerificationToken { get; } = $"verify-{Guid.NewGuid():N}";

    public string EncryptKey { get; } = $"encrypt-{Guid.NewGuid():N}";

    public string BotId { get; } = "ou_bot";

    /// <summary>What is pushed and not acknowledged within this time is pushed again.</summary>
    public TimeSpan AckWithin { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The waits before an event is pushed again; the platform's own are 15 s, 5 min, 1 h and 6 h.</summary>
    public IReadOnlyList<TimeSpan> PushAgain { get; set; } = [.. Enumerable.Repeat(TimeSpan.FromSeconds(1), 100)];

    public TimeSpan UuidWindow { get; set; } = TimeSpan.FromHours(1);

    public int PingInterval { get; set; } = 120;

    public int ReconnectNonce { get; set; } = 1;

    public int MostConnections { get; set; } = 50;

    /// <summary>The code of the next answers about where to connect; 0: good.</summary>
    public int EndpointCode { get; set; }

    /// <summary>What something on the way answers in the platform's place, once each: path, status, body.</summary>
    public ConcurrentQueue<(string Path, int Status, string Body)> Intercepted { get; } = [];

    /// <summary>The media type of what is answered in the platform's place; null: none is said.</summary>
    public string? InterceptedType { get; set; }

    /// <summary>The name under which clients are told to connect.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The code of the answers to the bot's question who it is; 0: good.</summary>
    public int BotInfoCode { get; set; }

    public bool EnforcesRates { get; set; } = true;

    /// <summary>True: connected clients hear nothing any more, and nobody reads what they say.</summary>
    public bool IsSilent
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>True: what is asked for is taken, and never answered.</summary>
    public bool IsSlow
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>True: refusals repeat the secrets that they were sent. A careless platform might.</summary>
    public bool RepeatsSecrets { get; set; }

    /// <summary>Groups whose messages all stand in topics; the platform tells when it is asked about the chat.</summary>
    public HashSet<string> TopicGroups { get; } = [];

    /// <summary>Groups that are no groups of topics, and whose messages all stand in topics all the same.</summary>
    public HashSet<string> ThreadGroups { get; } = [];

    /// <summary>True: the app has subscribed to the events of reactions; its own reactions are events too.</summary>
    public bool TellsReactions { get; set; }

    /// <summary>Names of people, for an app that may read them; empty: it may not.</summary>
    public ConcurrentDictionary<string, string> Names { get; } = [];

    /// <summary>Types of files as they were told with the upload.</summary>
    public ConcurrentDictionary<string, string> FileTypes { get; } = [];

    /// <summary>Lengths of recordings as they were told with the upload, in milliseconds.</summary>
    public ConcurrentDictionary<string, string> Durations { get; } = [];

    /// <summary>Where events are posted; null: they go over long connections.</summary>
    public Uri? CallbackAddress { get; set; }

    /// <summary>The port that clients are told to connect to, where something stands between them and this server; null: this server's.</summary>
    public int? FrontPort { get; set; }

    public int Port => _port;

    public Uri Address => new($"http://{Host}:{FrontPort ?? _port}");

    public ConcurrentDictionary<string, FakeConnection> Connections { get; } = [];

    /// <summary>When a client connected.</summary>
    public ConcurrentQueue<DateTimeOffset> Connects { get; } = [];

    public ConcurrentDictionary<string, int> Calls { get; } = [];

    /// <summary>Opens long connections.</summary>
    public string Ticket { get; } = $"ticket-{Guid.NewGuid():N}";

    public int TokensGiven
    {
        get
        {
            lock (_lock) return _tokensGiven.Count;
        }
    }

    /// <summary>Everything that must never be seen.</summary>
    public IReadOnlyList<string> Secrets
    {
        get
        {
            lock (_lock) return [AppSecret, VerificationToken, EncryptKey, Ticket, .. _tokensGiven];
        }
    }

    public IReadOnlyList<FakeMessage> Messages
    {
        get
        {
            lock (_lock) return [.. _messages];
        }
    }

    public IReadOnlyList<FakeEvent> Events
    {
        get
        {
            lock (_lock) return [.. _events];
        }
    }

    /// <summary>What the bot said in a chat, in order.</summary>
    public IReadOnlyList<string> TextsIn(string chat) => [.. Messages.Where(message => message.Chat == chat).Select(static message => message.Text)];

    /// <param name="port">Where it listens for the first time; 0: the kernel chooses. Later it comes back to the same.</param>
    public void Start(int port = 0)
    {
        if (_server is not null) return;
        _server = FakeServer.Start(this, _port > 0 ? _port : port);
        _port = _server.Port;
    }

    /// <summary>Ends the server as a kill does: sockets die, nobody says goodbye.</summary>
    public void Stop()
    {
        foreach (var connection in Connections.Values) connection.Abort();
        Connections.Clear();
        _server?.Dispose();
        _server = null;
    }

    public void FailNext(params FakeFault[] faults)
    {
        foreach (var fault in faults) _faults.Enqueue(fault);
    }

    /// <summary>No token that was given is good any more.</summary>
    public void ExpireTokens()
    {
        lock (_lock) _tokens.Clear();
    }

    /// <summary>Somebody says something; gives the message's id. A topic is known to the platform, and not told by the event.</summary>
    public string Say(
        string chat, string text, string sender = "ou_ann", string type = "text", string? content = null, string chatType = "p2p",
        Action<JsonObject>? change = null, int parts = 1, string? topic = null)
    {
        var id = NextId("om_");
        var message = new JsonObject
        {
            ["message_id"] = id,
            ["create_time"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            ["chat_id"] = chat,
            ["chat_type"] = chatType,
            ["message_type"] = type,
            ["content"] = content ?? new JsonObject { ["text"] = text }.ToJsonString(FakeEvent.Compact),
        };
        change?.Invoke(message);
        var said = new JsonObject
        {
            ["sender"] = new JsonObject
            {
                ["sender_id"] = new JsonObject { ["union_id"] = $"on_{sender}", ["open_id"] = sender },
                ["sender_type"] = "user",
                ["tenant_key"] = "tenant1"
            },
            ["message"] = message,
        };
        _chatTypes[chat] = chatType;
        lock (_lock) _heard.Add(id, Item(message, sender, topic ?? (string?)message["thread_id"]));
        Emit("im.message.receive_v1", said, parts);
        return id;
    }

    /// <summary>Somebody edits a message: the event names it, and who did it, and says nothing of it that can be relied on.</summary>
    public void Edit(string id, string text)
    {
        lock (_lock) _heard[id]["body"] = new JsonObject { ["content"] = new JsonObject { ["text"] = text }.ToJsonString(FakeEvent.Compact) };
        Emit("im.message.updated_v1", new JsonObject
        {
            ["operator_id"] = new JsonObject { ["open_id"] = "ou_editor" },
            ["message"] = new JsonObject { ["message_id"] = id, ["chat_type"] = "p2p", ["update_time"] = "1700000000000", ["content"] = "{}" }
        });
    }

    /// <summary>Somebody forwards messages together; gives the id of the message that holds them, whose own content is fixed.</summary>
    public string Forward(string chat, IReadOnlyList<FakeForwarded> messages, string sender = "ou_ann", string from = "oc_source")
    {
        List<JsonObject> items = [];
        return Say(chat, "", sender, "merge_forward", "Merged and Forwarded Message", change: message =>
        {
            Add((string)message["message_id"]!, messages);
            lock (_lock) _forwarded.Add((string)message["message_id"]!, items);
        });

        // Those of a message in it that holds others come in the same list.
        void Add(string upper, IReadOnlyList<FakeForwarded> parts)
        {
            foreach (var part in parts)
            {
                var item = new JsonObject
                {
                    ["message_id"] = NextId("om_"),
                    ["upper_message_id"] = upper,
                    ["msg_type"] = part.Type,
                    ["chat_id"] = from,
                    ["create_time"] = (1_700_000_000_000 + (items.Count * 1000)).ToString(CultureInfo.InvariantCulture),
                    ["sender"] = new JsonObject { ["id"] = part.By, ["id_type"] = "open_id", ["sender_type"] = "user", ["tenant_key"] = "tenant1" },
                    ["body"] = new JsonObject { ["content"] = part.Content },
                };
                items.Add(item);
                Add((string)item["message_id"]!, part.Inner);
            }
        }
    }

    /// <summary>What is forwarded in a message.</summary>
    public IReadOnlyList<JsonObject> ForwardedIn(string id)
    {
        lock (_lock) return _forwarded.TryGetValue(id, out var items) ? [.. items.Select(static item => (JsonObject)item.DeepClone())] : [];
    }

    /// <summary>Somebody reacts to a message, or takes the reaction back.</summary>
    public FakeEvent React(string id, string emoji, string by = "ou_ann", bool isTakenBack = false)
    {
        if (isTakenBack) ReactionsOn(id).RemoveAll(one => one == ($"user_{by}", emoji));
        else ReactionsOn(id).Add(($"user_{by}", emoji));
        return TellReaction(id, emoji, isTakenBack, new JsonObject
        {
            ["operator_type"] = "user",
            ["user_id"] = new JsonObject { ["union_id"] = $"on_{by}", ["open_id"] = by },
        });
    }

    /// <summary>The app itself reacts, or takes its reaction back.</summary>
    public void ReactOwn(string id, string emoji, bool isTakenBack)
    {
        if (TellsReactions) TellReaction(id, emoji, isTakenBack, new JsonObject { ["operator_type"] = "app", ["app_id"] = AppId });
    }

    private FakeEvent TellReaction(string id, string emoji, bool isTakenBack, JsonObject content)
    {
        content["message_id"] = id;
        content["reaction_type"] = new JsonObject { ["emoji_type"] = emoji };
        content["action_time"] = "1700000000000";
        return Emit($"im.message.reaction.{(isTakenBack ? "deleted" : "created")}_v1", content);
    }

    /// <summary>A person reads messages of the bot in the direct chat with it.</summary>
    public FakeEvent Read(string by, params string[] ids) => Emit("im.message.message_read_v1", new JsonObject
    {
        ["reader"] = new JsonObject
        {
            ["reader_id"] = new JsonObject { ["union_id"] = $"on_{by}", ["open_id"] = by },
            ["read_time"] = "1700000000000",
            ["tenant_key"] = "tenant1",
        },
        ["message_id_list"] = new JsonArray([.. ids.Select(static id => JsonValue.Create(id))]),
    });

    /// <summary>Groups that the bot has left.</summary>
    public HashSet<string> LeftGroups { get; } = [];

    /// <summary>What the platform tells about a chat; that with a person is named after the person.</summary>
    public JsonObject ChatInfo(string chat) => new()
    {
        ["name"] = chat,
        ["chat_mode"] = TopicGroups.Contains(chat) ? "topic"
            : chat.StartsWith("oc_of_", StringComparison.Ordinal) || _chatTypes.GetValueOrDefault(chat) == "p2p" ? "p2p" : "group",
        ["group_message_type"] = ThreadGroups.Contains(chat) ? "thread" : "chat",
    };

    /// <summary>A message of a person as the platform gives it when it is asked for it.</summary>
    public JsonObject? Heard(string id)
    {
        lock (_lock) return _heard.TryGetValue(id, out var item) ? (JsonObject)item.DeepClone() : null;
    }

    /// <summary>The messages of a topic, the last first.</summary>
    public IReadOnlyList<string> InTopic(string topic)
    {
        lock (_lock) return [.. _heard.Where(one => (string?)one.Value["thread_id"] == topic).Select(static one => one.Key).Reverse()];
    }

    /// <summary>The topic in which a message stands; null for none.</summary>
    public string? TopicOf(string id)
    {
        lock (_lock)
            return _heard.TryGetValue(id, out var item)
                ? (string?)item["thread_id"]
                : _messages.Find(message => message.Id == id) is { InThread: true, ReplyTo: { } root } ? TopicOf(root) : null;
    }

    private static JsonObject Item(JsonObject message, string sender, string? topic) => new()
    {
        ["message_id"] = (string?)message["message_id"],
        ["root_id"] = (string?)message["root_id"],
        ["parent_id"] = (string?)message["parent_id"],
        ["thread_id"] = topic,
        ["msg_type"] = (string?)message["message_type"],
        ["chat_id"] = (string?)message["chat_id"],
        ["create_time"] = (string?)message["create_time"],
        ["sender"] = new JsonObject { ["id"] = sender, ["id_type"] = "open_id", ["sender_type"] = "user", ["tenant_key"] = "tenant1" },
        ["body"] = new JsonObject { ["content"] = (string?)message["content"] },
    };

    /// <summary>An event is on its way.</summary>
    public FakeEvent Emit(string type, JsonObject content, int parts = 1)
    {
        var id = NextId("ev_");
        return Emit(new FakeEvent(id, FakeEvent.Of(this, id, type, content)) { Parts = parts });
    }

    public FakeEvent Emit(FakeEvent sent)
    {
        sent.Due = DateTimeOffset.UtcNow;
        lock (_lock) _events.Add(sent);
        return sent;
    }

    /// <summary>A message is withdrawn by who wrote it: it is still named, and what it said is gone.</summary>
    public void Withdraw(string id)
    {
        lock (_lock) (_heard[id]["deleted"], _heard[id]["body"]) = (true, new JsonObject { ["content"] = FakeMessage.Recalled });
    }

    public void AddFile(string key, byte[] bytes)
    {
        lock (_lock) _files[key] = bytes;
    }

    public byte[]? File(string key)
    {
        lock (_lock) return _files.GetValueOrDefault(key);
    }

    public string NextId(string prefix) => $"{prefix}{Interlocked.Increment(ref _ids).ToString(CultureInfo.InvariantCulture)}";

    public string NewToken()
    {
        var token = $"t-{Guid.NewGuid():N}";
        lock (_lock)
        {
            _tokens.Add(token);
            _tokensGiven.Add(token);
        }

        return token;
    }

    public bool IsGoodToken(string token)
    {
        lock (_lock) return _tokens.Contains(token);
    }

    public FakeFault? NextFault() => _faults.TryDequeue(out var fault) ? fault : null;

    /// <summary>True: too fast.</summary>
    public bool IsOver(string what, int most)
    {
        if (!EnforcesRates) return false;
        lock (_lock)
        {
            if (!_rates.TryGetValue(what, out var times)) _rates.Add(what, times = []);
            var now = DateTimeOffset.UtcNow;
            while (times.TryPeek(out var old) && now - old >= TimeSpan.FromSeconds(1)) times.Dequeue();
            if (times.Count >= most) return true;
            times.Enqueue(now);
            return false;
        }
    }

    /// <summary>Takes a message; the same key within its window is the same message.</summary>
    public FakeMessage Take(string chat, string type, string content, string? uuid, string? replyTo, bool inThread)
    {
        lock (_lock)
        {
            var now = DateTimeOffset.UtcNow;
            if (uuid is not null && _uuids.TryGetValue(uuid, out var known) && now - known.Since < UuidWindow) return known.Message;
            var message = new FakeMessage(NextId("om_"), chat, type, content, uuid ?? "", replyTo, inThread, now);
            _messages.Add(message);
            if (uuid is not null) _uuids[uuid] = (message, now);
            return message;
        }
    }

    public FakeMessage? Find(string id)
    {
        lock (_lock) return _messages.Find(message => message.Id == id);
    }

    /// <summary>Null: there is no such message. Otherwise the chat it stands in, if the bot wrote it.</summary>
    public bool IsStanding(string id)
    {
        lock (_lock)
            return (_heard.TryGetValue(id, out var item) && item["deleted"] is null)
                || _messages.Exists(message => message.Id == id && !message.IsRecalled);
    }

    public List<(string Id, string Emoji)> ReactionsOn(string id)
    {
        lock (_lock)
        {
            if (!_reactions.TryGetValue(id, out var list)) _reactions.Add(id, list = []);
            return list;
        }
    }

    /// <summary>Somebody presses a button of a message, or brings back another value than that of one of its buttons.</summary>
    public FakePress Press(FakeMessage message, JsonObject value, string by = "ou_ann")
    {
        var id = NextId("ev_");
        var sent = new FakeEvent(id, FakeEvent.Of(this, id, FakeEvent.Pressed, new JsonObject
        {
            ["operator"] = new JsonObject { ["tenant_key"] = "tenant1", ["open_id"] = by, ["union_id"] = $"on_{by}" },
            ["token"] = $"c-{id}",
            ["action"] = new JsonObject { ["value"] = value.DeepClone(), ["tag"] = "button" },
            ["host"] = "im_message",
            ["context"] = new JsonObject { ["open_message_id"] = message.Id, ["open_chat_id"] = message.ChatId },
        }))
        {
            Press = new FakePress(),
        };
        return Emit(sent).Press!;
    }

    /// <summary>A client has answered an event.</summary>
    /// <param name="id">The event.</param>
    /// <param name="isGood">True: with 200.</param>
    /// <param name="answer">What it has answered to a callback.</param>
    public void Acknowledge(string id, bool isGood, JsonNode? answer)
    {
        lock (_lock)
        {
            if (_events.Find(sent => sent.Id == id) is not { } answered) return;
            answered.Press?.Answer(isGood, answer);
            if (isGood) (answered.Acknowledged, answered.Deadline) = (answered.Acknowledged ?? DateTimeOffset.UtcNow, null);
            else Fail(answered);
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        Stop();
        _pusher.Join(TimeSpan.FromSeconds(5));
        _http.Dispose();
        _end.Dispose();
    }

    private void Fail(FakeEvent sent)
    {
        if (sent.Acknowledged is not null) return;
        (sent.Deadline, sent.Refusals) = (null, sent.Refusals + 1);
        sent.Press?.GiveUp();
        if (sent.Press is not null || sent.Pushes > PushAgain.Count) sent.IsLost = true;
        else sent.Due = DateTimeOffset.UtcNow + PushAgain[sent.Pushes - 1];
    }

    /// <summary>Pushes what is due, on a thread of its own.</summary>
    private void Push()
    {
        while (!_end.Token.WaitHandle.WaitOne(Tick))
        {
            FakeEvent[] due;
            lock (_lock)
            {
                var now = DateTimeOffset.UtcNow;
                foreach (var late in _events.Where(sent => sent.Deadline < now)) Fail(late);
                due = [.. _events.Where(sent => sent is { Acknowledged: null, Deadline: null, IsLost: false } && sent.Due <= now)];
                foreach (var sent in due) (sent.Deadline, sent.Pushes) = (now + AckWithin, sent.Pushes + 1);
            }

            foreach (var sent in due) Push(sent);
        }
    }

    private void Push(FakeEvent sent)
    {
        if (CallbackAddress is { } address)
        {
            _ = PostAsync(sent, address);
            return;
        }

        var open = Connections.Values.ToArray();
        if (open.Length == 0) return; // nobody there: given up at its deadline, like any push
        var chosen = open[Random.Shared.Next(open.Length)];
        lock (_lock) sent.Ways.Add(chosen.Id);
        chosen.Push(sent);
    }

    private async Task PostAsync(FakeEvent sent, Uri address)
    {
        try
        {
            using var request = FakeCallback.Of(address, Encoding.UTF8.GetString(sent.Payload), EncryptKey, DateTimeOffset.UtcNow);
            using var response = await _http.SendAsync(request);
            var isGood = response.StatusCode == HttpStatusCode.OK;
            Acknowledge(sent.Id, isGood, isGood && sent.Press is not null ? JsonNode.Parse(await response.Content.ReadAsStringAsync()) : null);
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException)
        {
            // Given up at its deadline.
        }
    }
}
