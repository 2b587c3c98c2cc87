using System.Collections.Concurrent;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Units;

/// <summary>Every adapter and handler that is configured, by id. What is no longer configured stays in it, marked as leaving, until a reload after its end, and can come back.</summary>
internal sealed class UnitRegistry(
    UnitServices services, AdapterRole adapters, HandlerRole handlers, MessageStore store, ILogger<Supervisor> log) : IAdapterUnits
{
    private readonly ConcurrentDictionary<string, SupervisedUnit> _units = new(StringComparer.Ordinal);

    /// <summary>The unit of that id; null: it is not configured.</summary>
    public SupervisedUnit? Find(string id) => _units.GetValueOrDefault(id) is { IsLeaving: false } unit ? unit : null;

    /// <summary>True while something is left of a unit, configured or not. Any thread.</summary>
    public bool IsLeft(string id) => _units.TryGetValue(id, out var unit) && !unit.IsForgotten;

    /// <summary>Every unit that is configured.</summary>
    public IReadOnlyList<SupervisedUnit> Present => [.. _units.Values.Where(static unit => !unit.IsLeaving)];

    /// <summary>The unit of that id, a new one if there has been none. The supervisor does not know it before it is configured.</summary>
    /// <param name="wanted">As it is configured.</param>
    /// <param name="rest">Why a new one is disabled from the start.</param>
    public SupervisedUnit FindOrMake(WantedUnit wanted, DisabledReason? rest = null) => _units.GetOrAdd(
        wanted.Id, _ => new(wanted.Id, wanted.IsAdapter ? adapters : handlers, ConfigurationOf(wanted), services, log, rest));

    /// <summary>Lets go of those that have left and of which nothing is left. Only who makes units: one that is found afterwards stays.</summary>
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
