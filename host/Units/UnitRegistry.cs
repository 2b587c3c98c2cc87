using System.Collections.Concurrent;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Units;

/// <summary>Registry of every configured adapter and handler, by id. A unit that is no longer configured stays in it, marked as leaving, until a
/// reload after its end, and can come back.</summary>
internal sealed class UnitRegistry(
    UnitServices services, AdapterRole adapters, HandlerRole handlers, MessageStore store, ILogger<Supervisor> log) : IAdapterUnits
{
    private readonly ConcurrentDictionary<string, SupervisedUnit> _units = new(StringComparer.Ordinal);

    /// <summary>Returns the unit of an id; null when it is not configured.</summary>
    public SupervisedUnit? Find(string id) => _units.GetValueOrDefault(id) is { IsLeaving: false } unit ? unit : null;

    /// <summary>Returns true while something is left of a unit, configured or not. Any thread.</summary>
    public bool IsLeft(string id) => _units.TryGetValue(id, out var unit) && !unit.IsForgotten;

    /// <summary>All configured units.</summary>
    public IReadOnlyList<SupervisedUnit> Present => [.. _units.Values.Where(static unit => !unit.IsLeaving)];

    /// <summary>Returns the unit of an id; creates it if there has been none. The supervisor does not know a unit before it is configured.</summary>
    /// <param name="wanted">The unit as configured.</param>
    /// <param name="rest">Reason for which a new unit is disabled from the start.</param>
    public SupervisedUnit FindOrMake(WantedUnit wanted, DisabledReason? rest = null) => _units.GetOrAdd(
        wanted.Id, _ => new(wanted.Id, wanted.IsAdapter ? adapters : handlers, ConfigurationOf(wanted), services, log, rest));

    /// <summary>Removes units that have left and of which nothing is left. Only for the caller that creates units: a unit that is found afterwards
    /// stays.</summary>
    public void Forget()
    {
        foreach (var (id, unit) in _units)
        {
            if (unit.IsForgotten) _units.TryRemove(KeyValuePair.Create(id, unit));
        }
    }

    public UnitConfiguration ConfigurationOf(WantedUnit wanted)
    {
        var id = wanted.Id;
#pragma warning disable CA5394 // Jitter needs no secrecy.
        var backoff = new BackoffPolicy(wanted.Terms.Reconnect, Random.Shared);
#pragma warning restore CA5394
        return new(wanted.Spec, new UnitMachine(wanted.Terms, backoff, () => store.NextGeneration(id)));
    }

    public UnitState? StateOf(string id) => Find(id)?.State;

    public void Post(string id, UnitEvent happened) => _units[id].Post(happened);
}
