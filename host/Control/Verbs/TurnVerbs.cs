using System.Text.Json.Serialization;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Serialization;
using PluginGateway.Threads;

namespace PluginGateway.Control.Verbs;

/// <summary>Actions of <c>turns</c>.</summary>
internal enum TurnAction
{
    List,
    Stop,
}

/// <summary>A turn, as <c>turns --json</c> and <c>/api/turns</c> show it. <paramref name="State"/>: waiting, running or detached;
/// <paramref name="SinceUtc"/>: begin of the attempt, null while it waits.</summary>
internal sealed record TurnLine(long Id, string Adapter, string Session, string Handler, string State, DateTimeOffset? SinceUtc, int Attempt)
{
    /// <summary>Reason of the wait, where it is not an ordinary one; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    public static TurnLine Of(TurnReport turn) => new(
        turn.Id, turn.AdapterId, turn.Session, turn.HandlerId, turn.Stage.ToString().ToLowerInvariant(), turn.Since, turn.Attempt)
    {
        Reason = turn.Reason,
    };
}

/// <summary>Result of a stop. <paramref name="Messages"/>: the messages that were settled; <paramref name="Replies"/>: the replies that were
/// withdrawn.</summary>
internal sealed record TurnStopped(IReadOnlyList<long> Messages, IReadOnlyList<long> Replies)
{
    public static TurnStopped Of(TurnStop stop) => new(stop.Messages, stop.Replies);
}

/// <summary><c>turns</c>: lists the turns that run and wait, and stops one by its message.</summary>
internal sealed class TurnVerb(Dispatcher dispatcher, ILogger<TurnVerb> log) : IControlVerb
{
    /// <summary>Largest number of turns in a list.</summary>
    public const int Most = 500;

    public string Name => "turns";

    public ControlReply Execute(ControlRequest request) => MessageRequests.Action<TurnAction>(request, out var refusal) switch
    {
        TurnAction.List => Rendezvous<IReadOnlyList<TurnReport>>.TryAsk(done => dispatcher.Turns.List(Most, done), MessageAdmin.Moment, out var turns)
            ? ControlReply.Done(JsonText.Line([.. turns.Select(TurnLine.Of)], VerbsJson.Default.TurnLineArray))
            : ControlReply.Refused("The dispatcher gives no answer at the moment; ask again."),
        TurnAction.Stop => Stop(MessageRequests.Id(request)),
        _ => ControlReply.Refused(refusal),
    };

    private ControlReply Stop(long id)
    {
        if (!Rendezvous<TurnStop>.TryAsk(done => dispatcher.Turns.Stop(id, done), MessageAdmin.Moment, out var stop))
            return ControlReply.Refused("The store has not answered yet: whether the turn is stopped is not known. Ask again: a turn is stopped once.");
        if (stop.Failure is { } failure) return ControlReply.Refused($"The store cannot write: {failure} Nothing was stopped.");
        if (stop.Messages.Count == 0)
            return ControlReply.Refused($"Message {id} has no turn that runs or waits; see: plugin-gateway turns");
        log.TurnStopped(id, stop.Session, stop.Messages.Count);
        return ControlReply.Done(JsonText.Line(TurnStopped.Of(stop), VerbsJson.Default.TurnStopped));
    }
}
