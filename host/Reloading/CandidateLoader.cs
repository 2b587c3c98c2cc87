using PluginGateway.Supervision.Machine;
using PluginGateway.Units;

namespace PluginGateway.Reloading;

/// <summary>Loader of the candidates that are to replace running units, before any unit is changed. Only the reload thread.</summary>
internal sealed class CandidateLoader(UnitRegistry registry, TimeProvider clock)
{
    /// <summary>A load that has ended is noticed that soon.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(5);

    /// <summary>Loads the candidate of each unit that is to be replaced, and returns them by id; null: none in time.</summary>
    public IReadOnlyDictionary<string, Candidate?> Load(IReadOnlyList<PlannedUnit> plan, Func<bool> goesOn)
    {
        var loads = new CandidateLoads();
        var longest = TimeSpan.Zero;
        foreach (var swap in plan.Where(static unit => unit.Move == UnitMove.Swap))
        {
            var spec = swap.Wanted!.Spec;
            loads.Begin(registry.Find(swap.Id)!, spec);
            if (ReloadSettlement.Bounded(spec.Timeouts.Load) is var limit && limit > longest) longest = limit;
        }

        return loads.Wait(longest + Reserve, clock, goesOn);
    }

    /// <summary>Unloads the candidates of a reload that is not put in force.</summary>
    public void Discard(IReadOnlyDictionary<string, Candidate?> candidates)
    {
        foreach (var (id, candidate) in candidates)
        {
            if (candidate?.Plugin is { } plugin) registry.Post(id, new DiscardCommand(plugin));
        }
    }
}
