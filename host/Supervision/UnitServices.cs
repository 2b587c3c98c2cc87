using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Threads;

namespace PluginGateway.Supervision;

/// <summary>What all units share: the services behind them and the way back to the supervisor.</summary>
internal sealed record UnitServices(
    PluginLoader Loader, IAdapterFactory Adapters, IHandlerFactory Handlers, GuardServices Guard, IUnitSurroundings Surroundings, TimeProvider Clock, SteadyClock Steady, LoadTurns Turns,
    Action<SupervisedUnit, UnitEvent> Post, string DataDirectory);
