using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>One configured adapter id.</summary>
internal sealed class AdapterUnit(string id, UnitSpec spec, UnitServices services, UnitMachine machine, ILogger log)
    : SupervisedUnit(id, spec, services, machine, log)
{
    private GuardedAdapter? _adapter;
    private GenerationFence? _fence;
    private ActivityTrackingInbox? _inbox;
    private ProbeRounds? _probes;
    private WorkerHandle? _worker;

    public override string Kind => "Adapter";

    public override string? HealthMessage => base.HealthMessage ?? _probes?.HealthMessage;

    public override ProofsOfLife? Proofs => _probes?.Proofs;

    public override int WorkerId => _worker?.ProcessId ?? 0;

    protected override PluginKind PluginKind => PluginKind.Adapter;

    /// <summary>Asks for a sign of life when it is time. While the pool is starved the answer would say nothing of the adapter.</summary>
    public override void OnTick(DateTimeOffset now)
    {
        if (_adapter is not { } adapter || _probes is not { } probes) return;
        if (_inbox?.LastInboundUtc is { } heard) probes.Handle(heard);
        var pool = Services.Guard.Watch.Pool;
        if (probes.IsOpen && pool.IsTrusted && ProbeRounds.Stuck(adapter.Abandoned().Count(static call => call.Operation == Operation.Probe)) is { } stuck) Post(new GenerationFailed(State.Generation, stuck));
        if (!probes.IsDue(now) || pool.IsStarved) return;
        probes.Ask();
        var generation = State.Generation;
        var sink = new PostingSink(call => Post(new ProbeEnded(generation, ProbeOutcome.Of(call, pool.IsTrusted))));
        adapter.Post(adapter.Capabilities.HasFlag(AdapterCapabilities.Probe) ? new ProbeCall(sink) : new PingCall(sink));
    }

    public override void Handle(ProbeEnded probeEnded)
    {
        if (_probes is not { } probes || !UnitMachine.IsCurrent(State, probeEnded.Generation)) return;
        var cause = probes.Take(probeEnded.Answer, Services.Steady.Now);
        if (probeEnded.Answer.Failure is { } failure) Logger.ProbeFailed(Kind, Id, probeEnded.Generation, probes.Failures, ProbeRounds.MaxFailures, failure);
        if (cause is not null) Post(new GenerationFailed(probeEnded.Generation, cause));
    }

    protected override IGuardedInstance Create(LoadedPlugin plugin, int generation, ICallSink created)
    {
        var traits = plugin.Manifest.Adapter!.Traits;
        _fence = new GenerationFence();
        var services = Services.Host.OpenAdapterServices(Id, generation, traits, _fence);
        _inbox = new ActivityTrackingInbox(services.Inbox, Services.Steady);
        _worker = plugin.IsIsolated ? new WorkerHandle(Spec.Worker) : null;
        var options = new GuardOptions(Id, traits.ConcurrentSends, Spec.Timeouts, new UnitObserver(this, generation)) { Worker = _worker };
        var context = new GenerationContext(
            Id, generation, Spec.Settings, services with { Inbox = _inbox }, plugin.Folder, Services.Clock, _fence, options,
            fault => Post(new GenerationFailed(generation, FailureMapping.Of(fault))),
            latest => Post(new HealthReported(generation, latest)));
        _adapter = Services.Adapters.Create(plugin, context);
        _adapter.BeginCreate(created);
        return _adapter;
    }

    protected override void BeginStep(BeginStep step)
    {
        if (step.Step == UnitStep.Claim)
        {
            BeginClaim(step.Generation);
            return;
        }

        var sink = StepSink(step.Generation, step.Step);
        if (step.Step == UnitStep.Connect) _adapter!.BeginConnect(step.Connect!, sink);
        else if (_adapter!.Capabilities.HasFlag(AdapterCapabilities.ValidateSettings)) _adapter.BeginValidate(sink);
        else Post(new StepEnded(step.Generation, step.Step));
    }

    protected override void OnAttach(int generation, LoadedPlugin plugin)
    {
        Services.Host.AdapterAttached(Id, _adapter!, plugin.Manifest.Adapter!.Traits, Spec.Outbox);
        var canBeProbed = _adapter!.Capabilities.HasFlag(AdapterCapabilities.Probe) || _adapter.IsIsolated;
        _probes = new ProbeRounds(canBeProbed ? Spec.ProbeIdleAfter : TimeSpan.Zero, Services.Steady.Now);
        _adapter.BeginRun(new PostingSink(call => Post(new GenerationFailed(generation, FailureMapping.OfRun(call)))));
    }

    /// <summary>What the adapter held goes back when nothing of it can use it any more.</summary>
    protected override void OnDisabled()
    {
        if (Services.Host.ReclaimCredential(Id) is { } held) BeginWork(Operation.Claim, () => Freed(held), null);
    }

    protected override void OnRetire()
    {
        _fence?.Retire();
        _probes = null;
    }

    protected override void OnDetach(int generation)
    {
        _adapter = null;
        Services.Host.AdapterDetached(Id, generation);
    }

    protected override void OnDrained(int generation)
    {
    }

    protected override void OnLeave() => Services.Host.AdapterLeft(Id);

    private static object Freed(IDisposable held)
    {
        held.Dispose();
        return held;
    }

    private void BeginClaim(int generation)
    {
        if (Plugin is not { } plugin)
        {
            Post(new StepEnded(generation, UnitStep.Claim, Discarded));
            return;
        }

        var (declared, settings) = (plugin.Manifest.Adapter!, Spec.Settings);
        var sink = new PostingSink(call => Post(new StepEnded(generation, UnitStep.Claim, ((WorkCall<CredentialClaim>)call).Value is { } claim ? claim.Failure : FailureMapping.Of(call))));
        BeginWork(Operation.Claim, () => Services.Host.ClaimCredential(Id, declared, settings), sink);
    }
}
