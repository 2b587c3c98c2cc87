using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Lanes;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;

namespace PluginGateway.Supervision;

/// <summary>Loop on one thread that owns the state of every adapter and handler. Every event is a message; every decision is
/// <see cref="UnitMachine"/>'s; no work that it starts can block it.</summary>
internal sealed class Supervisor
{
    /// <summary>Longest time between two iterations without an event: each iteration is the service manager's proof of life.</summary>
    private static readonly TimeSpan IterationInterval = TimeSpan.FromMilliseconds(250);

    private const int UpkeepEveryMilliseconds = 50;

    /// <summary>Longest time between two iterations while a generation drains.</summary>
    private static readonly TimeSpan DrainInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>Events; one without a unit is for all of them.</summary>
    private readonly Mailbox<(SupervisedUnit? Unit, UnitEvent Happened)> _mailbox = new();
    private readonly List<SupervisedUnit> _units = [];
    private readonly ManualResetEvent _stopped = new(false);
    private readonly ILogger<Supervisor> _log;
    private readonly UnitLog _unitLog;
    private readonly SnapshotPublisher _publisher;
    private readonly Action<string> _exitGateway;
    private readonly PoolProbe _pool;
    private bool _poolWasStarved;
    private long _lastUpkeep;
    private StopUnitCommand? _stop;

    public Supervisor(TimeProvider clock, ReconnectOptions reconnect, PoolProbe pool, ILogger<Supervisor> log, Action<string> exitGateway)
    {
        _log = log;
        Steady = new SteadyClock(clock);
        Loads = LoadThrottle.OfMachine(clock);
        _unitLog = new UnitLog(log, Steady);
        _publisher = new SnapshotPublisher(Steady, clock, reconnect, pool);
        _exitGateway = exitGateway;
        _pool = pool;
        Heartbeat = new Heartbeat("supervisor", clock);
    }

    public Heartbeat Heartbeat { get; }

    /// <summary>The time of every decision here, and of everything in a <see cref="UnitState"/>.</summary>
    public SteadyClock Steady { get; }

    /// <summary>Permits to load a plugin: bounds the loads at once.</summary>
    public LoadThrottle Loads { get; }

    /// <summary>Called on the loop's thread each time it has come round; must neither block nor throw.</summary>
    public Action OnIteration { get; init; } = static () => { };

    /// <summary>The last published state. Any thread.</summary>
    public SupervisorSnapshot Snapshot => _publisher.Snapshot;

    /// <summary>Tells a unit that something happened. Any thread; never blocks.</summary>
    public void Post(SupervisedUnit unit, UnitEvent happened) => _mailbox.Post((unit, happened));

    /// <summary>Starts the loop. Events posted before are handled in the first iteration, before the first snapshot: units without their command to
    /// run would look like disabled ones.</summary>
    public void Start() => LoopThread.Start("supervisor", Loop);

    /// <summary>Tears down every unit, all at once, each within <paramref name="bound"/> or its own smaller one.</summary>
    public void BeginStop(TimeSpan bound)
    {
        // Else each unit that stops would give its permit to one that stops next.
        Loads.Close();
        _mailbox.Post((null, new StopUnitCommand(bound)));
    }

    /// <summary>Waits until every unit has stopped; false when they have not by then.</summary>
    public bool WaitStopped(TimeSpan bound) => _stopped.WaitOne(bound);

    private void Loop()
    {
        while (true)
        {
            foreach (var (unit, happened) in _mailbox.Take(UntilNextIteration()))
            {
                if (unit is not null) Handle(unit, happened);
                else Stop((StopUnitCommand)happened);
            }

            var now = Steady.Now;
            foreach (var unit in _units)
            {
                unit.AdvanceDrains();
                if (now >= unit.State.DueUtc) Handle(unit, new Tick());
            }

            Loads.ReclaimOverdue();
            OnTick(now);
            CheckPool();
            _publisher.Publish(_units);
            Heartbeat.Beat();
            OnIteration();
            if (_stop is not null && _units.TrueForAll(static unit => unit.State.Phase == UnitPhase.Stopped)) _stopped.Set();
        }
    }

    /// <summary>Runs the periodic work, not at every event: there may be a thousand a second.</summary>
    private void OnTick(DateTimeOffset now)
    {
        if (Environment.TickCount64 - _lastUpkeep < UpkeepEveryMilliseconds) return;
        _lastUpkeep = Environment.TickCount64;
        foreach (var unit in _units) unit.OnTick(now);
        Forget();
    }

    /// <summary>Removes units that are no longer configured and whose last generation and load have ended.</summary>
    private void Forget()
    {
        for (var i = _units.Count - 1; i >= 0; i--)
        {
            var unit = _units[i];
            if (!unit.TryForget()) continue;
            _units.RemoveAt(i);
            _unitLog.Forget(unit);
        }
    }

    private TimeSpan UntilNextIteration()
    {
        var now = Steady.Now;
        var wait = IterationInterval;
        foreach (var unit in _units)
        {
            if (unit.IsDraining && wait > DrainInterval) wait = DrainInterval;
            if (unit.State.DueUtc is { } due && due > now && due - now < wait) wait = due - now;
        }

        return wait;
    }

    private void Stop(StopUnitCommand stop)
    {
        _stop = stop;
        foreach (var unit in _units) Handle(unit, stop);
    }

    /// <summary>Handles an event. A fault in this method would end every adapter's supervision, so it is contained to its unit.</summary>
    private void Handle(SupervisedUnit unit, UnitEvent happened)
    {
        _publisher.Touch(unit);
        try
        {
            if (happened is ConfigureCommand && !_units.Contains(unit)) Add(unit);
            if (!unit.Take(happened)) Advance(unit, happened);
        }
        catch (Exception exception)
        {
            _log.SupervisorFault(exception, happened.GetType().Name, unit.Id);
            if (happened is not GenerationFailed)
                Post(unit, new GenerationFailed(
                    unit.State.Generation, new Failure("internal-fault", $"a fault of the gateway's own: {exception.GetType().Name}")));
        }
    }

    /// <summary>Adds a unit. One that is added while the others stop is stopped too.</summary>
    private void Add(SupervisedUnit unit)
    {
        _units.Add(unit);
        if (_stop is { } stop) Advance(unit, stop);
    }

    private void Advance(SupervisedUnit unit, UnitEvent happened)
    {
        var (before, knownChange) = (unit.State.Phase, unit.State.AccountChange);
        var effects = unit.Step(happened, Steady.Now);
        foreach (var effect in effects)
        {
            if (effect is ExitGateway exit) _exitGateway($"{unit.Kind} '{unit.Id}' is wedged ({exit.Reason}) and its policy is to exit");
            else unit.Execute(effect);
        }

        if (unit.State.AccountChange is { } change && change != knownChange)
            _log.AccountChanged(unit.Kind, unit.Id, unit.PluginName, change);
        if (unit.State.Phase == before) return;
        _unitLog.Report(unit, before, unit.State);
        if (FailureOf(happened) is { Detail: { } detail }) _unitLog.Report(unit, detail);
    }

    private static Failure? FailureOf(UnitEvent happened) => happened switch
    {
        StepEnded step => step.Failure,
        GenerationFailed generationFailed => generationFailed.Failure,
        _ => null,
    };

    private void CheckPool()
    {
        var isStarved = _pool.IsStarved;
        if (isStarved == _poolWasStarved) return;
        _poolWasStarved = isStarved;
        if (isStarved) _log.PoolStarved(_pool.Waiting.TotalSeconds);
        else _log.PoolRecovered();
    }
}
