using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>One configured adapter id.</summary>
internal sealed class AdapterUnit(string id, UnitSpec spec, UnitServices services, UnitMachine machine, ILogger log)
    : SupervisedUnit(id, spec, services, machine, log)
{
    private GuardedAdapter? _adapter;
    private GenerationFence? _fence;
    private InboxEar? _ear;
    private ProbeRounds? _probes;
    private Leash? _leash;

    public override string Kind => "Adapter";

    public override string? Complaint => base.Complaint ?? _probes?.Complaint;

    public override ProofsOfLife? Proofs => _probes?.Proofs;

    public override int WorkerId => _leash?.ProcessId ?? 0;

    protected override PluginKind PluginKind => PluginKind.Adapter;

    /// <summary>Asks for a sign of life when it is time. While the pool is starved the answer would say nothing of the adapter.</summary>
    public override void LookAfter(DateTimeOffset now)
    {
        if (_adapter is not { } adapter || _probes is not { } probes) return;
        if (_ear?.Heard is { } heard) probes.Hear(heard);
        var pool = Services.Guard.Watch.Pool;
        if (probes.IsOpen && pool.IsTrusted && ProbeRounds.Stuck(adapter.Abandoned().Count(static call => call.Operation == Operation.Probe)) is { } stuck) Post(new Broke(State.Generation, stuck));
        if (!probes.IsDue(now) || pool.IsStarved) return;
        probes.Ask();
        var generation = State.Generation;
        var sink = new PostingSink(call => Post(new Probed(generation, ProbeAnswer.Of(call, pool.IsTrusted))));
        adapter.Post(adapter.Has<IProbe>() ? new ProbeCall(sink) : new PingCall(sink));
    }

    public override void Hear(Probed probed)
    {
        if (_probes is not { } probes || !UnitMachine.IsCurrent(State, probed.Generation)) return;
        var trouble = probes.Take(probed.Answer, Services.Steady.Now);
        if (probed.Answer.Failure is { } failure) Logger.ProbeFailed(Kind, Id, probed.Generation, probes.Failures, ProbeRounds.MaxFailures, failure);
        if (trouble is not null) Post(new Broke(probed.Generation, trouble));
    }

    protected override IGuardedInstance Create(LoadedPlugin plugin, int generation, ICallSink created)
    {
        var traits = plugin.Manifest.Adapter!.Traits;
        _fence = new GenerationFence();
        var doors = Services.Surroundings.OpenDoors(Id, generation, traits, _fence);
        _ear = new InboxEar(doors.Inbox, Services.Steady);
        _leash = plugin.IsElsewhere ? new Leash(Spec.Worker) : null;
        var terms = new GuardTerms(Id, traits.ConcurrentSends, Spec.Timeouts, new UnitObserver(this, generation)) { Leash = _leash };
        var context = new GenerationContext(
            Id, generation, Spec.Settings, doors with { Inbox = _ear }, plugin.Folder, Services.Clock, _fence, terms,
            fault => Post(new Broke(generation, Troubles.Of(fault))),
            latest => Post(new HealthReported(generation, latest)));
        _adapter = Services.Adapters.Create(plugin, context) as GuardedAdapter
            ?? throw new InvalidOperationException("The adapter factory is not decorated by the guard.");
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
        else if (_adapter!.Has<IValidateSettings>()) _adapter.BeginValidate(sink);
        else Post(new StepEnded(step.Generation, step.Step));
    }

    protected override void OnAttach(int generation, LoadedPlugin plugin)
    {
        Services.Surroundings.AdapterAttached(Id, _adapter!, plugin.Manifest.Adapter!.Traits, Spec.Outbox);
        _probes = new ProbeRounds(_adapter!.Has<IProbe>() || _adapter.IsElsewhere ? Spec.ProbeIdleAfter : TimeSpan.Zero, Services.Steady.Now);
        _adapter.BeginRun(new PostingSink(call => Post(new Broke(generation, Troubles.OfRun(call)))));
    }

    /// <summary>What the adapter held goes back when nothing of it can use it any more.</summary>
    protected override void OnRest()
    {
        if (Services.Surroundings.TakeBackCredential(Id) is { } held) BeginWork(Operation.Claim, () => Freed(held), null);
    }

    protected override void OnRetire()
    {
        _fence?.Retire();
        _probes = null;
    }

    protected override void OnDetach(int generation)
    {
        _adapter = null;
        Services.Surroundings.AdapterDetached(Id, generation);
    }

    protected override void OnDrained(int generation)
    {
    }

    protected override void OnLeave() => Services.Surroundings.AdapterLeft(Id);

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
        var sink = new PostingSink(call => Post(new StepEnded(generation, UnitStep.Claim, ((WorkCall<ClaimAnswer>)call).Value is { } answer ? answer.Trouble : Troubles.Of(call))));
        BeginWork(Operation.Claim, () => Services.Surroundings.ClaimCredential(Id, declared, settings), sink);
    }
}
