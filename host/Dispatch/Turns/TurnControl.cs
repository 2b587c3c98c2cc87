using PluginGateway.Dispatch.Outbound;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Outcome of the stop of a turn.</summary>
/// <param name="Session">The session of the turn.</param>
/// <param name="Messages">Messages of the inbox that were settled; empty: the message has no open turn.</param>
/// <param name="Replies">Messages of the outbox that were withdrawn.</param>
internal sealed record TurnStop(string Session, IReadOnlyList<long> Messages, IReadOnlyList<long> Replies)
{
    /// <summary>Reason for which the store could not write, so that nothing was stopped; null: none.</summary>
    public string? Failure { get; init; }
}

/// <summary>Lists and stops turns, for the operator and for control words.</summary>
internal sealed class TurnControl(DispatchLoop loop, MessageStore store, TurnScheduler turns, OutboundQueue sends)
{
    /// <summary>Lists turns: those that run, those that were stopped and have not ended, those that wait. Any thread; <paramref name="done"/> runs on
    /// the loop.</summary>
    public void List(int most, Action<IReadOnlyList<TurnReport>> done) => loop.Post(() => done(turns.List(most)));

    /// <summary>Stops a turn, for the operator. Any thread; <paramref name="done"/> runs on the loop.</summary>
    public void Stop(long id, Action<TurnStop> done) => store.StopTurn(id, commandResult => loop.Post(() =>
    {
        if (commandResult.Value is { } result) Apply(result);
        done(new TurnStop(commandResult.Value?.Session ?? "", commandResult.Value?.Stopped ?? [], commandResult.Value?.Withdrawn ?? [])
        {
            Failure = commandResult.Failure?.Message,
        });
    }));

    /// <summary>Applies a stop that is durable. Only on the loop's thread.</summary>
    public void Apply(ControlResult result)
    {
        turns.Stop(result);
        if (result.Withdrawn.Count > 0) sends.Withdraw(result.Withdrawn);
    }
}
