namespace PluginGateway.Tests.Simulation;

/// <summary>The turns that run, and how often each message got one.</summary>
internal sealed class TurnBook(SimulationFixture simulationFixture)
{
    private readonly Dictionary<Turn, int> _running = [];
    private readonly Dictionary<string, int> _attempts = [];

    /// <summary>Replies that were made after the end of their turn.</summary>
    public List<Task> Late { get; } = [];

    public void Enter(Turn turn)
    {
        var eventId = turn.Messages[^1].EventId!;
        var row = simulationFixture.Ledger.Inbound(turn.AdapterId, eventId);
        // A stop that is stored just now: the dispatcher has not heard of it yet.
        simulationFixture.Trace.Require(row.State is 1 or 4 && row.Attempt == turn.Attempt,
            $"the turn of {eventId} runs its attempt {turn.Attempt}, but its row is in state {row.State} with attempt {row.Attempt}");
        simulationFixture.Trace.Require(
            simulationFixture.Ledger.OpenBefore(First(turn).Id) == 0, $"the turn of {eventId} runs before an earlier message of its session is settled");
        var session = simulationFixture.Ledger.SessionOf(row.Id);
        simulationFixture.Trace.Require(
            _running.Keys.All(other => First(other) is { State: >= 2 } || simulationFixture.Ledger.SessionOf(First(other).Id) != session),
            $"the turn of {eventId} runs beside another of its session that nobody has stopped");
        var attempts = _attempts[eventId] = _attempts.GetValueOrDefault(eventId) + 1;
        simulationFixture.Trace.Require(attempts <= 3, $"{eventId} got {attempts} turns");
        _running.Add(turn, 0);
    }

    private (long Id, int State, int Attempt, int Copies) First(Turn turn) =>
        simulationFixture.Ledger.Inbound(turn.AdapterId, turn.Messages[0].EventId!);

    public bool IsRunning(Turn turn) => _running.ContainsKey(turn);

    public int NextOrdinal(Turn turn) => _running[turn]++;

    public void Leave(Turn turn) => _running.Remove(turn);

    /// <summary>The process has died.</summary>
    public void Forget() => _running.Clear();

    /// <summary>A stop gives up the turns that run, and these attempts do not count.</summary>
    public void Stop()
    {
        foreach (var turn in _running.Keys) _attempts[turn.Messages[^1].EventId!]--;
        _running.Clear();
    }

    public void CheckLate()
    {
        foreach (var task in Late) simulationFixture.Trace.Require(!task.IsCompletedSuccessfully, "a reply after the end of its turn was taken");
    }
}
