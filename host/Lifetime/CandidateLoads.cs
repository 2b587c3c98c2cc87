using PluginGateway.Loading;
using PluginGateway.Supervision;
using PluginGateway.Threads;

namespace PluginGateway.Lifetime;

/// <summary>A plugin that was loaded to take a running one's place, or why it cannot.</summary>
internal sealed record Candidate(LoadedPlugin? Plugin, Trouble? Trouble);

/// <summary>The candidates of one reload, loaded in turns, each within its own bound. One that comes after nobody waits any more is unloaded
/// again.</summary>
internal sealed class CandidateLoads
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Candidate?> _candidates = new(StringComparer.Ordinal);
    private readonly List<LoadTurn> _turns = [];
    private int _notBegun;
    private int _changes;
    private bool _isClosed;

    /// <summary>Begins to load one; returns at once.</summary>
    public void Begin(SupervisedUnit unit, UnitSpec spec)
    {
        using (Held.On(_gate))
        {
            _candidates.Add(unit.Id, null);
            _notBegun++;
        }

        _turns.Add(unit.BeginCandidate(spec, Began, (plugin, trouble) => End(unit, new Candidate(plugin, trouble))));
    }

    /// <summary>Waits until every one has ended, in slices in which <paramref name="goesOn"/> is asked. Those that have not ended when nothing
    /// has changed for so long are given up.</summary>
    public IReadOnlyDictionary<string, Candidate?> Wait(TimeSpan atMost, TimeProvider clock, Func<bool> goesOn)
    {
        var slice = TimeSpan.FromMilliseconds(50);
        var started = clock.GetTimestamp();
        using (Held.On(_gate))
        {
            var seen = _changes;
            while (_candidates.ContainsValue(null) && goesOn())
            {
                // Turns come round by themselves, so whoever waits for one does not wait without an end.
                if (seen != _changes || _notBegun > 0) (seen, started) = (_changes, clock.GetTimestamp());
                if (clock.GetElapsedTime(started) >= atMost) break;
                Held.Wait(_gate, slice);
            }

            _isClosed = true;
        }

        foreach (var turn in _turns) turn.GiveBack();
        return _candidates;
    }

    private void Began()
    {
        using (Held.On(_gate))
        {
            _notBegun--;
            _changes++;
        }
    }

    private void End(SupervisedUnit unit, Candidate candidate)
    {
        using (Held.On(_gate))
        {
            if (!_isClosed)
            {
                _candidates[unit.Id] = candidate;
                _changes++;
                Monitor.PulseAll(_gate);
                return;
            }
        }

        if (candidate.Plugin is { } late) unit.Post(new Discard(late));
    }
}
