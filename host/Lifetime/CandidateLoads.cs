using PluginGateway.Loading;
using PluginGateway.Supervision;
using PluginGateway.Threads;

namespace PluginGateway.Lifetime;

/// <summary>A plugin that was loaded to take a running one's place, or why it cannot.</summary>
internal sealed record Candidate(LoadedPlugin? Plugin, Trouble? Trouble);

/// <summary>The candidates of one reload, loaded at the same time, each within its own bound. One that comes after nobody waits any more is unloaded again.</summary>
internal sealed class CandidateLoads
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Candidate?> _candidates = new(StringComparer.Ordinal);
    private bool _isClosed;

    /// <summary>Begins to load one; returns at once.</summary>
    public void Begin(SupervisedUnit unit, UnitSpec spec)
    {
        using (Held.On(_gate)) _candidates.Add(unit.Id, null);
        unit.BeginCandidate(spec, (plugin, trouble) => End(unit, new Candidate(plugin, trouble)));
    }

    /// <summary>Waits until every one has ended, in slices in which <paramref name="goesOn"/> is asked. Those that have not ended by then are given up.</summary>
    public IReadOnlyDictionary<string, Candidate?> Wait(TimeSpan atMost, TimeProvider clock, Func<bool> goesOn)
    {
        var slice = TimeSpan.FromMilliseconds(50);
        var started = clock.GetTimestamp();
        using (Held.On(_gate))
        {
            while (_candidates.ContainsValue(null) && clock.GetElapsedTime(started) < atMost && goesOn()) Held.Wait(_gate, slice);
            _isClosed = true;
            return _candidates;
        }
    }

    private void End(SupervisedUnit unit, Candidate candidate)
    {
        using (Held.On(_gate))
        {
            if (!_isClosed)
            {
                _candidates[unit.Id] = candidate;
                Monitor.PulseAll(_gate);
                return;
            }
        }

        if (candidate.Plugin is { } late) unit.Post(new Discard(late));
    }
}
