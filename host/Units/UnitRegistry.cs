using System.Collections.Concurrent;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Units;

/// <summary>Every adapter and handler that is configured, by id. What is no longer configured stays in it, marked as leaving, until a reload after its end, and can come back.</summary>
internal sealed class UnitRegistry(
    GatewayOptions options, GuardServices guard, Supervisor supervisor, PluginLoader loader, GuardingAdapterFactory adapters,
    GuardingHandlerFactory handlers, IUnitHost host, MessageStore store, TimeProvider clock, ILoggerFactory logs)
    : IAdapterUnits
{
    private readonly ConcurrentDictionary<string, SupervisedUnit> _units = new(StringComparer.Ordinal);
    private readonly UnitServices _services = new(loader, adapters, handlers, guard, host, clock, supervisor.Steady, supervisor.Turns, supervisor.Post, options.DataDirectory);

    /// <summary>The unit of that id; null: it is not configured.</summary>
    public SupervisedUnit? Find(string id) => _units.GetValueOrDefault(id) is { IsLeaving: false } unit ? unit : null;

    /// <summary>True while something is left of a unit, configured or not. Any thread.</summary>
    public bool IsLeft(string id) => _units.TryGetValue(id, out var unit) && !unit.IsForgotten;

    /// <summary>Every unit that is configured.</summary>
    public IReadOnlyList<SupervisedUnit> Present => [.. _units.Values.Where(static unit => !unit.IsLeaving)];

    /// <summary>The unit of that id, a new one if there has been none. The supervisor does not know it yet.</summary>
    public SupervisedUnit FindOrMake(WantedUnit wanted) => _units.GetOrAdd(wanted.Id, _ => Make(wanted));

    /// <summary>Lets go of those that have left and of which nothing is left. Only who makes units: one that is found afterwards stays.</summary>
    public void Forget()
    {
        foreach (var (id, unit) in _units)
        {
            if (unit.IsForgotten) _units.TryRemove(KeyValuePair.Create(id, unit));
        }
    }

    public UnitMachine MachineOf(WantedUnit wanted)
    {
        var id = wanted.Id;
#pragma warning disable CA5394 // Jitter needs no secrecy.
        return new UnitMachine(wanted.Terms, new BackoffPolicy(wanted.Terms.Reconnect, Random.Shared), () => store.NextGeneration(id));
#pragma warning restore CA5394
    }

    public UnitState? StateOf(string id) => Find(id)?.State;

    public void Post(string id, UnitEvent happened) => _units[id].Post(happened);

    private SupervisedUnit Make(WantedUnit wanted)
    {
        var log = logs.CreateLogger<Supervisor>();
        return wanted.IsAdapter
            ? new AdapterUnit(wanted.Id, wanted.Spec, _services, MachineOf(wanted), log)
            : new HandlerUnit(wanted.Id, wanted.Spec, _services, MachineOf(wanted), log);
    }
}
