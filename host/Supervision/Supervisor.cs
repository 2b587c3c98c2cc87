using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Threads;

namespace PluginGateway.Supervision;

/// <summary>One loop on one thread that owns the state of every adapter and handler. Everything that happens is a message; every decision is <see cref="UnitMachine"/>'s; nothing
/// it starts can block it.</summary>
internal sealed class Supervisor
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    /// <summary>How soon the end of a drain is noticed.</summary>
    private static readonly TimeSpan DrainTurn = TimeSpan.FromMilliseconds(5);

    /// <summary>Without a unit: all of them.</summary>
    private readonly Mailbox<(SupervisedUnit? Unit, UnitEvent Happened)> _mailbox = new();
    private readonly List<SupervisedUnit> _units = [];
    private readonly ManualResetEvent _stopped = new(false);
    private readonly TimeProvider _clock;
    private readonly ReconnectOptions _reconnect;
    private readonly ILogger<Supervisor> _log;
    private readonly Action<string> _exitGateway;
    private readonly PoolProbe _pool;
    private bool _poolWasStarved;
    private SupervisorSnapshot _snapshot;
    private bool _stopping;

    public Supervisor(TimeProvider clock, ReconnectOptions reconnect, PoolProbe pool, ILogger<Supervisor> log, Action<string> exitGateway)
    {
        _clock = clock;
        _reconnect = reconnect;
        _log = log;
        _exitGateway = exitGateway;
        _pool = pool;
        _snapshot = new SupervisorSnapshot(clock.GetUtcNow(), [], false);
        Heartbeat = new Heartbeat("supervisor", clock);
    }

    public Heartbeat Heartbeat { get; }

    /// <summary>Called on the loop's thread each time it has come round; must neither block nor throw.</summary>
    public Action OnTurn { get; init; } = static () => { };

    /// <summary>The last published state. Any thread.</summary>
    public SupervisorSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Adds a unit, before <see cref="Start"/>.</summary>
    public void Add(SupervisedUnit unit) => _units.Add(unit);

    /// <summary>Tells a unit that something happened. Any thread; never blocks.</summary>
    public void Post(SupervisedUnit unit, UnitEvent happened) => _mailbox.Post((unit, happened));

    /// <summary>Starts the loop, and with it every unit that is switched on.</summary>
    public void Start(IEnumerable<SupervisedUnit> switchedOn)
    {
        // No snapshot before the first turn: units that have not been activated yet look like ones that never will be.
        foreach (var unit in switchedOn) Post(unit, new Activate());
        LoopThread.Start("supervisor", Loop);
    }

    /// <summary>Tears down every unit, all at once, each within <paramref name="bound"/> or its own smaller one.</summary>
    public void BeginStop(TimeSpan bound)
    {
        _mailbox.Post((null, new Stop(bound)));
    }

    /// <summary>Waits until every unit has stopped; false when they have not by then.</summary>
    public bool WaitStopped(TimeSpan bound) => _stopped.WaitOne(bound);

    private void Loop()
    {
        while (true)
        {
            foreach (var (unit, happened) in _mailbox.Take(UntilNextTurn()))
            {
                if (unit is not null) Handle(unit, happened);
                else _units.ForEach(each => Handle(each, happened));
            }

            var now = _clock.GetUtcNow();
            foreach (var unit in _units)
            {
                unit.LookAtDrains();
                if (unit.State.Phase == UnitPhase.Waiting && now >= unit.State.DueUtc) Handle(unit, new Tick());
                unit.LookAfter(now);
                unit.Tidy();
            }

            LookAtPool();
            Publish();
            Heartbeat.Beat();
            OnTurn();
            if (_stopping && _units.TrueForAll(static unit => unit.State.Phase == UnitPhase.Stopped)) _stopped.Set();
        }
    }

    private TimeSpan UntilNextTurn()
    {
        var now = _clock.GetUtcNow();
        var wait = Turn;
        foreach (var unit in _units)
        {
            if (unit.IsDraining && wait > DrainTurn) wait = DrainTurn;
            if (unit.State.DueUtc is { } due && due > now && due - now < wait) wait = due - now;
        }

        return wait;
    }

    /// <summary>A fault in here would end every adapter's supervision, so it is contained to the unit it happened to.</summary>
    private void Handle(SupervisedUnit unit, UnitEvent happened)
    {
        try
        {
            switch (happened)
            {
                case PluginArrived arrived:
                    unit.Take(arrived);
                    return;
                case Join:
                    Take(unit);
                    return;
                case Leave:
                    unit.Leave();
                    return;
                case Discard discard:
                    unit.Discard(discard.Candidate);
                    return;
                case Adopt adopt when !IsStopping(unit):
                    unit.Adopt(adopt.Spec, adopt.Machine);
                    return;
                case Replace replace when !IsStopping(unit):
                    unit.Adopt(replace.Spec, replace.Machine);
                    unit.Renew(replace.Candidate);
                    break;
                case Replace { Candidate: { } candidate }:
                    unit.Discard(candidate);
                    return;
                case Adopt or Replace:
                    return;
                case HealthReported health:
                    unit.Hear(health);
                    return;
                case Probed probed:
                    unit.Hear(probed);
                    return;
                case Stop stop:
                    _stopping = true;
                    if (unit.TeardownBound <= TimeSpan.Zero || unit.TeardownBound > stop.Bound) unit.TeardownBound = stop.Bound;
                    unit.LookAtDrains(hurry: true);
                    break;
            }

            Advance(unit, happened);
        }
        catch (Exception exception)
        {
            _log.SupervisorFault(exception, happened.GetType().Name, unit.Id);
            if (happened is not Broke) Post(unit, new Broke(unit.State.Generation, new Trouble("internal-fault", $"a fault of the gateway's own: {exception.GetType().Name}")));
        }
    }

    private static bool IsStopping(SupervisedUnit unit) => unit.State.Phase is UnitPhase.Stopping or UnitPhase.Stopped;

    /// <summary>A unit that comes while the others stop has stopped already.</summary>
    private void Take(SupervisedUnit unit)
    {
        unit.Join();
        if (!_units.Contains(unit)) _units.Add(unit);
        if (_stopping && !IsStopping(unit)) unit.State = unit.State with { Phase = UnitPhase.Stopped };
    }

    private void Advance(SupervisedUnit unit, UnitEvent happened)
    {
        var before = unit.State with { Zombies = unit.Zombies };
        if (happened is Broke broke && !UnitMachine.IsCurrent(before, broke.Generation)) unit.IgnoredReports++;
        var (after, effects) = unit.Machine.Step(before, happened, _clock.GetUtcNow());
        unit.State = after;
        foreach (var effect in effects)
        {
            if (effect is ExitGateway exit) _exitGateway($"{unit.Kind} '{unit.Id}' is wedged ({exit.Reason}) and its policy is to exit");
            else unit.Execute(effect);
        }

        if (after.Phase != before.Phase) Tell(unit, after);
    }

    private void Tell(SupervisedUnit unit, UnitState state)
    {
        switch (state.Phase)
        {
            case UnitPhase.Waiting when state.AwaitsTeardown:
                _log.UnitGivesWay(unit.Kind, unit.Id, unit.PluginName);
                break;
            case UnitPhase.Waiting:
                _log.UnitWaits(unit.Kind, unit.Id, unit.PluginName, state.Reason, Math.Max(0, (state.DueUtc!.Value - _clock.GetUtcNow()).TotalSeconds), state.Attempt + 1);
                break;
            case UnitPhase.Parked:
                _log.UnitParked(unit.Kind, unit.Id, unit.PluginName, state.Reason);
                break;
            case UnitPhase.Quarantined:
                _log.UnitQuarantined(unit.Kind, unit.Id, unit.PluginName, state.Reason, state.Wedges);
                break;
            case UnitPhase.Stopping or UnitPhase.Stopped:
                // A stop is told in one screen, however many there are: its report names those that overran.
                _log.UnitStops(unit.Kind, unit.Id, unit.PluginName, state.Phase.ToString().ToLowerInvariant());
                break;
            default:
                _log.UnitState(unit.Kind, unit.Id, unit.PluginName, state.Phase.ToString().ToLowerInvariant());
                break;
        }
    }

    private void LookAtPool()
    {
        var isStarved = _pool.IsStarved;
        if (isStarved == _poolWasStarved) return;
        _poolWasStarved = isStarved;
        if (isStarved) _log.PoolStarved(_pool.Waiting.TotalSeconds);
        else _log.PoolRecovered();
    }

    private void Publish()
    {
        var now = _clock.GetUtcNow();
        var units = new List<UnitSnapshot>(_units.Count);
        foreach (var unit in _units)
        {
            if (unit.IsListed) units.Add(Describe(unit, now));
        }

        Volatile.Write(ref _snapshot, new SupervisorSnapshot(now, units, _pool.IsStarved));
    }

    private UnitSnapshot Describe(SupervisedUnit unit, DateTimeOffset now)
    {
        var state = unit.State;
        List<AbandonedCall> abandoned = [];
        unit.AddAbandoned(abandoned);
        var degraded = abandoned.Count > 0 || unit.Complaint is not null || unit.UnloadsPending > 0;
        var reason = state.Reason.Length > 0 ? state.Reason : unit.Complaint ?? (abandoned.Count > 0 ? $"{abandoned.Count} abandoned calls" : PendingUnload(unit));
        var needsAttention = state.DownSinceUtc is { } since && now - since > _reconnect.NeedsAttentionAfter;
        return new UnitSnapshot(
            unit.Id, unit.PluginName, unit is AdapterUnit, state.Phase, degraded, reason, state.Generation, state.SinceUtc, state.Attempt, state.DueUtc, needsAttention, abandoned,
            unit.LastTeardown, unit.LateResults, unit.IgnoredReports)
        {
            Code = state.Reason.Length == 0 || state.Phase is UnitPhase.Disabled or UnitPhase.Stopping or UnitPhase.Stopped ? null : state.LastFault,
            Loaded = unit.Loaded,
            UnloadsPending = unit.UnloadsPending,
            IsIsolated = unit.IsIsolated,
            WorkerId = unit.WorkerId,
            Figures = unit.Figures,
            TearingDown = state.TearingDown,
            Proofs = unit.Proofs,
        };
    }

    private static string PendingUnload(SupervisedUnit unit) => unit.UnloadsPending == 0 ? ""
        : $"unload pending: something of the plugin (a thread, a timer, a call) keeps {unit.UnloadsPending} of its earlier contexts in memory; a restart frees it";
}
