using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision.Generations;

/// <summary>What all units share.</summary>
/// <param name="Supervisor">Whose loop they are on; it has the permits to load, and their time.</param>
/// <param name="Guard">Bounds what could block.</param>
/// <param name="Loader">Loads their plugins.</param>
/// <param name="Clock">The clock.</param>
/// <param name="DataDirectory">Where plugins are staged.</param>
internal sealed record UnitServices(Supervisor Supervisor, GuardServices Guard, PluginLoader Loader, TimeProvider Clock, string DataDirectory);
