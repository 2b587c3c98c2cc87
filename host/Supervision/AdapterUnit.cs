using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>One configured adapter id.</summary>
internal sealed class AdapterUnit(AdapterOptions options, UnitServices services, UnitMachine machine, ILogger log, DateTimeOffset now)
    : SupervisedUnit(options.Id, options.Plugin, options.Sha256, options.Timeouts, services, machine, log, now)
{
    private GuardedAdapter? _adapter;
    private GenerationFence? _fence;

    public override string Kind => "Adapter";

    protected override PluginKind PluginKind => PluginKind.Adapter;

    protected override IGuardedInstance Create(LoadedPlugin plugin, int generation, ICallSink created)
    {
        var traits = plugin.Manifest.Adapter!.Traits;
        _fence = new GenerationFence();
        var doors = Services.Surroundings.OpenDoors(Id, generation, traits, _fence);
        var terms = new GuardTerms(Id, traits.ConcurrentSends, Timeouts, new UnitObserver(this, generation));
        var context = new GenerationContext(
            Id, generation, options.Settings, doors, plugin.Folder, Services.Clock, _fence, terms,
            fault => Post(new Broke(generation, Troubles.Of(fault))),
            health => Post(new HealthReported(generation, health)));
        _adapter = Services.Adapters.Create(plugin, context) as GuardedAdapter
            ?? throw new InvalidOperationException("The adapter factory is not decorated by the guard.");
        _adapter.BeginCreate(created);
        return _adapter;
    }

    protected override void BeginStep(BeginStep step)
    {
        var sink = StepSink(step.Generation, step.Step);
        if (step.Step == UnitStep.Connect) _adapter!.BeginConnect(step.Connect!, sink);
        else if (_adapter!.Has<IValidateSettings>()) _adapter.BeginValidate(sink);
        else Post(new StepEnded(step.Generation, step.Step));
    }

    protected override void OnAttach(int generation, LoadedPlugin plugin)
    {
        Services.Surroundings.AdapterAttached(Id, _adapter!, plugin.Manifest.Adapter!.Traits, options.Outbox);
        _adapter!.BeginRun(new PostingSink(call => Post(new Broke(generation, Troubles.OfRun(call)))));
    }

    protected override void OnRetire() => _fence?.Retire();

    protected override void OnDetach(int generation)
    {
        _adapter = null;
        Services.Surroundings.AdapterDetached(Id, generation);
    }
}
