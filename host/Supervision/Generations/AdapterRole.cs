using System.Text.Json;
using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>Role of adapters: a connection to keep, perhaps a worker, perhaps a credential that allows one session.</summary>
internal sealed class AdapterRole(GuardingAdapterFactory factory, IUnitHost host) : IUnitRole
{
    public PluginKind Kind => PluginKind.Adapter;

    public IGeneration Create(SupervisedUnit unit, LoadedPlugin plugin, int number)
    {
        var (spec, steady) = (unit.Spec, unit.Services.Supervisor.Steady);
        var traits = plugin.Manifest.Adapter!.Traits;
        var fence = new GenerationFence();
        var services = host.OpenAdapterServices(unit.Id, number, traits, fence);
        var inbox = new ActivityTrackingInbox(services.Inbox, steady);
        var options = new GuardOptions(unit.Id, traits.ConcurrentSends, spec.Timeouts, new UnitObserver(unit, number))
        {
            Worker = plugin.IsIsolated ? new WorkerHandle(spec.Worker) : null,
        };
        var reports = new GenerationReports(
            fence,
            fault => unit.Post(new GenerationFailed(number, FailureMapping.Of(fault))),
            latest => unit.Post(new HealthReported(number, latest)));
        var context = new GenerationContext(
            number, ResolvedSettings.ForPlugin(spec.Settings), services with { Inbox = inbox }, plugin.Folder, unit.Services.Clock, options, reports);
        var adapter = factory.Create(plugin, context);
        var health = new ConnectionHealth(unit, adapter, inbox);
        return new AdapterGeneration(unit, host, plugin, adapter, health) { Fence = fence, Worker = options.Worker };
    }

    public CredentialClaim Claim(string id, PluginManifest manifest, JsonElement settings) => host.ClaimCredential(id, manifest.Adapter!, settings);

    public IDisposable? Reclaim(string id) => host.ReclaimCredential(id);

    public void Leave(string id) => host.AdapterLeft(id);
}

/// <summary>Generation of an adapter.</summary>
internal sealed class AdapterGeneration(
    SupervisedUnit unit, IUnitHost host, LoadedPlugin plugin, GuardedAdapter adapter, ConnectionHealth health) : IGeneration
{
    public int Number => adapter.Generation;

    public LoadedPlugin Plugin => plugin;

    public IGuardedInstance Instance => adapter;

    public required GenerationFence Fence { get; init; }

    public required WorkerHandle? Worker { get; init; }

    public ConnectionHealth Health => health;

    public void Begin(BeginStep step)
    {
        var sink = unit.StepSink(step);
        if (step.Step == UnitStep.Create) adapter.BeginCreate(sink);
        else if (step.Step == UnitStep.Connect) adapter.BeginConnect(step.Connect!, sink);
        else if (adapter.Capabilities.HasFlag(AdapterCapabilities.ValidateSettings)) adapter.BeginValidate(sink);
        else unit.Post(new StepEnded(step.Generation, step.Step));
    }

    public void Attach(ConnectionInfo connection)
    {
        host.AdapterAttached(unit.Id, adapter, plugin.Manifest.Adapter!.Traits.With(connection), unit.Spec.Outbox);
        health.Begin(unit.Spec.ProbeIdleAfter);
        host.RecallAccount(unit.Id, connection, before => unit.Post(new AccountRecalled(before, connection)));
        adapter.BeginRun(new PostingSink(call => unit.Post(new GenerationFailed(Number, FailureMapping.OfRun(call)))));
    }

    public void Retire()
    {
        Fence.Retire();
        health.End();
    }

    public void Detach() => host.AdapterDetached(unit.Id, Number);

    public void EndDrain()
    {
    }

    public void Close()
    {
    }
}
