using PluginGateway.Loading;
using PluginGateway.Posix;
using PluginGateway.Shutdown;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Units;

namespace PluginGateway.Hosting;

/// <summary>Handler of unhandled exceptions that <see cref="UnhandledExceptions"/> has contained.</summary>
internal sealed class UnhandledExceptionHandler(UnitRegistry registry, StopRequests requests, ILogger<UnhandledExceptionHandler> log)
{
    /// <summary>Ends the gateway after an exception outside plugin code: a thread of the runtime or of the web server has ended, which only a new
    /// process has again.</summary>
    public void OnUnowned(string fault)
    {
        log.UnhandledInNobodysCode(fault);
        requests.Ask($"an unhandled exception in no plugin's code: {fault}", ExitCodes.Failed);
    }

    /// <summary>Reports an exception in a unit's code to the unit's supervision.</summary>
    public void OnUnhandled(string owner, string fault, FaultText? detail)
    {
        log.UnhandledInPlugin(owner, fault);
        if (registry.Find(owner) is not { } unit) return;
        var failure = new Failure("unhandled-exception", $"unhandled exception: {fault}", FreshContext: true);
        unit.Post(new GenerationFailed(unit.State.Generation, failure with { Detail = detail, Frame = detail?.Frame }));
    }
}
