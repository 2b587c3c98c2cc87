using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>One adapter id or handler: its state, and the execution of what the machine decides. Only the supervisor's thread touches it; what it starts comes back as an event.</summary>
internal abstract partial class SupervisedUnit
{
    private readonly LifecycleCalls _work;
    private readonly UnitPlugins _plugins;
    private readonly RetiredGenerations _retired;
    private IGuardedInstance? _instance;
    private string? _said;
    private long _lateResults;
    private volatile bool _isForgotten;
    private LoadedPlugin? _loadedFrom;
    private LoadPermit? _permit;
    private bool _loadsSlowly;

    protected SupervisedUnit(string id, UnitSpec spec, UnitServices services, UnitMachine machine, ILogger log)
    {
        Id = id;
        Spec = spec;
        TeardownBound = spec.Timeouts.Disconnect;
        Services = services;
        Machine = machine;
        Logger = log;
        State = new UnitState(UnitPhase.Disabled, "", services.Steady.Now);
        _retired = new RetiredGenerations(services.Clock);
        _work = new LifecycleCalls(id, services.Guard.Watch, services.Guard.Spawner, new UnitObserver(this, 0));
        _plugins = new UnitPlugins(_work, services.Loader, services.Clock);
        _work.Watch();
    }

    public string Id { get; }

    public string PluginName => Spec.Plugin;

    /// <summary>What its next generation is made from. Any thread may read it, and <see cref="State"/> and <see cref="Loaded"/>.</summary>
    public UnitSpec Spec { get; private set; }

    public UnitMachine Machine { get; private set; }

    public UnitState State { get; set; }

    /// <summary>The word before the id in a log line.</summary>
    public abstract string Kind { get; }

    /// <summary>What is wrong with it though it is at work: what it last said of itself; null when it said nothing or that all is well.</summary>
    public virtual string? HealthMessage => _said;

    /// <summary>When its connection last proved to be alive; null while it has none.</summary>
    public virtual ProofsOfLife? Proofs => null;

    /// <summary>The bound of a teardown; the stop sequence may shorten it.</summary>
    public TimeSpan TeardownBound { get; set; }

    /// <summary>How the last teardown went, for the shutdown report.</summary>
    public TeardownOutcome? LastTeardown => _retired.LastTeardown;

    /// <summary>Earlier contexts that something of the plugin keeps in memory.</summary>
    public int UnloadsPending => _plugins.UnloadsPending;

    /// <summary>True when its code runs, or will run, in a process of its own.</summary>
    public bool IsIsolated => IsolationOf(Spec) == IsolationMode.Process;

    /// <summary>The process of the current generation; 0: it has none of its own.</summary>
    public virtual int WorkerId => 0;

    /// <summary>True while others load before it.</summary>
    public bool AwaitsTurn => _permit is { IsWaiting: true };

    /// <summary>What it was loaded from; null while nothing is.</summary>
    public LoadedFrom? Loaded => _plugins.Loaded;

    /// <summary>Abandoned calls that came back after all.</summary>
    public long LateResults => Volatile.Read(ref _lateResults);

    /// <summary>How its calls have ended.</summary>
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
    public long IgnoredReports { get; set; }

    /// <summary>It is no longer configured, and forgotten when nothing of it is left.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>False once it is no longer configured and nothing of it is left.</summary>
    public bool IsListed => !IsLeaving || State.TearingDown > 0 || _retired.Count + _plugins.Left > 0;

    /// <summary>Nobody supervises it any more: it has left, and nothing of it is left. Any thread.</summary>
    public bool IsForgotten => _isForgotten;

    /// <summary>True while calls of a generation that is to be torn down may go on.</summary>
    public bool IsDraining => _retired.IsDraining;

    public ILogger Logger { get; }

    protected UnitServices Services { get; }

    protected LoadedPlugin? Plugin => _plugins.Next;

    protected abstract PluginKind PluginKind { get; }

    public void Execute(UnitEffect effect)
    {
        switch (effect)
        {
            case BeginStep { Step: UnitStep.Load } load:
                BeginLoad(load);
                break;
            case BeginStep { Step: UnitStep.Create } create:
                BeginCreate(create.Generation);
                break;
            case BeginStep step:
                // A process that starts has turns of its own.
                if (IsIsolated) EndTurn();
                BeginStep(step);
                break;
            case Attach attach:
                OnAttach(attach.Generation, _loadedFrom!);
                break;
            case Retire retire:
                _said = null;
                OnRetire();
                break;
            case Detach detach:
                _instance?.Retire();
                OnDetach(detach.Generation);
                break;
            case TearDown { Drain: { } bound } tearDown when _instance is { IsServing: true } instance:
                _instance = null;
                _retired.Drain(instance, _loadedFrom!, tearDown.Generation, bound);
                break;
            case TearDown tearDown:
                BeginTeardown(tearDown.Generation);
                break;
        }
    }

    /// <summary>Calls that outlived their deadline, of the current and of earlier generations.</summary>
    public void AddAbandoned(List<AbandonedCall> list)
    {
        _work.AddAbandoned(list, State.Generation);
        _retired.AddAbandoned(list);
        if (_instance is not null) list.AddRange(_instance.Abandoned());
    }

    /// <summary>Forgets retired instances whose calls have all come back, and unloads contexts nobody is in any more.</summary>
    public void CollectGarbage()
    {
        _retired.CollectGarbage();
        _plugins.CollectGarbage(IsInUse, Spec.Timeouts.Load);
        if (State is { Phase: UnitPhase.Disabled or UnitPhase.Stopped, TearingDown: 0 } && _retired.Count == 0) OnDisabled();
    }

    /// <summary>Takes what the current instance says of itself.</summary>
    public void Handle(HealthReported report)
    {
        var health = report.Latest();
        if (UnitMachine.IsCurrent(State, report.Generation)) _said = health.IsHealthy ? null : CallFailure.Bounded(health.Message);
    }

    /// <summary>Takes the answer to a probe.</summary>
    public virtual void Handle(ProbeEnded probeEnded)
    {
    }

    /// <summary>Does what is due without anything having happened.</summary>
    public virtual void OnTick(DateTimeOffset now)
    {
    }

    /// <summary>Takes a plugin that has been loaded, unless a reload has put another in its place meanwhile.</summary>
    public void Take(PluginArrived arrived)
    {
        if (!IsLeaving && !arrived.Plugin.IsDiscarded && arrived.Spec.MakesTheSameAs(Spec) && (Plugin is null || Plugin == arrived.Plugin)) _plugins.Keep(arrived.Plugin);
        else _plugins.Discard(arrived.Plugin);
    }

    /// <summary>What changes without another generation.</summary>
    public void Adopt(UnitSpec spec, UnitMachine machine)
    {
        Spec = spec;
        Machine = machine;
        TeardownBound = spec.Timeouts.Disconnect;
    }

    /// <summary>The next generation is made from this plugin, or from one that is loaded when it is needed.</summary>
    public void Renew(LoadedPlugin? candidate) => _plugins.Renew(candidate);

    /// <summary>It is configured, perhaps again.</summary>
    public void Join()
    {
        IsLeaving = false;
        _isForgotten = false;
        _work.Watch();
    }

    /// <summary>Lets go of everything if it has left and nothing of it is left. Only <see cref="Join"/> brings it back.</summary>
    public bool TryForget()
    {
        if (IsListed || State.IsLive || IsDraining) return false;
        _isForgotten = true;
        _work.Forget();
        return true;
    }

    /// <summary>It is no longer configured.</summary>
    public void Leave()
    {
        IsLeaving = true;
        Renew(null);
        OnLeave();
    }

    /// <summary>Unloads a plugin that no generation was made from.</summary>
    public void Discard(LoadedPlugin candidate) => _plugins.Discard(candidate);

    /// <summary>Loads what the next generation may be made from, in a context of its own. Any thread.</summary>
    /// <param name="spec">What it is made from.</param>
    /// <param name="began">Hears that it has its turn, on any thread.</param>
    /// <param name="ended">Gets the plugin or why there is none, on any thread: must only post.</param>
    public LoadPermit BeginCandidate(UnitSpec spec, Action began, Action<LoadedPlugin?, Failure?> ended) => Services.Turns.Acquire(
        permit =>
        {
            began();
            _plugins.BeginLoad(RequestFor(spec, isFresh: true), spec.Timeouts.Load, (loaded, failure) =>
            {
                permit.GiveBack();
                ended(loaded, failure);
            });
        },
        PluginKind == PluginKind.Handler);

    /// <summary>Its load is over: it is created and checked, or none of it is wanted any more.</summary>
    public void EndTurn()
    {
        if (_permit is not { } permit) return;
        _permit = null;
        permit.GiveBack();
        _loadsSlowly = permit.HasRunOut;
    }

    /// <summary>Begins the teardown of the generations that have nothing to end any more or have had their time.</summary>
    public void AdvanceDrains(bool hurry = false)
    {
        // Nearly always there is none, and this is asked all the time.
        if (!IsDraining) return;
        foreach (var drained in _retired.TakeDrained(hurry))
        {
            OnDrained(drained.Generation);
            BeginTeardown(drained.Instance, drained.Plugin, drained.Generation);
        }
    }

    /// <summary>An abandoned call came back. Any thread.</summary>
    public void CountLate() => Interlocked.Increment(ref _lateResults);

    public void Post(UnitEvent happened) => Services.Post(this, happened);

    /// <summary>Makes the guarded instance; its constructor has not run yet.</summary>
    protected abstract IGuardedInstance Create(LoadedPlugin plugin, int generation, ICallSink created);

    /// <summary>Begins any step after the creation.</summary>
    protected abstract void BeginStep(BeginStep step);

    protected abstract void OnAttach(int generation, LoadedPlugin plugin);

    protected abstract void OnRetire();

    protected abstract void OnDetach(int generation);

    /// <summary>Calls that still run are no longer waited for.</summary>
    protected abstract void OnDrained(int generation);

    protected abstract void OnLeave();

    /// <summary>It is switched off and nothing of it is at work any more. Said again and again.</summary>
    protected virtual void OnDisabled()
    {
    }
}
