using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;

namespace PluginGateway.Supervision.Generations;

/// <summary>What all units share: the services behind them and the way back to the supervisor.</summary>
internal sealed record UnitServices(
    PluginLoader Loader, GuardingAdapterFactory Adapters, GuardingHandlerFactory Handlers, GuardServices Guard, IUnitHost Host, TimeProvider Clock,
    SteadyClock Steady, LoadThrottle Turns, Action<SupervisedUnit, UnitEvent> Post, string DataDirectory);
