using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>One adapter id or handler: its state, and the execution of what the machine decides. Only the supervisor's thread touches it; what it starts comes back as an event.</summary>
internal abstract class SupervisedUnit
{
    private readonly LifecycleCalls _work;
    private readonly UnitPlugins _plugins;
    private readonly RetiredGenerations _retired;
    private IGuardedInstance? _instance;
    private string? _said;
    private long _lateResults;
    private volatile bool _isForgotten;
    private LoadedPlugin? _loadedFrom;
    private LoadTurn? _turn;
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
    public virtual string? Complaint => _said;

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
    public bool AwaitsTurn => _turn is { IsWaiting: true };

    /// <summary>What it was loaded from; null while nothing is.</summary>
    public LoadedFrom? Loaded => _plugins.Loaded;

    /// <summary>Abandoned calls that came back after all.</summary>
    public long LateResults => Volatile.Read(ref _lateResults);

    /// <summary>How its calls have ended.</summary>
    public CallFigures Figures { get; } = new();

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
    public void Tidy()
    {
        _retired.Tidy();
        _plugins.Tidy(IsInUse, Spec.Timeouts.Load);
        if (State is { Phase: UnitPhase.Disabled or UnitPhase.Stopped, TearingDown: 0 } && _retired.Count == 0) OnRest();
    }

    /// <summary>Takes what the current instance says of itself.</summary>
    public void Hear(HealthReported report)
    {
        var health = report.Latest();
        if (UnitMachine.IsCurrent(State, report.Generation)) _said = health.IsHealthy ? null : CallFailure.Bounded(health.Message);
    }

    /// <summary>Takes the answer to a probe.</summary>
    public virtual void Hear(Probed probed)
    {
    }

    /// <summary>Does what is due without anything having happened.</summary>
    public virtual void LookAfter(DateTimeOffset now)
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
    public LoadTurn BeginCandidate(UnitSpec spec, Action began, Action<LoadedPlugin?, Trouble?> ended) => Services.Turns.Take(
        turn =>
        {
            began();
            _plugins.BeginLoad(RequestFor(spec, isFresh: true), spec.Timeouts.Load, (loaded, trouble) =>
            {
                turn.GiveBack();
                ended(loaded, trouble);
            });
        },
        PluginKind == PluginKind.Handler);

    /// <summary>Its load is over: it is created and checked, or none of it is wanted any more.</summary>
    public void EndTurn()
    {
        if (_turn is not { } turn) return;
        _turn = null;
        turn.GiveBack();
        _loadsSlowly = turn.HasRunOut;
    }

    /// <summary>Begins the teardown of the generations that have nothing to end any more or have had their time.</summary>
    public void LookAtDrains(bool hurry = false)
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
    protected virtual void OnRest()
    {
    }

    /// <summary>Does work of the host's own that could block, bounded like a load and on a thread of its own.</summary>
    protected void BeginWork<T>(Operation operation, Func<T> work, ICallSink? sink)
        where T : class => _work.Start(new WorkCall<T>(operation, work, sink), null, Spec.Timeouts.Load);

    protected ICallSink StepSink(int generation, UnitStep step) => new PostingSink(call => Post(new StepEnded(generation, step, Troubles.Of(call))));

    /// <summary>A reload or the end of a hung call has taken away what this generation was to be made from.</summary>
    protected static Trouble Discarded { get; } = new("discarded", "What it was loaded from has been discarded meanwhile; it is loaded anew.");

    private static bool HoldsCredential(LoadedPlugin plugin) => plugin.Manifest.Adapter?.Traits.CredentialSetting is not null;

    private bool IsInUse(LoadedPlugin plugin) => (_loadedFrom == plugin && _instance is not null) || _retired.AreIn(plugin);

    private void BeginCreate(int generation)
    {
        if (Plugin is not { } plugin)
        {
            Post(new StepEnded(generation, UnitStep.Create, Discarded));
            return;
        }

        _loadedFrom = plugin;
        _instance = Create(plugin, generation, StepSink(generation, UnitStep.Create));
    }

    private void BeginTeardown(int generation)
    {
        if (_instance is not { } instance)
        {
            Post(new TeardownEnded(generation));
            return;
        }

        _instance = null;
        BeginTeardown(instance, _loadedFrom!, generation);
    }

    private void BeginTeardown(IGuardedInstance instance, LoadedPlugin plugin, int generation) =>
        _retired.BeginTeardown(instance, plugin, TeardownBound, () => Post(new TeardownEnded(generation)));

    private void BeginLoad(BeginStep step)
    {
        if (step.FreshContext) _plugins.Renew(null);
        if (Plugin is { } plugin)
        {
            Post(new StepEnded(step.Generation, UnitStep.Load) { HoldsCredential = HoldsCredential(plugin) });
            return;
        }

        var spec = Spec;
        var request = RequestFor(spec, step.FreshContext);
        _turn = Services.Turns.Take(
            _ => _plugins.BeginLoad(request, spec.Timeouts.Load, (loaded, trouble) =>
            {
                if (loaded is not null) Post(new PluginArrived(spec, loaded));
                Post(new StepEnded(step.Generation, UnitStep.Load, trouble) { HoldsCredential = loaded is not null && HoldsCredential(loaded) });
            }),
            PluginKind == PluginKind.Handler, _loadsSlowly);
    }

    private LoadRequest RequestFor(UnitSpec spec, bool isFresh) => new()
    {
        Name = spec.Plugin,
        Kind = PluginKind,
        ContextName = Id,
        DataDirectory = Services.DataDirectory,
        PluginPaths = spec.PluginPaths,
        Sha256 = spec.Sha256,
        RequiresPin = spec.RequiresPin,
        Isolated = PluginKind == PluginKind.Adapter && IsolationOf(spec) == IsolationMode.Process,
        Fresh = isFresh,
    };

    private IsolationMode IsolationOf(UnitSpec spec) => State.IsPromoted && ReferenceEquals(spec, Spec) ? IsolationMode.Process : spec.Isolation;
}
