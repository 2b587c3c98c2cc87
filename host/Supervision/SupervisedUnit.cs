using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>What all units share: the services behind them and the way back to the supervisor.</summary>
internal sealed record UnitServices(
    PluginLoader Loader, IAdapterFactory Adapters, IHandlerFactory Handlers, GuardServices Guard, IUnitSurroundings Surroundings, TimeProvider Clock, Action<SupervisedUnit, UnitEvent> Post,
    string DataDirectory);

/// <summary>One adapter id or handler: its state, and the execution of what the machine decides. Only the supervisor's thread touches it; what it starts comes back as an event.</summary>
internal abstract class SupervisedUnit
{
    private readonly LifecycleCalls _loading;
    private readonly List<LoadedPlugin> _outdated = [];
    private readonly PendingUnloads _unloads;
    private readonly List<Draining> _draining = [];
    private readonly List<(IGuardedInstance Instance, LoadedPlugin Plugin)> _zombies = [];
    private IGuardedInstance? _instance;
    private TeardownOutcome? _lastTeardown;
    private string? _said;
    private long _lateResults;
    private LoadedPlugin? _loadedFrom;

    protected SupervisedUnit(string id, UnitSpec spec, UnitServices services, UnitMachine machine, ILogger log, DateTimeOffset now)
    {
        Id = id;
        Spec = spec;
        TeardownBound = spec.Timeouts.Disconnect;
        Services = services;
        Machine = machine;
        Logger = log;
        State = new UnitState(UnitPhase.Disabled, "", now);
        _unloads = new PendingUnloads(services.Clock, UnloadSweep.Request);
        _loading = new LifecycleCalls(id, services.Guard.Watch, services.Guard.Spawner, new UnitObserver(this, 0));
        services.Guard.Watch.Add(_loading);
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
    public TeardownOutcome? LastTeardown => Volatile.Read(ref _lastTeardown);

    /// <summary>Earlier contexts that something of the plugin keeps in memory.</summary>
    public int UnloadsPending => _unloads.Count;

    /// <summary>True when its code runs, or will run, in a process of its own.</summary>
    public bool IsIsolated => IsolationOf(Spec) == IsolationMode.Process;

    /// <summary>The process of the current generation; 0: it has none of its own.</summary>
    public virtual int WorkerId => 0;

    /// <summary>What it was loaded from; null while nothing is.</summary>
    public LoadedFrom? Loaded { get; private set; }

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
            _loading.AddAbandoned(loads, State.Generation);
            return loads.Count + _zombies.Count(static zombie => zombie.Instance.Abandoned().Count > 0);
        }
    }

    /// <summary>Reports of generations that had been retired.</summary>
    public long IgnoredReports { get; set; }

    /// <summary>It is no longer configured, and forgotten when nothing of it is left.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>False once it is no longer configured and nothing of it is left.</summary>
    public bool IsListed => !IsLeaving || State.TearingDown > 0 || _zombies.Count + _outdated.Count + _unloads.Left > 0;

    /// <summary>True while calls of a generation that is to be torn down may go on.</summary>
    public bool IsDraining => _draining.Count > 0;

    public ILogger Logger { get; }

    protected UnitServices Services { get; }

    protected LoadedPlugin? Plugin { get; private set; }

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
                _draining.Add(new Draining(instance, _loadedFrom!, tearDown.Generation, bound, Services.Clock.GetTimestamp()));
                break;
            case TearDown tearDown:
                BeginTeardown(tearDown.Generation);
                break;
        }
    }

    /// <summary>Calls that outlived their deadline, of the current and of earlier generations.</summary>
    public void AddAbandoned(List<AbandonedCall> list)
    {
        _loading.AddAbandoned(list, State.Generation);
        foreach (var (instance, _) in _zombies) list.AddRange(instance.Abandoned());
        foreach (var draining in _draining) list.AddRange(draining.Instance.Abandoned());
        if (_instance is not null) list.AddRange(_instance.Abandoned());
    }

    /// <summary>Forgets retired instances whose calls have all come back, and unloads contexts nobody is in any more.</summary>
    public void Tidy()
    {
        _zombies.RemoveAll(static zombie => !zombie.Instance.HasOpenCalls);
        for (var i = _outdated.Count - 1; i >= 0; i--)
        {
            var plugin = _outdated[i];
            if (_loadedFrom == plugin && _instance is not null || _zombies.Exists(zombie => zombie.Plugin == plugin) || _draining.Exists(draining => draining.Plugin == plugin)) continue;
            _outdated.RemoveAt(i);
            _unloads.Add(plugin);
            BeginWork(Operation.Unload, () => Unload(plugin), null);
        }

        _unloads.Look();
        if (State is { Phase: UnitPhase.Disabled or UnitPhase.Stopped, TearingDown: 0 } && _zombies.Count == 0) OnRest();
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
        if (!IsLeaving && arrived.Spec.MakesTheSameAs(Spec) && (Plugin is null || Plugin == arrived.Plugin)) Hold(arrived.Plugin);
        else _outdated.Add(arrived.Plugin);
    }

    /// <summary>What changes without another generation.</summary>
    public void Adopt(UnitSpec spec, UnitMachine machine)
    {
        Spec = spec;
        Machine = machine;
        TeardownBound = spec.Timeouts.Disconnect;
    }

    /// <summary>The next generation is made from this plugin, or from one that is loaded when it is needed.</summary>
    public void Renew(LoadedPlugin? candidate)
    {
        if (Plugin is { } old) _outdated.Add(old);
        Hold(candidate);
    }

    /// <summary>It is configured.</summary>
    public void Join() => IsLeaving = false;

    /// <summary>It is no longer configured.</summary>
    public void Leave()
    {
        IsLeaving = true;
        Renew(null);
        OnLeave();
    }

    /// <summary>Unloads a plugin that no generation was made from.</summary>
    public void Discard(LoadedPlugin candidate) => _outdated.Add(candidate);

    /// <summary>Loads what the next generation may be made from, in a context of its own. Any thread.</summary>
    /// <param name="spec">What it is made from.</param>
    /// <param name="ended">Gets the plugin or why there is none, on any thread: must only post.</param>
    public void BeginCandidate(UnitSpec spec, Action<LoadedPlugin?, Trouble?> ended) => BeginLoad(spec, isFresh: true, ended);

    /// <summary>Begins the teardown of the generations that have nothing to end any more or have had their time.</summary>
    public void LookAtDrains(bool hurry = false)
    {
        for (var i = _draining.Count - 1; i >= 0; i--)
        {
            var draining = _draining[i];
            if (!hurry && draining.Instance.IsServing && (draining.Bound <= TimeSpan.Zero || Services.Clock.GetElapsedTime(draining.Since) < draining.Bound)) continue;
            _draining.RemoveAt(i);
            OnDrained(draining.Generation);
            BeginTeardown(draining.Instance, draining.Plugin, draining.Generation);
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
        where T : class => _loading.Start(new WorkCall<T>(operation, work, sink), null, Spec.Timeouts.Load);

    protected ICallSink StepSink(int generation, UnitStep step) => new PostingSink(call => Post(new StepEnded(generation, step, Troubles.Of(call))));

    private static bool HoldsCredential(LoadedPlugin plugin) => plugin.Manifest.Adapter?.Traits.CredentialSetting is not null;

    private static object Unload(LoadedPlugin plugin)
    {
        plugin.Unload();
        return plugin;
    }

    private void BeginCreate(int generation)
    {
        _loadedFrom = Plugin!;
        _instance = Create(_loadedFrom, generation, StepSink(generation, UnitStep.Create));
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

    private void BeginTeardown(IGuardedInstance instance, LoadedPlugin plugin, int generation)
    {
        _zombies.Add((instance, plugin));
        var bound = TeardownBound;
        var started = Services.Clock.GetTimestamp();
        instance.BeginTeardown(bound, new PostingSink(_ =>
        {
            var overran = instance.Abandoned().Select(static call => Troubles.Name(call.Operation)).ToArray();
            Volatile.Write(ref _lastTeardown, new TeardownOutcome(bound, Services.Clock.GetElapsedTime(started), overran));
            Post(new TeardownEnded(generation));
        }));
    }

    private void BeginLoad(BeginStep step)
    {
        if (step.FreshContext && Plugin is { } old)
        {
            _outdated.Add(old);
            Hold(null);
        }

        if (Plugin is not null)
        {
            Post(new StepEnded(step.Generation, UnitStep.Load) { HoldsCredential = HoldsCredential(Plugin) });
            return;
        }

        var spec = Spec;
        BeginLoad(spec, step.FreshContext, (plugin, trouble) =>
        {
            if (plugin is not null) Post(new PluginArrived(spec, plugin));
            Post(new StepEnded(step.Generation, UnitStep.Load, trouble) { HoldsCredential = plugin is not null && HoldsCredential(plugin) });
        });
    }

    private void BeginLoad(UnitSpec spec, bool isFresh, Action<LoadedPlugin?, Trouble?> ended)
    {
        var request = new LoadRequest
        {
            Name = spec.Plugin,
            Kind = PluginKind,
            ContextName = Id,
            DataDirectory = Services.DataDirectory,
            PluginPaths = spec.PluginPaths,
            Sha256 = spec.Sha256,
            Isolated = PluginKind == PluginKind.Adapter && IsolationOf(spec) == IsolationMode.Process,
            Fresh = isFresh,
        };
        var sink = new PostingSink(call => ended(((WorkCall<LoadedPlugin>)call).Value, Troubles.Of(call)));
        _loading.Start(new WorkCall<LoadedPlugin>(Operation.Load, () => Services.Loader.Load(request), sink) { Late = static plugin => plugin.Unload() }, null, spec.Timeouts.Load);
    }

    private IsolationMode IsolationOf(UnitSpec spec) => State.IsPromoted && ReferenceEquals(spec, Spec) ? IsolationMode.Process : spec.Isolation;

    private void Hold(LoadedPlugin? plugin)
    {
        Plugin = plugin;
        Loaded = plugin is null ? null : new LoadedFrom(plugin.Manifest, plugin.ContentHash);
    }

    /// <summary>A generation that has been retired and may end what it is doing.</summary>
    private sealed record Draining(IGuardedInstance Instance, LoadedPlugin Plugin, int Generation, TimeSpan Bound, long Since);
}

/// <summary>A plugin has been loaded; precedes the end of the load step.</summary>
internal sealed record PluginArrived(UnitSpec Spec, LoadedPlugin Plugin) : UnitEvent;

/// <summary>A reload changed only what the running generation does not depend on.</summary>
internal sealed record Adopt(UnitSpec Spec, UnitMachine Machine) : UnitEvent;

/// <summary>It is configured.</summary>
internal sealed record Join : UnitEvent;

/// <summary>It is no longer configured.</summary>
internal sealed record Leave : UnitEvent;

/// <summary>A plugin that a reload loaded in vain.</summary>
internal sealed record Discard(LoadedPlugin Candidate) : UnitEvent;

/// <summary>What a unit was loaded from.</summary>
internal sealed record LoadedFrom(PluginManifest Manifest, string ContentHash);

/// <summary>An adapter said how it is.</summary>
internal sealed record HealthReported(int Generation, Func<AdapterHealth> Latest) : UnitEvent;

/// <summary>How one teardown went.</summary>
/// <param name="Bound">What it was given; zero or less = no deadline.</param>
/// <param name="Used">What it took.</param>
/// <param name="Overran">The operations that had to be abandoned.</param>
internal sealed record TeardownOutcome(TimeSpan Bound, TimeSpan Used, IReadOnlyList<string> Overran);

/// <summary>Turns the end of a call into a message to the supervisor.</summary>
internal sealed class PostingSink(Action<GuardedCall> post) : ICallSink
{
    public void Settled(GuardedCall call) => post(call);
}

/// <summary>Hears how the calls of one generation go, on the watch's or a plugin's thread, and passes it on.</summary>
internal sealed class UnitObserver(SupervisedUnit unit, int generation) : ILaneObserver
{
    public void OnSettled(Operation operation, in CallEnd end) => unit.Figures.Count(operation, end);

    public void OnOverdue(Operation operation, in CallEnd end)
    {
        unit.Figures.Count(operation, end);
        unit.Logger.CallOverdue(unit.Kind, unit.Id, generation, Troubles.Name(operation), end.Describe());
    }

    public void OnLate(Operation operation, TimeSpan lateness, CallFailure? failure)
    {
        unit.CountLate();
        unit.Logger.CallLate(unit.Kind, unit.Id, generation, Troubles.Name(operation), lateness.TotalSeconds, failure?.Describe() ?? "a result, discarded");
    }

    public void OnWedged(string reason) => unit.Post(new Broke(generation, new Trouble("wedged", reason, TroubleKind.Wedged)));
}
