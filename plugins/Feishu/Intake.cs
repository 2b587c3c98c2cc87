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
/// <remarks>A look-up (the thread, the author's name, the quoted, forwarded or edited message, the message of a reaction) runs beside those of other
/// events and has <see cref="MostLookUp"/>: the platform pushes again what is not acknowledged within 3 s.</remarks>
internal sealed class Intake(
    AdapterContext context, OpenApi api, Bot bot, OwnMessages own, Threads threads, Places places, People people)
{
    /// <summary>Number of events that may be written at once; further events are refused and redelivered.</summary>
    public const int MostOpen = 256;

    private const int MostMissed = 2;

    private static readonly TimeSpan MostLookUp = TimeSpan.FromSeconds(1.5);

    private readonly Lock _lock = new();
    private readonly Quotes _quotes = new(api, people, own);
    private readonly MergedForwards _forwards = new(api, people);
    private readonly Recent<string> _last = new(1024);
    private readonly Recent<Missed> _missed = new(1024);
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
    /// <returns>The verdict, and for a callback that is taken the JSON that answers it; null: the acknowledgement is enough.</returns>
    public async Task<(Verdict Verdict, string? Reply)> TakeAsync(JsonElement json, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _open) > MostOpen)
        {
            Interlocked.Decrement(ref _open);
            return (Refuse($"{MostOpen} events are waiting for the disk"), null);
        }

        try
        {
            return ReceivedRead.Is(json) ? (await TakeReadsAsync(json, cancellationToken), null) : await InTurnAsync(json, cancellationToken);
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
    private async Task<(Verdict Verdict, string? Reply)> InTurnAsync(JsonElement json, CancellationToken cancellationToken)
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
            if (received is null) return (verdict, verdict == Verdict.Taken && ReceivedPress.Is(json) ? Toast.None : null);
            taking = context.Inbox.AcceptAsync(received, cancellationToken);
        }
        finally
        {
            // The next event may be handed over, also after a failure of this one.
            turn.TrySetResult();
        }

        var acceptance = await taking;
        if (acceptance.Kind == AcceptanceKind.Retired) return (Verdict.Retired, null);
        if (!acceptance.Acknowledge) return (Refuse(acceptance.Reason ?? "refused"), null);
        Interlocked.Increment(ref _taken);
        if (received is ContentEvent { MessageId: { } id, Sender.IsSelf: false })
        {
            places.Saw(id, received.Chat);
            threads.Saw(received.Chat.Thread, id);
            _last.Set(KeyOf(received.Chat), id);
        }

        return (Verdict.Taken, received is ButtonPressed ? Toast.Of(acceptance.Answer) : null);
    }

    /// <summary>Takes the event that a person has read messages, as a report for each. It waits for no other event.</summary>
    private async Task<Verdict> TakeReadsAsync(JsonElement json, CancellationToken cancellationToken)
    {
        if (json.Get("header").Id("event_id") is not { } eventId || ReceivedRead.MessagesOf(json) is not { Count: > 0 } ids)
            return Skip($"the read report '{json.Get("header").String("event_id")}' names no message");
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(MostLookUp);
        foreach (var (index, id) in ids.Index())
        {
            var (chat, failed) = await places.AddressOfAsync(id, bound.Token);
            if (chat is null)
            {
                var problem = failed!.Describe($"the message '{id}' that was read cannot be read (permission im:message:readonly)");
                if (failed.IsPassing && IsAwaited(eventId)) return Refuse(problem);
                Skip(problem);
                continue;
            }

            var report = ReceivedRead.Read(json, $"{eventId}#{index + 1}", chat, id);
            var acceptance = await context.Inbox.AcceptAsync(report, cancellationToken);
            if (acceptance.Kind == AcceptanceKind.Retired) return Verdict.Retired;
            if (!acceptance.Acknowledge) return Refuse(acceptance.Reason ?? "refused");
        }

        Interlocked.Increment(ref _taken);
        return Verdict.Taken;
    }

    private async Task<(InboundEvent? Received, Verdict Verdict)> ReadAsync(JsonElement json, CancellationToken cancellationToken)
    {
        if (ReceivedReaction.Is(json)) return await ReadReactionAsync(json, cancellationToken);
        if (ReceivedPress.Is(json)) return await ReadPressAsync(json, cancellationToken);
        if (ReceivedEvent.IsEdit(json))
        {
            var id = json.Get("event").Get("message").String("message_id");
            if (id is null) return (null, Skip($"'{json.Get("header").String("event_id")}' names no edited message"));
            var answer = await api.GetMessageAsync(id, cancellationToken);
            if (answer.IsPassing) return (null, Refuse(answer.Describe($"Reading the edited message '{id}'")));
            if (answer.Message() is not { } item)
                return (null, Skip(answer.Describe($"the edited message '{id}' cannot be read (permission im:message:readonly)")));
            if (item.Get("deleted").ValueKind == JsonValueKind.True || item.Get("sender").String("sender_type") is "app")
                return (null, Verdict.Taken);
            json = ReceivedEvent.WithMessage(json, item);
        }

        var content = json.Get("event").Get("message");
        var isMessage = ReceivedEvent.IsMessage(json);
        var naming = isMessage ? people.NameAsync(json, cancellationToken) : Task.FromResult<string?>(null);
        // An edit has no quote.
        var isNew = isMessage && !ReceivedEvent.IsEdit(json);
        var quoting = isNew ? _quotes.OfAsync(content, cancellationToken) : Task.FromResult<Quote?>(null);
        var forwarding = isNew ? _forwards.OfAsync(content, cancellationToken) : Task.FromResult<ForwardedMessages?>(null);
        var (thread, failed) = isMessage ? await threads.ThreadOfAsync(content, cancellationToken) : (null, null);
        var around = new Surroundings(bot.OpenId, own.Includes, thread, await naming, await quoting, await forwarding,
            json.Get("event").String("chat_id") is { } chat && places.IsDirect(chat));
        if (failed is not null && content.String("message_id") is { } unplaced && IsAwaited(unplaced))
            return (null, Refuse(failed.Describe($"Asking for the thread of the message '{unplaced}'")));
        var received = ReceivedEvent.Read(json, around, out var problem);
        if (problem is not null) return (null, Skip(problem));
        if (received is null) context.Log.Debug($"Passed over an event of the type '{json.Get("header").String("event_type")}'.");
        return (received, Verdict.Taken);
    }

    /// <summary>Reads a reaction, whose chat is that of its message. The app's own reactions are no events.</summary>
    private async Task<(InboundEvent? Received, Verdict Verdict)> ReadReactionAsync(JsonElement json, CancellationToken cancellationToken)
    {
        if (ReceivedReaction.IsOwn(json)) return (null, Verdict.Taken);
        var eventId = json.Get("header").String("event_id");
        if (ReceivedReaction.MessageOf(json) is not { } id) return (null, Skip($"the reaction '{eventId}' names no message"));
        var naming = ReceivedReaction.PersonOf(json) is { } person ? people.NameAsync(person, cancellationToken) : Task.FromResult<string?>(null);
        var ((chat, failed), name) = (await places.OfAsync(id, cancellationToken), await naming);
        if (chat is null)
        {
            var problem = failed!.Describe($"the message '{id}' of a reaction cannot be read (permission im:message:readonly)");
            return (null, failed.IsPassing && eventId is not null && IsAwaited(eventId) ? Refuse(problem) : Skip(problem));
        }

        var received = ReceivedReaction.Read(json, chat, name, out var fault);
        return (received, fault is null ? Verdict.Taken : Skip(fault));
    }

    /// <summary>Reads a press. After a failed look-up the platform shows a fault to the person, who presses again.</summary>
    private async Task<(InboundEvent? Received, Verdict Verdict)> ReadPressAsync(JsonElement json, CancellationToken cancellationToken)
    {
        var naming = ReceivedPress.PersonOf(json) is { } person ? people.NameAsync(person, cancellationToken) : Task.FromResult<string?>(null);
        var (kind, failed) = ReceivedPress.ChatIdOf(json) is { } chat ? await places.KindOfAsync(chat, cancellationToken) : (default, null);
        var name = await naming;
        if (failed is not null) return (null, Refuse(failed.Describe("Asking for the chat of a pressed button")));
        var received = ReceivedPress.Read(json, kind, name, out var problem);
        return (received, problem is null ? Verdict.Taken : Skip(problem));
    }

    /// <summary>True: the platform is to send an event again whose look-up failed, as long as that is soon (15 s, 5 min); after that it is taken
    /// without what is missing, or passed over, rather than an hour later.</summary>
    private bool IsAwaited(string id)
    {
        var times = (_missed.Find(id)?.Times ?? 0) + 1;
        _missed.Set(id, new Missed(times));
        return times <= MostMissed;
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

    /// <summary>Number of failed look-ups for an event.</summary>
    private sealed record Missed(int Times);
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
