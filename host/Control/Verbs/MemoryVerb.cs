using System.Globalization;
using System.Text.Json.Serialization;
using PluginGateway.Serialization;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Control.Verbs;

/// <summary>Actions of <c>memory</c>.</summary>
internal enum MemoryAction
{
    List,
    Show,
    Drop,

    /// <summary>Outcome of a portion that was not dropped in time.</summary>
    Result,
}

/// <summary>Memory of one session.</summary>
internal sealed record MemoryLine(string Handler, string Adapter, string Session, long Keys, long Bytes, DateTimeOffset LastMessage);

/// <summary>Key in the memory of a session.</summary>
internal sealed record MemoryKey(string Handler, string Key, long Bytes)
{
    /// <summary>Value; null: not asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }
}

/// <summary>Number of sessions whose memory was dropped. <paramref name="More"/>: there may be more.</summary>
internal sealed record MemoryDropped(int Sessions, bool More)
{
    /// <summary>Number of a portion that the store has not answered yet; null: answered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Pending { get; init; }
}

/// <summary><c>memory</c>: lists the memory of sessions, shows one, and drops some. Waits for the store a moment, for nothing else.</summary>
internal sealed class MemoryVerb(MessageStore store, ILogger log, TimeSpan patience) : IControlVerb
{
    /// <summary>Largest number of sessions of one request to drop: a request is one transaction, between those of the messages.</summary>
    private const int MostAtOnce = 50;

    private const int DefaultLimit = 50, HighestLimit = 10_000;

    /// <summary>Creates the verb in a running gateway.</summary>
    public MemoryVerb(MessageStore store, ILogger<MemoryVerb> log)
        : this(store, log, MessageAdmin.Moment)
    {
    }

    private readonly PendingAnswers<ControlReply> _pending = new();

    public string Name => "memory";

    public ControlReply Execute(ControlRequest request) => MessageRequests.Action<MemoryAction>(request, out var refusal) switch
    {
        MemoryAction.List => List(request),
        MemoryAction.Show when request["session"] is { Length: > 0 } => Show(request),
        MemoryAction.Show => ControlReply.Refused("Name a session, as 'plugin-gateway memory list' shows it."),
        MemoryAction.Drop when request["all"] is not null || SelectionOf(request, 0) is not { HandlerId: null, AdapterId: null, Session: null, IdleSince: null } =>
            Drop(request),
        MemoryAction.Drop => ControlReply.Refused("Say whose memory: an adapter, a handler, a session or an age; or all."),
        MemoryAction.Result => Result(MessageRequests.Number(request)),
        _ => ControlReply.Refused(refusal),
    };

    /// <summary>Reads a selection of sessions. An age is given as the time until which the sessions were used last.</summary>
    public static MemoryQuery SelectionOf(ControlRequest request, int limit) => new(
        request["handler"], request["adapter"], request["session"], MessageRequests.Time(request["until"]), limit);

    private ControlReply List(ControlRequest request)
    {
        var limit = int.TryParse(request["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Math.Clamp(number, 1, HighestLimit) : DefaultLimit;
        var rows = store.Read(patience, db => MemoryQueries.List(db, SelectionOf(request, limit)));
        if (rows.Failure is { } failure) return ControlReply.Refused($"The store cannot be read: {failure.Message}");
        MemoryLine[] lines =
            [.. rows.Value!.Select(static row => new MemoryLine(row.HandlerId, row.AdapterId, row.Session, row.Keys, row.Bytes, row.Touched))];
        return ControlReply.Done(JsonText.Line(lines, VerbsJson.Default.MemoryLineArray));
    }

    private ControlReply Show(ControlRequest request)
    {
        var (query, withText) = (SelectionOf(request, 0), request["text"] is not null);
        if (withText) log.MemoryShown(query.Session!);
        var values = store.Read(patience, db => MemoryQueries.Show(db, query, withText));
        if (values.Failure is { } failure) return ControlReply.Refused($"The store cannot be read: {failure.Message}");
        MemoryKey[] keys = [.. values.Value!.Select(static value => new MemoryKey(value.HandlerId, value.Key, value.Bytes) { Text = value.Value })];
        return ControlReply.Done(JsonText.Line(keys, VerbsJson.Default.MemoryKeyArray));
    }

    private ControlReply Drop(ControlRequest request)
    {
        var query = SelectionOf(request, MostAtOnce);
        log.MemoryDropped(query.HandlerId ?? "any", query.AdapterId ?? "any", query.Session ?? "any");
        var answer = _pending.Ask<CommandResult<int>>(
            done => store.DropMemory(query, done), Reply, patience, keeps: request["waits"] is not null);
        if (answer.Value is { } reply) return reply;
        return answer.Number is { } number ? Pending(number)
            : ControlReply.Refused($"The store has not answered within {patience.TotalSeconds:0.#} s. Ask again: what is dropped stays dropped.");
    }

    private ControlReply Result(long number)
    {
        if (_pending.Fetch(number) is not { } answer) return ControlReply.Refused($"There is no change {number} that the store still has to answer.");
        return answer.Value ?? Pending(number);
    }

    private static ControlReply Pending(long number) =>
        ControlReply.Done(JsonText.Line(new MemoryDropped(0, true) { Pending = number }, VerbsJson.Default.MemoryDropped));

    private static ControlReply Reply(CommandResult<int> dropped) => dropped.Failure is { } failure
        ? ControlReply.Refused($"The store cannot write: {failure.Message} Nothing more was dropped.")
        : ControlReply.Done(JsonText.Line(new MemoryDropped(dropped.Value, dropped.Value == MostAtOnce), VerbsJson.Default.MemoryDropped));
}
