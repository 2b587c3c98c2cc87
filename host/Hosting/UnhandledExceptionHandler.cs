using PluginGateway.Loading;
using PluginGateway.Posix;
using PluginGateway.Shutdown;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Units;

namespace PluginGateway.Hosting;

/// <summary>What follows from an exception that nobody catches and that <see cref="UnhandledExceptions"/> has contained.</summary>
internal sealed class UnhandledExceptionHandler(UnitRegistry registry, StopRequests requests, ILogger<UnhandledExceptionHandler> log)
{
    /// <summary>In nobody's code: a thread of the runtime or of the web server has ended, and with it something that only a new process has
    /// again.</summary>
    public void OnUnowned(string fault)
    {
        log.UnhandledInNobodysCode(fault);
        requests.Ask($"an unhandled exception in no plugin's code: {fault}", ExitCodes.Failed);
    }

    /// <summary>In code of this unit.</summary>
    public void OnUnhandled(string owner, string fault, FaultText? detail)
    {
        log.UnhandledInPlugin(owner, fault);
        if (registry.Find(owner) is not { } unit) return;
        var failure = new Failure("unhandled-exception", $"unhandled exception: {fault}", FreshContext: true);
        unit.Post(new GenerationFailed(unit.State.Generation, failure with { Detail = detail, Frame = detail?.Frame }));
    }
}
