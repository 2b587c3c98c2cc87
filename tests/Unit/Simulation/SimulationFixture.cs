using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Loading;
using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Dispatch;
using PluginGateway.Threads;

namespace PluginGateway.Tests.Simulation;

/// <summary>
/// A whole gateway on one thread in virtual time: the real supervisor machine, the real dispatch and the real store's verbs on a database in memory,
/// between platforms and a handler that are made of scripts. Nothing in it depends on anything but the seed.
/// </summary>
internal sealed class SimulationFixture
{
    private const string Handler = "handler";

    private readonly PriorityQueue<(int Life, Action Action), (DateTimeOffset Due, long Order)> _later = new();
    private readonly List<Platform> _platforms;
    private readonly int _lives;
    private Dictionary<string, SimulatedUnit> _units = [];
    private MessageStore _store = null!;
    private readonly SessionBook _sessions;
    private long _order;
    private int _life;

    public SimulationFixture(int seed, Ledger ledger)
    {
        Random = new Random(seed);
        Clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        (Ledger, Trace, Turns) = (ledger, new Trace(Clock), new TurnBook(this));
        _sessions = new SessionBook(this, Handler);
        ledger.Clear(Clock);
        _lives = 1 + Random.Next(4);
        var forever = TimeSpan.FromDays(30);
        _platforms =
        [
            new(this, "native", new AdapterTraits { Idempotency = Idempotency.Native, MaxTextLength = 20, ConcurrentSends = 2 },
                new OutboxOptions { HoldChat = forever }, isStrict: true),
            new(this, "none", new AdapterTraits { ConcurrentSends = 3, ChatMessagesPerSecond = 2 }, new OutboxOptions(), isStrict: false),
            new(this, "resends", new AdapterTraits { MaxTextLength = 30, AccountMessagesPerSecond = 5 },
                new OutboxOptions { OnUnknown = OnUnknown.Resend, HoldChat = TimeSpan.Zero }, isStrict: false),
        ];
    }

    public Random Random { get; }

    public FakeTimeProvider Clock { get; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    public Ledger Ledger { get; }

    public Trace Trace { get; }

    public TurnBook Turns { get; }

    public Dispatcher Dispatcher { get; private set; } = null!;

    public InboxIntake Intake { get; private set; } = null!;

    /// <summary>False once everything shall settle.</summary>
    public bool HasFaults { get; private set; } = true;

    /// <summary>The process dies after this step.</summary>
    public bool CrashNow { get; set; }

    public SimulatedUnit UnitOf(string id) => _units[id];

    public int NextGeneration(string id) => _store.NextGeneration(id);

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public TimeSpan Seconds(double least, double most) => TimeSpan.FromSeconds(least + (Random.NextDouble() * (most - least)));

    public Failure AnyFailure() => new("script", "by script", Random.Next(10) switch
    {
        0 => FailureKind.Operator,
        1 or 2 => FailureKind.Wedged,
        _ => FailureKind.Retry,
    });

    /// <summary>Runs something later, unless the process has died by then.</summary>
    public void After(TimeSpan wait, Action action) => _later.Enqueue((_life, action), (Now + wait, _order++));

    public void Run()
    {
        using var inline = PromiseCompletion.Inline();
        for (var life = 0; life < _lives; life++)
        {
            Start();
            for (var steps = Random.Next(50, 500); steps > 0 && !CrashNow; steps--) StepOnce();
            if (!CrashNow && Chance(0.3)) Stop();
            Die();
        }

        HasFaults = false;
        Start();
        Settle();
    }

    private void Start()
    {
        _life++;
        CrashNow = false;
        Trace.Add($"--- life {_life}");
        var log = new Complaints(Trace);
        _store = MessageStore.Over(Ledger.Session, new StoreOptions(":memory:"), Clock, log);
        Intake = new InboxIntake(_store, new InboxLimits { MaxPending = 12 }, new OpenAccessFilter(), Clock, log);
        Intake.Quota.SetShares([.. _platforms.Select(static platform => platform.Id)]);
        Dispatcher = new Dispatcher(
            _store, Intake, static _ => Handler, new MediaFolder(Path.GetTempPath(), new MediaLimits()), Clock, new Random(Random.Next()), log);
        _units = _platforms.ToDictionary(static platform => platform.Id,
            platform => new SimulatedUnit(this, platform.Id, generation => new SimulatedAdapter(this, platform, generation)));
        _units.Add(Handler, new SimulatedUnit(this, Handler, generation => new SimulatedHandler(this, Handler, generation)));
        foreach (var unit in _units.Values) unit.Apply(new EnableCommand());
    }

    /// <summary>One step of anybody. What is queued at the store and not yet written is lost if the process dies now.</summary>
    private void StepOnce()
    {
        switch (Random.Next(10))
        {
            case 0:
                foreach (var platform in _platforms) platform.Write();
                break;
            case 1:
                foreach (var platform in _platforms) platform.Offer();
                break;
            case 2 or 3:
                Commit();
                break;
            case 4 or 5:
                Dispatcher.Step(TimeSpan.Zero);
                break;
            case 6:
                Clock.Advance(Seconds(0, Random.Next(12) == 0 ? 60 : 1.5));
                break;
            case 7:
                Operator();
                break;
            default:
                RunDue();
                break;
        }

        Check();
    }

    private void Commit()
    {
        _store.Step();
        foreach (var platform in _platforms) platform.CheckCursor();
        if (Ledger.Imbalance() is { } imbalance) Trace.Require(false, imbalance);
        if (Random.Next(4) == 0) _sessions.Check();
    }

    private void Operator()
    {
        foreach (var unit in _units.Values)
        {
            unit.Tick();
            if (unit.State.Phase is UnitPhase.Parked or UnitPhase.Quarantined && Chance(0.3)) unit.Apply(new EnableCommand());
        }
    }

    private void RunDue()
    {
        while (_later.TryPeek(out _, out var when) && when.Due <= Now && !CrashNow)
        {
            var (life, action) = _later.Dequeue();
            if (life == _life) action();
        }
    }

    private void Check()
    {
        foreach (var platform in _platforms) platform.Hear();
        Turns.CheckLate();
        Trace.Check();
    }

    private void Stop()
    {
        Trace.Add("stop");
        Intake.Close();
        Dispatcher.BeginDrain();
        for (var i = 0; i < 10; i++) Round(Seconds(0, 0.5));
        Dispatcher.StopTurns();
        Dispatcher.Step(TimeSpan.Zero);
        Turns.Stop();
        Commit();
        Check();
    }

    private void Die()
    {
        Trace.Add("the process dies");
        foreach (var platform in _platforms)
        {
            platform.Forget();
        }

        Turns.Forget();
    }

    private void Round(TimeSpan time)
    {
        Clock.Advance(time);
        RunDue();
        for (var i = 0; i < 2; i++)
        {
            Commit();
            Dispatcher.Step(TimeSpan.Zero);
        }

        Check();
    }

    /// <summary>No more faults: everything comes to its end.</summary>
    private void Settle()
    {
        const int most = 3000;
        for (var round = 0; round < most; round++)
        {
            foreach (var platform in _platforms) platform.Offer();
            foreach (var unit in _units.Values)
            {
                unit.Tick();
                if (unit.State.Phase is UnitPhase.Parked or UnitPhase.Quarantined) unit.Apply(new EnableCommand());
            }

            Round(Seconds(0.2, round > 200 ? 20 : 2));
            if (Ledger.Open == 0 && _platforms.TrueForAll(static platform => platform.IsDone)
                && _units.Values.All(static unit => unit.State.Phase == UnitPhase.Connected))
                break;
            Trace.Require(round < most - 1,
                $"it does not settle: {Ledger.Open} rows are open, units are {string.Join(", ", _units.Values.Select(static unit => unit.State.Phase))}");
        }

        CheckEnd();
    }

    private void CheckEnd()
    {
        _sessions.Check();
        var accepted = Ledger.Accepted();
        foreach (var platform in _platforms)
        {
            foreach (var eventId in platform.Acknowledged)
                Trace.Require(accepted.Count(row => row.Adapter == platform.Id && row.Event == eventId) == 1,
                    $"{eventId} was acknowledged and is not accounted for once");
            foreach (var (key, _, state) in Ledger.Outbox().Where(row => row.Adapter == platform.Id && row.State == 2))
                Trace.Require(platform.ConfirmedOf(key) > 0 || state != 2, $"{key} is said to be delivered, but the platform never confirmed it");
            Trace.Require(Ledger.ActionsDelivered(platform.Id) <= platform.ActionsMade,
                $"{Ledger.ActionsDelivered(platform.Id)} edits, deletions and reactions of {platform.Id} are said to be made, but only {platform.ActionsMade} were");
        }

        foreach (var turn in accepted.Where(static row => row.State == 2).GroupBy(static row => row.Turn ?? row.Id))
        {
            var (last, replies) = (turn.Last().Event, turn.Sum(static row => row.Replies));
            var asked = Script.IsControl(last) ? 0 : Script.RepliesTo(last) + (Script.Acts(last) ? 1 : 0);
            Trace.Require(replies == asked, $"the turn of {last} is handled with {replies} replies and actions instead of {asked}");
        }

        Trace.Require(
            Ledger.ActionsAmiss == 0, $"{Ledger.ActionsAmiss} edits, deletions and reactions ended in doubt, or before their message had arrived");
        Trace.Check();
    }

    /// <summary>A step that failed inside of the gateway is a violation: nothing it does may throw.</summary>
    private sealed class Complaints(Trace trace) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            trace.Add($"log {eventId.Id}: {formatter(state, exception)}");
            if (eventId.Id is 6001 || eventId.Id is >= 5000 and < 6000) trace.Require(false, formatter(state, exception));
        }
    }
}
