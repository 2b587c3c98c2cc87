using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using PluginGateway.Cli;
using PluginGateway.Cli.Checks;
using PluginGateway.Configuration.Files;
using PluginGateway.Hosting;
using PluginGateway.Instance;
using PluginGateway.Isolation.Worker;
using PluginGateway.Posix;

// Whatever an image or a unit says of the runtime's globalization: what plugins write into calls of their platforms depends on no locale.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
if (WorkerRun.RunIfWorker(args) is { } ended) return ended;
if (OperatingSystem.IsWindows())
{
    Terminal.Of(Descriptor.StandardError).WriteLine("plugin-gateway runs on Linux (macOS: best effort), not on Windows: use WSL or a container.");
    return ExitCodes.Configuration;
}

// A failed Trace.Assert in a plugin would end the process through the default listener.
Trace.Listeners.Clear();

// Once, before any plugin can run: an exception that nobody catches names its plugin and does not take the others down.
ExceptionHandling.SetUnhandledExceptionHandler(UnhandledExceptions.IsContained);
var wiring = new CommandWiring(
    static options => GatewayRunner.Run(options.ForRun()),
    GatewayCheck.Run,
    PluginInventory.All,
    PluginInventory.Inspect,
    static options => ConfigurationFile.Load(
        ConfigurationRequest.OfProcess(options.Config, options.Data) with { LenientSecrets = true }).Configuration?.Gateway.DataDirectory,
    Terminal.Of(Descriptor.StandardOutput),
    Terminal.Of(Descriptor.StandardError),
    TimeProvider.System);
var exitCode = CommandLine.Invoke(args, wiring);

// Everything is written. A plugin that was asked about its settings may have left something that hangs in the runtime's own end.
ProcessExit.Now(exitCode);
return exitCode;
