namespace PluginGateway.Tests.Simulation;

/// <summary>What must be so in sessions after every commit: turns keep their messages, a control word settles what came before it, what was stopped
/// changes nothing any more, and the memory is as old as the last answer that stands.</summary>
internal sealed class SessionBook(SimulationFixture simulationFixture, string handlerId)
{
    private readonly Dictionary<long, long> _turns = [];
    private readonly Dictionary<long, long> _repliesOfStopped = [];

    public void Check()
    {
        var rows = simulationFixture.Ledger.Accepted();
        foreach (var row in rows)
        {
            if (row.Turn is { } turn)
                Require(_turns.TryAdd(row.Id, turn) || _turns[row.Id] == turn, $"{row.Event} belonged to turn {_turns[row.Id]}, and belongs to turn {turn}");
            else Require(!_turns.ContainsKey(row.Id), $"{row.Event} belongs to no turn any more");
            if (row.State != 4) continue;
            Require(_repliesOfStopped.TryAdd(row.Id, row.Replies) || _repliesOfStopped[row.Id] == row.Replies, $"{row.Event} was stopped and went on answering");
        }

        foreach (var session in rows.GroupBy(static row => row.Session)) Check(session.Key, [.. session]);
    }

    private void Check(string session, AcceptedRow[] rows)
    {
        var control = Array.FindLastIndex(rows, static row => Script.IsControl(row.Event));
        foreach (var row in rows[..Math.Max(0, control)])
        {
            Require(row.State >= 2, $"{row.Event} is open, although {rows[control].Event} came after it");
            Require(row.State != 4 || Array.Exists(rows, later => later.Id > row.Id && Script.IsControl(later.Event)), $"{row.Event} is dropped, and nobody said so");
        }

        if (control >= 0) Require(rows[control].State == 2, $"the control word {rows[control].Event} is not settled");
        var since = Array.FindLastIndex(rows, static row => Script.IsNew(row.Event)) + 1;
        var last = rows[since..].Where(static row => row.State == 2 && !Script.IsControl(row.Event)).GroupBy(static row => row.Turn).LastOrDefault()?.Last().Event;
        Require(simulationFixture.Ledger.Memory(handlerId, session) is var memory && memory == last,
            $"the memory of {session} is of {memory ?? "nothing"}, and the last answer that stands is of {last ?? "nothing"}");
    }

    private void Require(bool condition, string violation) => simulationFixture.Trace.Require(condition, violation);
}
