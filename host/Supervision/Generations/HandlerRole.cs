using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>Role of handlers: turns to answer, and no connection to keep.</summary>
internal sealed class HandlerRole(GuardingHandlerFactory factory, IUnitHost host) : IUnitRole
{
    public PluginKind Kind => PluginKind.Handler;

    public IGeneration Create(SupervisedUnit unit, LoadedPlugin plugin, int number)
    {
        var spec = unit.Spec;
        var (log, dataDirectory) = host.OpenHandlerServices(unit.Id, number);
        var options = new GuardOptions(unit.Id, spec.ConcurrentTurns, spec.Timeouts, new UnitObserver(unit, number));
        var context = new GenerationHandlerContext(number, spec.Settings, log, plugin.Folder, dataDirectory, unit.Services.Clock, options);
        var handler = factory.Create(plugin, context);
        return new HandlerGeneration(unit, host, plugin, handler);
    }

    public void Leave(string id) => host.HandlerLeft(id);
}

/// <summary>Generation of a handler.</summary>
internal sealed class HandlerGeneration(SupervisedUnit unit, IUnitHost host, LoadedPlugin plugin, GuardedHandler handler) : IGeneration
{
    public int Number => handler.Generation;

    public LoadedPlugin Plugin => plugin;

    public IGuardedInstance Instance => handler;

    /// <summary>Begins a step. Only the creation calls the handler; the other steps end at once.</summary>
    public void Begin(BeginStep step)
    {
        if (step.Step == UnitStep.Create) handler.BeginCreate(unit.StepSink(step));
        else unit.Post(new StepEnded(step.Generation, step.Step));
    }

    public void Attach() => host.HandlerAttached(unit.Id, handler, plugin.Manifest.Handler?.Events ?? EventKinds.None);

    public void Retire()
    {
    }

    public void Detach() => host.HandlerDetached(unit.Id, Number);

    public void EndDrain() => host.HandlerDrained(unit.Id, Number);
}
