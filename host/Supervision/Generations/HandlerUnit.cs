using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>One configured handler: the same supervision, without a connection to keep.</summary>
internal sealed class HandlerUnit(string id, UnitSpec spec, UnitServices services, UnitMachine machine, ILogger log)
    : SupervisedUnit(id, spec, services, machine, log)
{
    private GuardedHandler? _handler;

    public override string Kind => "Handler";

    protected override PluginKind PluginKind => PluginKind.Handler;

    protected override IGuardedInstance Create(LoadedPlugin plugin, int generation, ICallSink created)
    {
        var (log, dataDirectory) = Services.Host.OpenHandlerServices(Id, generation);
        var options = new GuardOptions(Id, Spec.ConcurrentTurns, Spec.Timeouts, new UnitObserver(this, generation));
        var context = new GenerationHandlerContext(generation, Spec.Settings, log, plugin.Folder, dataDirectory, Services.Clock, options);
        _handler = Services.Handlers.Create(plugin, context);
        _handler.BeginCreate(created);
        return _handler;
    }

    protected override void BeginStep(BeginStep step) => Post(new StepEnded(step.Generation, step.Step));

    protected override void OnAttach(int generation, LoadedPlugin plugin) => Services.Host.HandlerAttached(Id, _handler!);

    protected override void OnRetire()
    {
    }

    protected override void OnDetach(int generation)
    {
        _handler = null;
        Services.Host.HandlerDetached(Id, generation);
    }

    protected override void OnDrained(int generation) => Services.Host.HandlerDrained(Id, generation);

    protected override void OnLeave() => Services.Host.HandlerLeft(Id);
}
