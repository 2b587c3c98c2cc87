using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Answer to the platform about an event.</summary>
internal enum Verdict
{
    /// <summary>Accepted: the platform need not send it again.</summary>
    Taken,

    /// <summary>Refused for now: the platform is to send it again.</summary>
    NotNow,

    /// <summary>No answer: this generation has been replaced.</summary>
    Retired,
}

/// <summary>Hands events over, from the long connection and from callbacks. Messages are handed over in the order of their arrival.</summary>
/// <remarks>A look-up (the thread, the author's name, an edited message) runs beside those of other events and has <see cref="MostLookUp"/>: the
/// platform pushes again what is not acknowledged within 3 s.</remarks>
internal sealed class Intake(AdapterContext context, OpenApi api, Bot bot, OwnMessages own, Threads threads, People people)
{
    /// <summary>Number of events that may be written at once; further events are refused and redelivered.</summary>
    public const int MostOpen = 256;

    private const int MostUnplaced = 2;

    private static readonly TimeSpan MostLookUp = TimeSpan.FromSeconds(1.5);

    private readonly Lock _lock = new();
    private readonly Quotes _quotes = new(api, people, own);
    private readonly Recent<string> _last = new(1024);
    private readonly Recent<string> _direct = new(1024);
    private readonly Recent<Unplaced> _unplaced = new(1024);
    private Task _before = Task.CompletedTask;
    private int _open;
    private long _taken;
    private long _refused;
    private long _unreadable;

    public int Open => Volatile.Read(ref _open);

    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Events that the platform was told to send again.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Events that could not be read, and never will be.</summary>
    public long Unreadable => Interlocked.Read(ref _unreadable);

    /// <summary>Takes an event: ends when it is durable, or will not be.</summary>
    public async Task<Verdict> TakeAsync(JsonElement json, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _open) > MostOpen)
        {
            Interlocked.Decrement(ref _open);
            return Refuse($"{MostOpen} events are waiting for the disk");
        }

        try
        {
            return await InTurnAsync(json, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>Returns the last message received in a chat, or in a thread of it; null: none.</summary>
    public string? LastIn(Chat chat) => _last.Find(KeyOf(chat));

    private static string KeyOf(Chat chat) => $"{chat.Id} {chat.Thread}";

    /// <summary>Looks up data missing in the event, waits for the events before it, and hands it over.</summary>
    private async Task<Verdict> InTurnAsync(JsonElement json, CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_lock) (before, _before) = (_before, turn.Task);
        Task<Acceptance> taking;
        InboundEvent? received;
        try
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bound.CancelAfter(MostLookUp);
            (received, var verdict) = await ReadAsync(json, bound.Token);
            await before;
            if (received is null) return verdict;
            taking = context.Inbox.AcceptAsync(received, cancellationToken);
        }
        finally
        {
            // The next event may be handed over, also after a failure of this one.
            turn.TrySetResult();
        }

        var acceptance = await taking;
        if (acceptance.Kind == AcceptanceKind.Retired) return Verdict.Retired;
        if (!acceptance.Acknowledge) return Refuse(acceptance.Reason ?? "refused");
        Interlocked.Increment(ref _taken);
        if (received.Chat.Kind == ChatKind.Direct) _direct.Set(received.Chat.Id, received.Chat.Id);
        if (received is ContentEvent { MessageId: { } id, Sender.IsSelf: false })
        {
            threads.Saw(received.Chat.Thread, id);
            _last.Set(KeyOf(received.Chat), id);
        }

        return Verdict.Taken;
    }

    private async Task<(InboundEvent? Received, Verdict Verdict)> ReadAsync(JsonElement json, CancellationToken cancellationToken)
    {
        if (ReceivedEvent.IsEdit(json))
        {
            var id = json.Get("event").Get("message").String("message_id");
            if (id is null) return (null, Skip($"'{json.Get("header").String("event_id")}' names no edited message"));
            var answer = await api.GetAsync($"/open-apis/im/v1/messages/{Uri.EscapeDataString(id)}", cancellationToken);
            if (answer.IsPassing) return (null, Refuse(answer.Describe($"Reading the edited message '{id}'")));
            if (!answer.IsGood || answer.Data.Get("items").Items().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } item)
                return (null, Skip(answer.Describe($"the edited message '{id}' cannot be read (permission im:message:readonly)")));
            if (item.Get("deleted").ValueKind == JsonValueKind.True || item.Get("sender").String("sender_type") is "app")
                return (null, Verdict.Taken);
            json = ReceivedEvent.WithMessage(json, item);
        }

        var content = json.Get("event").Get("message");
        var isMessage = ReceivedEvent.IsMessage(json);
        var naming = isMessage ? people.NameAsync(json, cancellationToken) : Task.FromResult<string?>(null);
        var quoting = isMessage ? _quotes.OfAsync(content, cancellationToken) : Task.FromResult<Quote?>(null);
        var (thread, failed) = isMessage ? await threads.ThreadOfAsync(content, cancellationToken) : (null, null);
        var (name, quote) = (await naming, await quoting);
        if (failed is not null && WaitsForThread(content))
            return (null, Refuse(failed.Describe($"Asking for the thread of the message '{content.String("message_id")}'")));
        var isDirect = json.Get("event").String("chat_id") is { } chat && _direct.Find(chat) is not null;
        var received = ReceivedEvent.Read(json, new Surroundings(bot.OpenId, own.Includes, thread, name, quote, isDirect), out var problem);
        if (problem is not null) return (null, Skip(problem));
        if (received is null) context.Log.Debug($"Passed over an event of the type '{json.Get("header").String("event_type")}'.");
        return (received, Verdict.Taken);
    }

    /// <summary>True: the platform is to send the event again, as long as that is soon (15 s, 5 min); after that it is taken without its thread
    /// rather than an hour later.</summary>
    private bool WaitsForThread(JsonElement message)
    {
        if (message.String("message_id") is not { } id) return false;
        var times = (_unplaced.Find(id)?.Times ?? 0) + 1;
        _unplaced.Set(id, new Unplaced(times));
        return times <= MostUnplaced;
    }

    /// <summary>Logs an event that cannot be read and acknowledges it: a repetition would not be readable either.</summary>
    public Verdict Skip(string problem)
    {
        Interlocked.Increment(ref _unreadable);
        context.Log.Warning($"An event cannot be read and is passed over: {problem}.");
        return Verdict.Taken;
    }

    private Verdict Refuse(string why)
    {
        Interlocked.Increment(ref _refused);
        context.Log.Debug($"An event was not taken ({why}); the platform sends it again.");
        return Verdict.NotNow;
    }

    /// <summary>Number of failed requests for the thread of a message.</summary>
    private sealed record Unplaced(int Times);
}

/// <summary>Identity of the bot.</summary>
internal sealed record Bot(string Name, string? OpenId)
{
    private const string Path = "/open-apis/bot/v3/info";

    /// <summary>Fetches the bot from the platform, which proves that calls succeed.</summary>
    public static async Task<(Bot? Bot, ApiAnswer Answer)> AskAsync(OpenApi api, CancellationToken cancellationToken)
    {
        var answer = await api.GetAsync(Path, cancellationToken);
        if (!answer.IsGood) return (null, answer);
        // The data of this answer is under "bot" instead of "data".
        var bot = answer.Body.Get("bot");
        if (bot.ValueKind != JsonValueKind.Object) return (null, answer with { Code = ApiAnswer.NoCode, Text = "the answer has no bot" });
        return (new Bot(bot.String("app_name") ?? "the bot", bot.String("open_id")), answer);
    }
}
