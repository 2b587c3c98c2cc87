using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch;

/// <summary>One thread, one queue of things to do, and things to do later. Everything the dispatcher decides is decided here, so nothing needs a
/// lock.</summary>
internal sealed class DispatchLoop
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(250);

    /// <summary>Time after a refusal of the store until it is asked again.</summary>
    public static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);

    private readonly Mailbox<Action> _mailbox = new();
    private readonly PriorityQueue<Action, DateTimeOffset> _later = new();
    private readonly TimeProvider _clock;
    private readonly Action<Action> _together;
    private readonly ILogger _log;
    private readonly WorkThread _packing;
    private readonly DateTimeOffset _startedUtc;
    private readonly long _started;

    /// <param name="clock">The clock.</param>
    /// <param name="together">Runs a step so that what it writes to the store is in one commit.</param>
    /// <param name="log">The log.</param>
    public DispatchLoop(TimeProvider clock, Action<Action> together, ILogger log)
    {
        (_clock, _together, _log) = (clock, together, log);
        (_startedUtc, _started) = (clock.GetUtcNow(), clock.GetTimestamp());
        Heartbeat = new Heartbeat("dispatcher", clock);
        _packing = new WorkThread("packing", clock);
    }

    /// <summary>Heartbeat of the loop.</summary>
    public Heartbeat Heartbeat { get; }

    /// <summary>Heartbeat of the thread that packs large messages.</summary>
    public Heartbeat PackingHeartbeat => _packing.Heartbeat;

    /// <summary>The time. It never jumps: a wall clock that is set must not delay what is due.</summary>
    public DateTimeOffset Now => _startedUtc + _clock.GetElapsedTime(_started);

    /// <summary>The time of day, for people, plugins and platforms. It may jump.</summary>
    public DateTimeOffset WallClock => _clock.GetUtcNow();

    /// <summary>This moment by both clocks.</summary>
    public Moment Moment => new(Now, WallClock);

    /// <summary>Returns the time since a moment. The wall clock counts the time that the machine slept, the other one what a clock that was set back
    /// hides: the longer holds.</summary>
    public TimeSpan Since(Moment moment) => TimeSpan.FromTicks(Math.Max((Now - moment.Steady).Ticks, (WallClock - moment.Wall).Ticks));

    /// <summary>A time of this loop as the wall clock shows it now.</summary>
    public DateTimeOffset ToWallClock(DateTimeOffset steady) => WallClock + (steady - Now);

    /// <summary>Returns the time of day at which a call ends that begins now; null: it has no deadline.</summary>
    public DateTimeOffset? EndOf(TimeSpan timeout) => timeout <= TimeSpan.Zero ? null
        : WallClock is var now && timeout < DateTimeOffset.MaxValue - now ? now + timeout : DateTimeOffset.MaxValue;

    /// <summary>Runs something on the loop's thread. Any thread; never blocks.</summary>
    public void Post(Action action) => _mailbox.Post(action);

    /// <summary>Runs a computation that is too long for the loop on the packing thread, also where a test steps the loop itself; it must not throw.
    /// Any thread; never blocks.</summary>
    public void PostPacking(Action action)
    {
        _packing.Start();
        _packing.Post(action);
    }

    /// <summary>Runs something later. Only on the loop's thread.</summary>
    public void At(DateTimeOffset due, Action action) => _later.Enqueue(action, due);

    /// <summary>Writes something that must be written, for as long as the store refuses it, and goes on when it is durable. Only on the loop's
    /// thread.</summary>
    public void Persist<T>(Action<Action<CommandResult<T>>> verb, Action<CommandResult<T>> then) => verb(commandResult => Post(() =>
    {
        if (commandResult.Failure is null or { Code: StoreCode.Closed or StoreCode.ReplyLost }) then(commandResult);
        else At(Now + StoreRetry, () => Persist(verb, then));
    }));

    /// <summary>Does what waits and what is due, after waiting for something at most <paramref name="wait"/>. False: there was nothing. Only the
    /// owning thread.</summary>
    public bool Step(TimeSpan wait)
    {
        var hasRun = false;
        Heartbeat.Beat();
        foreach (var action in _mailbox.Take(Shortest(wait)))
        {
            Run(action);
            hasRun = true;
        }

        while (_later.TryPeek(out _, out var due) && due <= Now)
        {
            Run(_later.Dequeue());
            hasRun = true;
        }

        return hasRun;
    }

    /// <summary>Starts the thread of the loop and the packing thread.</summary>
    public void Start(Action afterEachStep)
    {
        _packing.Start();
        LoopThread.Start("dispatcher", () =>
        {
            while (true)
            {
                Step(LongestWait);
                Run(afterEachStep);
            }
        });
    }

    private TimeSpan Shortest(TimeSpan wait)
    {
        if (!_later.TryPeek(out _, out var due)) return wait;
        var left = due - Now;
        // Rounded up: a wait of half a millisecond would spin.
        return left >= wait ? wait : TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, left.TotalMilliseconds)));
    }

    private void Run(Action action)
    {
        try
        {
            _together(action);
        }
        catch (Exception exception)
        {
            _log.StepFailed(exception.GetType().FullName, exception.StackTrace);
        }
    }
}

/// <summary>A moment by the clock that never jumps, and by the one that people see.</summary>
internal readonly record struct Moment(DateTimeOffset Steady, DateTimeOffset Wall)
{
    /// <summary>Longer ago than anything that is asked for.</summary>
    public static Moment LongAgo { get; } = new(DateTimeOffset.MinValue, DateTimeOffset.MinValue);
}
