using PluginGateway.Reloading;
using PluginGateway.Shutdown;

namespace PluginGateway.Hosting;

/// <summary>Stop and reload requests to the process, and the watchdog of the stop.</summary>
internal sealed record ProcessRequests(StopRequests Stops, ShutdownWatchdog Watchdog, ReloadQueue Reloads);
