using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>Adapter id or handler: its state, and the execution of the machine's effects. Only the supervisor's thread uses it; work that it starts
/// ends with an event.</summary>
internal sealed class SupervisedUnit
{
    private readonly IUnitRole _role;
    private readonly LifecycleCalls _work;
    private readonly UnitPlugins _plugins;
    private readonly UnitPreparation _preparation;
    private readonly RetiredGenerations _retired;
    private UnitConfiguration _configuration;
    private TimeSpan _teardownBound;
    private IGeneration? _generation;
    private WorkerHandle? _worker;
    private long _lateResults;
    private volatile bool _isForgotten;

    /// <param name="id">The adapter id, or <see cref="HandlerIds"/>.</param>
    /// <param name="role">Role of its kind.</param>
    /// <param name="configuration">Its configuration.</param>
    /// <param name="services">Services shared by all units.</param>
    /// <param name="log">Log of its calls.</param>
    /// <param name="rest">Reason why it is disabled from the start; null: it does not run yet.</param>
    public SupervisedUnit(string id, IUnitRole role, UnitConfiguration configuration, UnitServices services, ILogger log, DisabledReason? rest = null)
    {
        Id = id;
        _role = role;
        _configuration = configuration;
        _teardownBound = configuration.Spec.Timeouts.Disconnect;
        Services = services;
        Logger = log;
        State = UnitMachine.Initial(services.Supervisor.Steady.Now, rest);
        _retired = new RetiredGenerations(services.Clock);
        _work = new LifecycleCalls(id, services.Guard.Watch, services.Guard.Spawner, new UnitObserver(this, 0));
        _plugins = new UnitPlugins(id, role, _work, services);
        _preparation = new UnitPreparation(this, role, _work, _plugins);
        _work.Watch();
    }

    public string Id { get; }

    public string PluginName => Spec.Plugin;

    public bool IsAdapter => _role.Kind == PluginKind.Adapter;

    /// <summary>The word before the id in a log line.</summary>
    public string Kind => IsAdapter ? "Adapter" : "Handler";

    /// <summary>Specification of its next generation. Any thread may read it, and <see cref="State"/> and <see cref="Loaded"/>.</summary>
    public UnitSpec Spec => _configuration.Spec;

    public UnitMachine Machine => _configuration.Machine;

    /// <summary>Changed by <see cref="Step"/> alone, as the machine decides.</summary>
    public UnitState State { get; private set; }

    /// <summary>Fault of its connection while it is connected; null: none known.</summary>
    public string? HealthMessage => _generation?.Health?.Message;

    /// <summary>Last proofs of life of its connection; null while it has none.</summary>
    public ProofsOfLife? Proofs => _generation?.Health?.Proofs;

    /// <summary>Outcome of the last teardown, for the shutdown report.</summary>
    public TeardownOutcome? LastTeardown => _retired.LastTeardown;

    /// <summary>Earlier contexts that something of the plugin keeps in memory.</summary>
    public int UnloadsPending => _plugins.UnloadsPending;

    /// <summary>True when its code runs, or will run, in a process of its own.</summary>
    public bool IsIsolated => GetsProcess(Spec);

    /// <summary>Process id of the newest generation's worker; 0: none.</summary>
    public int WorkerId => _worker?.ProcessId ?? 0;

    /// <summary>True while others load before it.</summary>
    public bool AwaitsPermit => _plugins.AwaitsPermit;

    /// <summary>The plugin that is loaded for it; null while none is.</summary>
    public LoadedFrom? Loaded => _plugins.Loaded;

    /// <summary>Abandoned calls that came back after all.</summary>
    public long LateResults => Volatile.Read(ref _lateResults);

    /// <summary>Statistics of its calls.</summary>
    public CallStatistics Figures { get; } = new();

    /// <summary>Retired generations, and loads, with calls that have never come back.</summary>
    public int Zombies
    {
        get
        {
            List<AbandonedCall> loads = [];
            _work.AddAbandoned(loads, State.Generation);
            return loads.Count + _retired.Zombies;
        }
    }

    /// <summary>Reports of generations that had been retired.</summary>
    public long IgnoredReports { get; private set; }

    /// <summary>True when the unit is no longer configured; it is forgotten when its last generation and load have ended.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>False once it is no longer configured and its last generation and load have ended.</summary>
    public bool IsListed => !IsLeaving || State.TearingDown > 0 || _retired.Count + _plugins.Left > 0;

    /// <summary>True once it is no longer supervised. Any thread.</summary>
    public bool IsForgotten => _isForgotten;

    /// <summary>True while calls of a generation that is to be torn down may go on.</summary>
    public bool IsDraining => _retired.IsDraining;

    public ILogger Logger { get; }

    public UnitServices Services { get; }

    public void Post(UnitEvent happened) => Services.Supervisor.Post(this, happened);

    /// <summary>Returns a sink that posts the end of a step as an event.</summary>
    public ICallSink StepSink(BeginStep step) => new PostingSink(call => Post(FailureMapping.Ended(step, call)));

    /// <summary>Takes an event about a loaded plugin or about its connection. False: the event is for the machine.</summary>
    public bool Take(UnitEvent happened)
    {
        switch (happened)
        {
            case PluginArrived arrived:
                _plugins.Take(arrived.Plugin, isWanted: !IsLeaving && arrived.Spec.MakesTheSameAs(Spec));
                return true;
            case HealthReported report:
                var said = report.Latest();
                if (UnitMachine.IsCurrent(State, report.Generation)) _generation?.Health?.Take(said);
                return true;
            case ProbeEnded probe:
                if (UnitMachine.IsCurrent(State, probe.Generation)) _generation?.Health?.Take(probe.Answer);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Lets the machine decide. The caller has the returned effects executed.</summary>
    public IReadOnlyList<UnitEffect> Step(UnitEvent happened, DateTimeOffset now)
    {
        if (happened is StopUnitCommand stop) Hurry(stop.Bound);
        var before = State with { Zombies = Zombies };
        if (happened is GenerationFailed failed && !UnitMachine.IsCurrent(before, failed.Generation)) IgnoredReports++;
        (State, var effects) = Machine.Step(before, happened, now);
        if (State.Phase != UnitPhase.Loading) _plugins.ReleasePermit();
        return effects;
    }

    public void Execute(UnitEffect effect)
    {
        switch (effect)
        {
            case BeginStep step:
                Begin(step);
                break;
            case Attach attach:
                _generation!.Attach(attach.Connection);
                break;
            case Retire:
                _generation?.Retire();
                break;
            case Detach:
                _generation?.Instance.Retire();
                _generation?.Detach();
                break;
            case TearDown tearDown:
                Begin(tearDown);
                break;
            case Adopt adopt:
                Adopt(adopt.Wanted);
                break;
            case Renew renew:
                _plugins.Renew(renew.Candidate);
                break;
            case Discard discard:
                _plugins.Discard(discard.Candidate);
                break;
            case Leave:
                IsLeaving = true;
                _plugins.Renew(null);
                _role.Leave(Id);
                break;
        }
    }

    /// <summary>Calls that outlived their deadline, of the current and of earlier generations.</summary>
    public void AddAbandoned(List<AbandonedCall> list)
    {
        _work.AddAbandoned(list, State.Generation);
        _retired.AddAbandoned(list);
        if (_generation is not null) list.AddRange(_generation.Instance.Abandoned());
    }

    /// <summary>Runs the periodic work: probes the connection, forgets ended generations, unloads unused plugins, gives back an unused
    /// credential.</summary>
    public void OnTick(DateTimeOffset now)
    {
        _generation?.Health?.OnTick(now);
        _retired.CollectGarbage();
        _plugins.CollectGarbage(IsInUse, Spec.Timeouts.Load);
        if (State.IsIdle && _retired.Count == 0) _preparation.GiveBack();
    }

    /// <summary>Begins the teardown of drained generations: those without open calls, and those whose time is over.</summary>
    public void AdvanceDrains(bool hurry = false)
    {
        // Called in every iteration, nearly always without a draining generation.
        if (!IsDraining) return;
        foreach (var drained in _retired.TakeDrained(hurry))
        {
            drained.EndDrain();
            BeginTeardown(drained);
        }
    }

    /// <summary>Releases the unit if it is no longer configured and its last generation and load have ended. Only another configuration brings it
    /// back.</summary>
    public bool TryForget()
    {
        if (IsListed || State.IsLive || IsDraining) return false;
        _isForgotten = true;
        _work.Forget();
        return true;
    }

    /// <summary>Loads a plugin for the next generation, in a context of its own. Any thread.</summary>
    /// <param name="spec">Its specification.</param>
    /// <param name="began">Called when the load begins, on any thread.</param>
    /// <param name="ended">Called with the plugin, or the failure, on any thread: must only post.</param>
    public LoadPermit BeginCandidate(UnitSpec spec, Action began, Action<LoadedPlugin?, Failure?> ended) =>
        _plugins.BeginCandidate(spec, GetsProcess(spec), began, ended);

    /// <summary>Counts an abandoned call that returned. Any thread.</summary>
    public void CountLate() => Interlocked.Increment(ref _lateResults);

    private bool GetsProcess(UnitSpec spec) => State.IsPromoted && ReferenceEquals(spec, Spec) || spec.Isolation == IsolationMode.Process;

    private bool IsInUse(LoadedPlugin plugin) => _generation?.Plugin == plugin || _retired.AreIn(plugin);

    private void Adopt(UnitConfiguration wanted)
    {
        if (wanted.Spec.Plugin != Spec.Plugin) _role.Declare(Id, null);
        _configuration = wanted;
        _teardownBound = wanted.Spec.Timeouts.Disconnect;
        IsLeaving = false;
        _isForgotten = false;
        _work.Watch();
    }

    private void Hurry(TimeSpan bound)
    {
        if (_teardownBound <= TimeSpan.Zero || _teardownBound > bound) _teardownBound = bound;
        AdvanceDrains(hurry: true);
    }

    private void Begin(BeginStep step)
    {
        // The start of a process has permits of its own.
        if (IsIsolated && step.Step is not (UnitStep.Load or UnitStep.Create)) _plugins.ReleasePermit();
        if (step.Step is UnitStep.Load or UnitStep.Claim) _preparation.Begin(step);
        else if (step.Step != UnitStep.Create) _generation!.Begin(step);
        else if (_plugins.Next is { } plugin) Create(plugin, step);
        else _preparation.EndDiscarded(step);
    }

    private void Create(LoadedPlugin plugin, BeginStep step)
    {
        _generation = _role.Create(this, plugin, step.Generation);
        _worker = _generation.Worker;
        _generation.Begin(step);
    }

    private void Begin(TearDown tearDown)
    {
        if (_generation is not { } generation)
        {
            Post(new TeardownEnded(tearDown.Generation));
            return;
        }

        _generation = null;
        if (tearDown.Drain is { } bound && generation.Instance.IsServing) _retired.Drain(generation, bound);
        else BeginTeardown(generation);
    }

    private void BeginTeardown(IGeneration generation) =>
        _retired.BeginTeardown(generation, _teardownBound, () => Post(new TeardownEnded(generation.Number)));
}
