using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>One configured handler: the same supervision, without a connection to keep.</summary>
internal sealed class HandlerUnit(string id, HandlerOptions options, UnitServices services, UnitMachine machine, ILogger log, DateTimeOffset now)
    : SupervisedUnit(id, options.Plugin, options.Sha256, options.Timeouts, services, machine, log, now)
{
    private GuardedHandler? _handler;

    public override string Kind => "Handler";

    protected override PluginKind PluginKind => PluginKind.Handler;

    protected override IGuardedInstance Create(LoadedPlugin plugin, int generation, ICallSink created)
    {
        var (log, dataDirectory) = Services.Surroundings.OpenHandlerDoors(Id, generation);
        var terms = new GuardTerms(Id, options.ConcurrentTurns, Timeouts, new UnitObserver(this, generation));
        var context = new GenerationHandlerContext(generation, options.Settings, log, plugin.Folder, dataDirectory, Services.Clock, terms);
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
}
