using PluginGateway.Loading;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;

namespace PluginGateway.Reloading;

/// <summary>A plugin that was loaded to take a running one's place, or why it cannot.</summary>
internal sealed record Candidate(LoadedPlugin? Plugin, Failure? Failure);

/// <summary>The candidates of one reload, loaded as permits allow, each within its own bound. A candidate that is loaded after the end of the wait is
/// unloaded again.</summary>
internal sealed class CandidateLoads
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Candidate?> _candidates = new(StringComparer.Ordinal);
    private readonly List<LoadPermit> _permits = [];
    private int _notBegun;
    private int _changes;
    private bool _isClosed;

    /// <summary>Begins to load one; returns at once.</summary>
    public void Begin(SupervisedUnit unit, UnitSpec spec)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _candidates.Add(unit.Id, null);
            _notBegun++;
        }

        _permits.Add(unit.BeginCandidate(spec, Began, (plugin, failure) => End(unit, new Candidate(plugin, failure))));
    }

    /// <summary>Waits until every load has ended, in slices in which <paramref name="goesOn"/> is asked. Loads that are open when no other has begun
    /// or ended for <paramref name="atMost"/> are abandoned.</summary>
    public IReadOnlyDictionary<string, Candidate?> Wait(TimeSpan atMost, TimeProvider clock, Func<bool> goesOn)
    {
        var slice = TimeSpan.FromMilliseconds(50);
        var started = clock.GetTimestamp();
        using (UninterruptibleLock.Enter(_gate))
        {
            var seen = _changes;
            while (_candidates.ContainsValue(null) && goesOn())
            {
                // Permits are taken back by themselves, so a load does not wait for one without an end.
                if (seen != _changes || _notBegun > 0) (seen, started) = (_changes, clock.GetTimestamp());
                if (clock.GetElapsedTime(started) >= atMost) break;
                UninterruptibleLock.Wait(_gate, slice);
            }

            _isClosed = true;
        }

        foreach (var permit in _permits) permit.GiveBack();
        return _candidates;
    }

    private void Began()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _notBegun--;
            _changes++;
        }
    }

    private void End(SupervisedUnit unit, Candidate candidate)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_isClosed)
            {
                _candidates[unit.Id] = candidate;
                _changes++;
                Monitor.PulseAll(_gate);
                return;
            }
        }

        if (candidate.Plugin is { } late) unit.Post(new DiscardCommand(late));
    }
}
