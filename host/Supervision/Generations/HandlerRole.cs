using PluginGateway.Configuration;
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
        var fence = new GenerationFence();
        var services = host.OpenHandlerServices(unit.Id, number, fence);
        var options = new GuardOptions(unit.Id, spec.ConcurrentTurns, spec.Timeouts, new UnitObserver(unit, number))
        {
            Worker = plugin.IsIsolated ? new WorkerHandle(spec.Worker) : null,
        };
        var context = new GenerationHandlerContext(
            number, ResolvedSettings.ForPlugin(spec.Settings), services, plugin.Folder, unit.Services.Clock, options);
        var handler = factory.Create(plugin, context);
        return new HandlerGeneration(unit, host, plugin, handler, new ConnectionHealth(unit, handler, null))
        {
            Fence = fence, Worker = options.Worker,
        };
    }

    public void Declare(string id, PluginManifest? manifest) => host.HandlerDeclared(id, manifest?.Handler);

    public void Leave(string id) => host.HandlerLeft(id);
}

/// <summary>Generation of a handler.</summary>
internal sealed class HandlerGeneration(
    SupervisedUnit unit, IUnitHost host, LoadedPlugin plugin, GuardedHandler handler, ConnectionHealth health) : IGeneration
{
    public int Number => handler.Generation;

    public LoadedPlugin Plugin => plugin;

    public IGuardedInstance Instance => handler;

    public required GenerationFence Fence { get; init; }

    public required WorkerHandle? Worker { get; init; }

    public ConnectionHealth Health => health;

    /// <summary>Begins a step. A step for which the handler has no interface ends at once.</summary>
    public void Begin(BeginStep step)
    {
        var sink = unit.StepSink(step);
        if (step.Step == UnitStep.Create) handler.BeginCreate(sink);
        else if (step.Step == UnitStep.Validate && handler.Capabilities.HasFlag(HandlerCapabilities.ValidateSettings)) handler.BeginValidate(sink);
        else if (step.Step == UnitStep.Connect && handler.Capabilities.HasFlag(HandlerCapabilities.Start)) handler.BeginStart(sink);
        else unit.Post(new StepEnded(step.Generation, step.Step));
    }

    public void Attach(ConnectionInfo connection)
    {
        host.HandlerAttached(unit.Id, handler, plugin.Manifest.Handler ?? new HandlerDeclaration("", "", new HandlerTraits()));
        health.Begin(unit.Spec.ProbeIdleAfter);
    }

    public void Retire() => health.End();

    public void Detach() => host.HandlerDetached(unit.Id, Number);

    public void EndDrain() => host.HandlerDrained(unit.Id, Number);

    /// <summary>Closes the context, which the turns have used until now.</summary>
    public void Close() => Fence.Retire();
}
