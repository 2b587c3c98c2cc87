using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>One configured handler: the same supervision, without a connection to keep.</summary>
internal sealed class HandlerUnit(string id, UnitSpec spec, UnitServices services, UnitMachine machine, ILogger log)
    : SupervisedUnit(id, spec, services, machine, log)
{
    private GuardedHandler? _handler;

    public override string Kind => "Handler";

    protected override PluginKind PluginKind => PluginKind.Handler;

    protected override IGuardedInstance Create(LoadedPlugin plugin, int generation, ICallSink created)
    {
        var (log, dataDirectory) = Services.Surroundings.OpenHandlerDoors(Id, generation);
        var terms = new GuardTerms(Id, Spec.ConcurrentTurns, Spec.Timeouts, new UnitObserver(this, generation));
        var context = new GenerationHandlerContext(generation, Spec.Settings, log, plugin.Folder, dataDirectory, Services.Clock, terms);
        _handler = Services.Handlers.Create(plugin, context) as GuardedHandler
            ?? throw new InvalidOperationException("The handler factory is not decorated by the guard.");
        _handler.BeginCreate(created);
        return _handler;
    }

    protected override void BeginStep(BeginStep step) => Post(new StepEnded(step.Generation, step.Step));

    protected override void OnAttach(int generation, LoadedPlugin plugin) => Services.Surroundings.HandlerAttached(Id, _handler!);

    protected override void OnRetire()
    {
    }

    protected override void OnDetach(int generation)
    {
        _handler = null;
        Services.Surroundings.HandlerDetached(Id, generation);
    }

    protected override void OnDrained(int generation) => Services.Surroundings.HandlerDrained(Id, generation);

    protected override void OnLeave() => Services.Surroundings.HandlerLeft(Id);
}
