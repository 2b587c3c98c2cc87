using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision.Generations;

/// <summary>Services shared by all units.</summary>
/// <param name="Supervisor">The supervisor of the units, with the permits to load and the steady clock.</param>
/// <param name="Guard">Runs calls that could block, with deadlines.</param>
/// <param name="Loader">Loads their plugins.</param>
/// <param name="Clock">The clock.</param>
/// <param name="DataDirectory">The data directory, in which plugins are staged.</param>
internal sealed record UnitServices(Supervisor Supervisor, GuardServices Guard, PluginLoader Loader, TimeProvider Clock, string DataDirectory);
