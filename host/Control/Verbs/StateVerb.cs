using System.Text.Json;
using System.Text.Json.Serialization;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Threads;

namespace PluginGateway.Control.Verbs;

/// <summary>What <c>state</c> can do.</summary>
internal enum StateAction
{
    List,
    Forget,

    /// <summary>Of a portion that was not forgotten in time.</summary>
    Result,
}

/// <summary>What one adapter id has in the store. <paramref name="EventIds"/>: remembered against duplicates.</summary>
internal sealed record StateLine(string Adapter, long Keys, long Bytes, long EventIds);

/// <summary>How many keys were forgotten. <paramref name="More"/>: there may be more.</summary>
internal sealed record StateForgotten(int Keys, bool More)
{
    /// <summary>The number of a portion that the store has not answered yet; null: it has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Pending { get; init; }
}

/// <summary><c>state</c>: what adapters keep in the store, and forgetting it. A moment's wait for the store, for nobody else.</summary>
internal sealed class StateVerb(MessageStore store, TimeSpan patience) : IControlVerb
{
    /// <summary>Most keys of one request: it is one transaction, between those of the messages.</summary>
    private const int MostAtOnce = 100;

    /// <summary>In a running gateway.</summary>
    public StateVerb(MessageStore store)
        : this(store, MessageAdmin.Moment)
    {
    }

    private readonly PendingAnswers<Late> _pending = new();

    public string Name => "state";

    public ControlReply Execute(ControlRequest request) => MessageRequests.Action<StateAction>(request, out var refusal) switch
    {
        StateAction.List => List(),
        StateAction.Forget when request["adapter"] is { Length: > 0 } adapterId && !adapterId.Contains(':', StringComparison.Ordinal) =>
            Forget(adapterId, request["waits"] is not null),
        StateAction.Result => Result(MessageRequests.Number(request)),
        StateAction.Forget => ControlReply.Refused("Say whose state: the id of an adapter, as 'plugin-gateway state list' shows it."),
        _ => ControlReply.Refused(refusal),
    };

    private ControlReply List()
    {
        var commandResult = store.Read(patience, static db => db.Usage.All());
        if (commandResult.Failure is { } failure) return ControlReply.Refused($"The store cannot be read: {failure.Message}");
        StateLine[] lines = [.. commandResult.Value!.Where(static usage => !usage.AdapterId.Contains(':', StringComparison.Ordinal))
            .Select(static usage => new StateLine(usage.AdapterId, usage.StateKeys, usage.StateBytes, usage.Seen)).OrderByDescending(static line => line.Bytes)];
        return ControlReply.Done(JsonSerializer.Serialize(lines, VerbsJson.Line.StateLineArray));
    }

    private ControlReply Forget(string adapterId, bool waits)
    {
        var rendezvous = Rendezvous<CommandResult<int>>.Ask(done => store.ForgetState(adapterId, MostAtOnce, done));
        if (rendezvous.TryWait(patience, out var forgotten)) return Reply(forgotten);
        return waits ? Pending(_pending.Add(() => rendezvous.TryWait(TimeSpan.Zero, out var late) ? new Late(late) : null))
            : ControlReply.Refused($"The store has not answered within {patience.TotalSeconds:0.#} s. Ask again: what is forgotten stays forgotten.");
    }

    private ControlReply Result(long number)
    {
        if (!_pending.TryTake(number, out var late)) return ControlReply.Refused($"There is no change {number} that the store still has to answer.");
        return late is null ? Pending(number) : Reply(late.Forgotten);
    }

    private static ControlReply Pending(long number) =>
        ControlReply.Done(JsonSerializer.Serialize(new StateForgotten(0, true) { Pending = number }, VerbsJson.Line.StateForgotten));

    private static ControlReply Reply(CommandResult<int> forgotten) => forgotten.Failure is { } failure
        ? ControlReply.Refused($"The store cannot write: {failure.Message} Nothing more was forgotten.")
        : ControlReply.Done(JsonSerializer.Serialize(
            new StateForgotten(forgotten.Value, forgotten.Value == MostAtOnce), VerbsJson.Line.StateForgotten));

    private sealed record Late(CommandResult<int> Forgotten);
}
