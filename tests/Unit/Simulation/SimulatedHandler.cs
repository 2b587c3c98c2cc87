using PluginGateway.Dispatch;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Simulation;

/// <summary>A handler that answers each message with as many replies as its number says, and edits, deletes or reacts; it fails, hangs and kills the
/// process as the script wants.</summary>
internal sealed class SimulatedHandler(SimulationFixture simulationFixture, string id, int generation)
    : SimulatedGeneration(simulationFixture, generation)
{
    public override void Attach() => World.Dispatcher.Attach(new HandlerPort(id, Generation, 3, Post));

    public override void Detach() => World.Dispatcher.DetachHandler(id, Generation);

    protected override void Enter(GuardedCall call)
    {
        var turn = ((TurnCall)call).Turn;
        var eventId = turn.Messages[^1].EventId!;
        World.Trace.Add($"turn of {string.Join("+", turn.Messages.Select(static message => message.EventId))} enters {id}#{Generation}, attempt {turn.Attempt}");
        World.Turns.Enter(turn);
        if (Script.IsPoison(eventId) && World.HasFaults)
        {
            World.CrashNow = true;
            return;
        }

        var replies = Script.RepliesTo(eventId);
        var made = new List<Task<MessageTarget>>();
        var until = World.HasFaults && World.Chance(0.4) ? World.Random.Next(replies + 1) : replies;
        for (var i = 0; i < until; i++)
        {
            World.After(World.Seconds(0, 0.1), () =>
            {
                if (World.Turns.IsRunning(turn)) made.Add(turn.ReplyAsync(Script.Reply(eventId, World.Turns.NextOrdinal(turn)), CancellationToken.None));
            });
        }

        var end = until < replies
            ? (World.Chance(0.5) ? CallEndKind.Failed : CallEndKind.Overdue)
            : World.HasFaults && World.Chance(0.1) ? CallEndKind.Failed : CallEndKind.Completed;
        World.After(end == CallEndKind.Overdue ? TimeSpan.FromSeconds(300) : World.Seconds(0.1, 2), Finish);

        void Finish()
        {
            if (!World.Turns.IsRunning(turn)) return;
            if (World.Ledger.Inbound(turn.AdapterId, eventId).State >= 2)
            {
                // Somebody has stopped it. Nothing that it says is taken any more, and what it keeps is not kept.
                World.Trace.Add($"turn of {eventId} ends after its stop");
                World.Turns.Late.Add(turn.ReplyAsync("late", CancellationToken.None));
                var refused = Record.Exception(() => turn.State.Set("last", $"{eventId}, stopped"));
                World.Trace.Require(refused is null or InvalidOperationException, $"the state of a stopped turn says {refused?.Message}");
                World.Turns.Leave(turn);
                End(call, CallEndKind.Completed);
                return;
            }

            if (end == CallEndKind.Completed && Script.Acts(eventId))
            {
                if (!made.TrueForAll(static reply => reply.IsCompletedSuccessfully))
                {
                    World.After(World.Seconds(0.05, 0.2), Finish);
                    return;
                }

                _ = Script.ActionOf(eventId) switch
                {
                    1 => turn.ReactAsync(MessageTarget.OnPlatform(Platform.Theirs), "+1", CancellationToken.None),
                    2 => turn.EditAsync(made[0].Result, new Reply("edited"), CancellationToken.None),
                    _ => turn.DeleteAsync(made[^1].Result, CancellationToken.None),
                };
            }

            if (end == CallEndKind.Completed) turn.State.Set("last", eventId);
            World.Trace.Add($"turn of {eventId} {end}");
            World.Turns.Leave(turn);
            End(call, end);
            World.After(World.Seconds(1, 20), () =>
            {
                // What it says once its turn is over is refused.
                if (World.Ledger.Inbound(turn.AdapterId, eventId).State >= 2) World.Turns.Late.Add(turn.ReplyAsync("late", CancellationToken.None));
            });
        }
    }
}
