using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>What all units share: the services behind them and the way back to the supervisor.</summary>
internal sealed record UnitServices(
    PluginLoader Loader, IAdapterFactory Adapters, IHandlerFactory Handlers, GuardServices Guard, IUnitSurroundings Surroundings, TimeProvider Clock, Action<SupervisedUnit, UnitEvent> Post,
    string DataDirectory, IReadOnlyList<string> PluginPaths);

/// <summary>One adapter id or handler: its state, and the execution of what the machine decides. Only the supervisor's thread touches it; what it starts comes back as an event.</summary>
internal abstract class SupervisedUnit
{
    private readonly LifecycleCalls _loading;
    private readonly List<LoadedPlugin> _outdated = [];
    private readonly PendingUnloads _unloads;
    private readonly List<(IGuardedInstance Instance, LoadedPlugin Plugin)> _zombies = [];
    private IGuardedInstance? _instance;
    private TeardownOutcome? _lastTeardown;
    private string? _said;
    private long _lateResults;
    private LoadedPlugin? _loadedFrom;

    protected SupervisedUnit(string id, string pluginName, string? sha256, CallTimeouts timeouts, UnitServices services, UnitMachine machine, ILogger log, DateTimeOffset now)
    {
        Id = id;
        PluginName = pluginName;
        Sha256 = sha256;
        Timeouts = timeouts;
        TeardownBound = timeouts.Disconnect;
        Services = services;
        Machine = machine;
        Logger = log;
        State = new UnitState(UnitPhase.Disabled, "", now);
        _unloads = new PendingUnloads(services.Clock);
        _loading = new LifecycleCalls(id, services.Guard.Watch, services.Guard.Spawner, new UnitObserver(this, 0));
        services.Guard.Watch.Add(_loading);
    }

    public string Id { get; }

    public string PluginName { get; }

    public UnitMachine Machine { get; }

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

    /// <summary>What it was loaded from; null while nothing is.</summary>
    public LoadedFrom? Loaded { get; private set; }

    /// <summary>Abandoned calls that came back after all.</summary>
    public long LateResults => Volatile.Read(ref _lateResults);

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

    public ILogger Logger { get; }

    protected CallTimeouts Timeouts { get; }

    protected UnitServices Services { get; }

    protected string? Sha256 { get; }

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
        if (_instance is not null) list.AddRange(_instance.Abandoned());
    }

    /// <summary>Forgets retired instances whose calls have all come back, and unloads contexts nobody is in any more.</summary>
    public void Tidy()
    {
        _zombies.RemoveAll(static zombie => !zombie.Instance.HasOpenCalls);
        for (var i = _outdated.Count - 1; i >= 0; i--)
        {
            var plugin = _outdated[i];
            if (_loadedFrom == plugin && _instance is not null || _zombies.Exists(zombie => zombie.Plugin == plugin)) continue;
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
        if (UnitMachine.IsCurrent(State, report.Generation)) _said = report.Health.IsHealthy ? null : CallFailure.Bounded(report.Health.Message);
    }

    /// <summary>Takes the answer to a probe.</summary>
    public virtual void Hear(Probed probed)
    {
    }

    /// <summary>Does what is due without anything having happened.</summary>
    public virtual void LookAfter(DateTimeOffset now)
    {
    }

    /// <summary>Takes a plugin that has been loaded.</summary>
    public void Take(LoadedPlugin plugin)
    {
        Plugin = plugin;
        Loaded = new LoadedFrom(plugin.Manifest, plugin.ContentHash);
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

    /// <summary>It is switched off and nothing of it is at work any more. Said again and again.</summary>
    protected virtual void OnRest()
    {
    }

    /// <summary>Does work of the host's own that could block, bounded like a load and on a thread of its own.</summary>
    protected void BeginWork<T>(Operation operation, Func<T> work, ICallSink? sink)
        where T : class => _loading.Start(new WorkCall<T>(operation, work, sink), null, Timeouts.Load);

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
        _zombies.Add((instance, _loadedFrom!));
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
            Plugin = null;
            Loaded = null;
        }

        if (Plugin is not null)
        {
            Post(new StepEnded(step.Generation, UnitStep.Load) { HoldsCredential = HoldsCredential(Plugin) });
            return;
        }

        var request = new LoadRequest
        {
            Name = PluginName,
            Kind = PluginKind,
            ContextName = Id,
            DataDirectory = Services.DataDirectory,
            PluginPaths = Services.PluginPaths,
            Sha256 = Sha256,
            Fresh = step.FreshContext,
        };
        var sink = new PostingSink(call =>
        {
            var plugin = ((WorkCall<LoadedPlugin>)call).Value;
            if (plugin is not null) Post(new PluginArrived(plugin));
            Post(new StepEnded(step.Generation, UnitStep.Load, Troubles.Of(call)) { HoldsCredential = plugin is not null && HoldsCredential(plugin) });
        });
        _loading.Start(new WorkCall<LoadedPlugin>(Operation.Load, () => Services.Loader.Load(request), sink) { Late = static plugin => plugin.Unload() }, null, Timeouts.Load);
    }
}

/// <summary>A plugin has been loaded; precedes the end of the load step.</summary>
internal sealed record PluginArrived(LoadedPlugin Plugin) : UnitEvent;

/// <summary>What a unit was loaded from.</summary>
internal sealed record LoadedFrom(PluginManifest Manifest, string ContentHash);

/// <summary>An adapter said how it is.</summary>
internal sealed record HealthReported(int Generation, AdapterHealth Health) : UnitEvent;

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
    public void OnOverdue(Operation operation, in CallEnd end) => unit.Logger.CallOverdue(unit.Kind, unit.Id, generation, Troubles.Name(operation), end.Describe());

    public void OnLate(Operation operation, TimeSpan lateness, CallFailure? failure)
    {
        unit.CountLate();
        unit.Logger.CallLate(unit.Kind, unit.Id, generation, Troubles.Name(operation), lateness.TotalSeconds, failure?.Describe() ?? "a result, discarded");
    }

    public void OnWedged(string reason) => unit.Post(new Broke(generation, new Trouble("wedged", reason, TroubleKind.Wedged)));
}
