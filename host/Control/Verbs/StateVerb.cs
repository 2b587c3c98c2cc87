using System.Text.Json.Serialization;
using PluginGateway.Serialization;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;

namespace PluginGateway.Control.Verbs;

/// <summary>Actions of <c>state</c>.</summary>
internal enum StateAction
{
    List,
    Forget,

    /// <summary>Outcome of a portion that was not forgotten in time.</summary>
    Result,
}

/// <summary>State of one adapter id or handler in the store. <paramref name="EventIds"/>: remembered against duplicates.</summary>
internal sealed record StateLine(string Adapter, long Keys, long Bytes, long EventIds);

/// <summary>Number of keys forgotten. <paramref name="More"/>: there may be more.</summary>
internal sealed record StateForgotten(int Keys, bool More)
{
    /// <summary>Number of a portion that the store has not answered yet; null: answered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Pending { get; init; }
}

/// <summary><c>state</c>: lists the state of adapters and handlers in the store, and forgets it. Waits for the store a moment, for nothing
/// else.</summary>
internal sealed class StateVerb(MessageStore store, TimeSpan patience) : IControlVerb
{
    /// <summary>Largest number of keys of one request: a request is one transaction, between those of the messages.</summary>
    private const int MostAtOnce = 100;

    /// <summary>Creates the verb in a running gateway.</summary>
    public StateVerb(MessageStore store)
        : this(store, MessageAdmin.Moment)
    {
    }

    private readonly PendingAnswers<ControlReply> _pending = new();

    public string Name => "state";

    public ControlReply Execute(ControlRequest request) => MessageRequests.Action<StateAction>(request, out var refusal) switch
    {
        StateAction.List => List(),
        StateAction.Forget when request["adapter"] is { Length: > 0 } adapterId && StateOwner.IsUnit(adapterId) =>
            Forget(adapterId, request["waits"] is not null),
        StateAction.Result => Result(MessageRequests.Number(request)),
        StateAction.Forget => ControlReply.Refused("Say whose state: the id of an adapter or handler, as 'plugin-gateway state list' shows it."),
        _ => ControlReply.Refused(refusal),
    };

    private ControlReply List()
    {
        var commandResult = store.Read(patience, static db => db.Usage.All());
        if (commandResult.Failure is { } failure) return ControlReply.Refused($"The store cannot be read: {failure.Message}");
        StateLine[] lines = [.. commandResult.Value!.Where(static usage => StateOwner.IsUnit(usage.AdapterId))
            .Select(static usage => new StateLine(usage.AdapterId, usage.StateKeys, usage.StateBytes, usage.Seen))
            .OrderByDescending(static line => line.Bytes)];
        return ControlReply.Done(JsonText.Line(lines, VerbsJson.Default.StateLineArray));
    }

    private ControlReply Forget(string adapterId, bool waits)
    {
        var answer = _pending.Ask<CommandResult<int>>(done => store.ForgetState(adapterId, MostAtOnce, done), Reply, patience, keeps: waits);
        if (answer.Value is { } reply) return reply;
        return answer.Number is { } number ? Pending(number)
            : ControlReply.Refused($"The store has not answered within {patience.TotalSeconds:0.#} s. Ask again: what is forgotten stays forgotten.");
    }

    private ControlReply Result(long number)
    {
        if (_pending.Fetch(number) is not { } answer) return ControlReply.Refused($"There is no change {number} that the store still has to answer.");
        return answer.Value ?? Pending(number);
    }

    private static ControlReply Pending(long number) =>
        ControlReply.Done(JsonText.Line(new StateForgotten(0, true) { Pending = number }, VerbsJson.Default.StateForgotten));

    private static ControlReply Reply(CommandResult<int> forgotten) => forgotten.Failure is { } failure
        ? ControlReply.Refused($"The store cannot write: {failure.Message} Nothing more was forgotten.")
        : ControlReply.Done(JsonText.Line(
            new StateForgotten(forgotten.Value, forgotten.Value == MostAtOnce), VerbsJson.Default.StateForgotten));
}
