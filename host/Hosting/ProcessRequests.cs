using PluginGateway.Reloading;
using PluginGateway.Shutdown;

namespace PluginGateway.Hosting;

/// <summary>What may be asked of the process: to end, watched over by the watchdog, and to reload.</summary>
internal sealed record ProcessRequests(StopRequests Stops, ShutdownWatchdog Watchdog, ReloadQueue Reloads);
