using PluginGateway.Store.Files;
using PluginGateway.Store.Quota;
using PluginGateway.Threads;

namespace PluginGateway.Store.Engine;

/// <summary>The only thread that writes to the database. Takes the queued commands, runs them in one transaction, commits, then answers; waits for
/// nothing but commands.</summary>
internal sealed partial class Writer
{
    private static readonly TimeSpan IdleWait = TimeSpan.FromMilliseconds(250);
    private const int BusyTries = 3;
    private const string Disk = "the disk";

    private readonly Session _session;
    private readonly StoreOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly BatchQueue _queue;
    private readonly object _gate = new();
    private readonly long[] _counts = new long[Enum.GetValues<Total>().Length];

    /// <summary>Counts that the open transaction adds.</summary>
    private readonly long[] _counted = new long[Enum.GetValues<Total>().Length];
    private readonly Action<Balance> _audited;
    private readonly TimeSpan _sweepAfter;
    private readonly long _opened;
    private readonly StoreQuota _quota;
    private readonly MemoryNotices _memory;
    private readonly FileCheck _files;
    private readonly ConditionLog _failureLog;
    private StoreFailure? _broken;
    private StoreFailure? _failure;
    private StoreFailure? _overcome;
    private long _probed;
    private bool _closing;
    private bool _closed;
    private bool _clean;
    private long _swept;

    /// <param name="session">The writer's connection.</param>
    /// <param name="options">Limits and retention times.</param>
    /// <param name="sweepAfter">Sweeps delete nothing before this time has passed.</param>
    /// <param name="audited">Called with the balance at every sweep, on the writer.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">The log.</param>
    public Writer(Session session, StoreOptions options, TimeSpan sweepAfter, Action<Balance> audited, TimeProvider clock, ILogger log)
    {
        (_session, _options, _sweepAfter, _audited, _clock, _log) = (session, options, sweepAfter, audited, clock, log);
        _queue = new BatchQueue(options, clock);
        _opened = _swept = clock.GetTimestamp();
        _failureLog = new ConditionLog(clock);
        _files = new FileCheck(session, options, clock, log);
        _quota = new StoreQuota(session, options, run => Attempt([new Command<bool>(db =>
        {
            run(db);
            return true;
        }, null)]), clock, log);
        _memory = new MemoryNotices(session.Usage, options.MemoryQuota, clock, log);
        Heartbeat = new Heartbeat("store writer", clock);
    }

    public Heartbeat Heartbeat { get; }

    /// <summary>Counters of the writer's work since the start. Only this thread counts.</summary>
    public WriterStatistics Figures { get; } = new();

    /// <summary>Failure of a database that is damaged, or was removed or replaced: every command fails with it from then on.</summary>
    public StoreFailure? Broken => Volatile.Read(ref _broken) ?? _files.Loss;

    /// <summary>Reason for which the writer cannot write at the moment; null when it can, as far as is known.</summary>
    public StoreFailure? Failure => _files.Suspicion ?? Volatile.Read(ref _failure);

    /// <summary>Failure while the database uses more than it may, with nothing left to delete.</summary>
    public StoreFailure? Limit => _quota.Limit;

    /// <summary>Returns the reason for which messages of this adapter are refused; null when they are accepted.</summary>
    public StoreFailure? LimitFor(string adapterId) => _quota.LimitFor(adapterId);

    /// <summary>Sentence for the operator while event ids of the last hour are deleted: the adapter that has most of them, and the remedy.</summary>
    public string? FreshForgotten => _quota.FreshForgotten;

    /// <summary>Starts the writer's thread. The database has been written to before.</summary>
    public void Start()
    {
        _files.Begin();
        Run();
    }

    private void Run() => LoopThread.Start("store writer", () =>
    {
        while (Step(IdleWait))
        {
        }
    });

    /// <summary>Queues a command. Any thread; never waits. Answers at once when the store is closed.</summary>
    public void Post(Command command)
    {
        if (_gatherer == Thread.CurrentThread)
        {
            _gathered.Add(command);
            return;
        }

        PostAtOnce(command);
    }

    /// <summary>Queues a command before those that a loop gathers: what another thread posts next is behind it. Any thread; never waits.</summary>
    public void PostAtOnce(Command command)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_closing)
            {
                _queue.Post(command);
                return;
            }
        }

        command.Fail(StoreFailure.Closed);
    }

    /// <summary>Counts an event that leaves no row. The total is written with the next commit that succeeds.</summary>
    public void Count(Total total)
    {
        if (Interlocked.Increment(ref _counts[(int)total]) == 1) Post(new Command<bool>(AddCounts, null));
    }

    /// <summary>Commits the commands queued before, checkpoints and closes. False: not done in time, or not checkpointed; the write-ahead log keeps
    /// the rest.</summary>
    public bool Close(TimeSpan bound)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _closing = true;
            _queue.Post(new Command<bool>(static _ => true, null));
            UninterruptibleLock.WaitUntil(_gate, () => _closed, bound);
            return _clean;
        }
    }

    /// <summary>True when the last step had no room for some of the queued commands.</summary>
    public bool HasLeftOver => _queue.HasLeftOver;

    /// <summary>Writes one batch of queued commands; waits for the first one at most <paramref name="wait"/>. False: every command is written and the
    /// store is closed. Only the owning thread.</summary>
    public bool Step(TimeSpan wait)
    {
        Heartbeat.Beat();
        bool closing;
        using (UninterruptibleLock.Enter(_gate)) closing = _closing;
        if (closing)
        {
            while (_queue.Begin(TimeSpan.Zero)) Flush();
            _files.BeforeAnswering();
            Shut();
            return false;
        }

        if (_queue.Begin(wait)) Flush();
        RunUpkeep();
        return true;
    }

    private void RunUpkeep()
    {
        _files.BeforeAnswering();
        if (_failure is not null && _clock.GetElapsedTime(_probed) >= _options.ProbeEvery) Probe();
        if (_failureLog.Next(_failure is not null) == ConditionNotice.Ended) _log.WritingAgain(_overcome!.Code);
        _quota.Look();
        _memory.Look();
        if (_clock.GetElapsedTime(_swept) >= _options.SweepEvery) Sweep();
        EraseTickets();
        IndexSent();
    }

    private void Flush()
    {
        Heartbeat.Beat();
        var started = _clock.GetTimestamp();
        var batch = _queue.Batch;
        _files.BeforeWriting();
        Heartbeat.WaitsFor = Disk;
        var failure = Attempt(batch);
        Heartbeat.WaitsFor = null;
        var took = _clock.GetElapsedTime(started);
        if (failure is not null && batch.Count > 1 && failure.Code is not (StoreCode.Busy or StoreCode.Corrupt)) RunOneByOne();
        else Answer(batch, failure);
        _quota.Wrote(_queue.Weight);
        _queue.End(took);
    }

    /// <summary>Repeats a failed batch command by command, so that only the command that cannot be written fails.</summary>
    private void RunOneByOne()
    {
        var single = new List<Command>(1);
        foreach (var command in _queue.Batch)
        {
            Heartbeat.Beat();
            single.Clear();
            single.Add(command);
            Answer(single, Attempt(single));
        }
    }

    private StoreFailure? Attempt(List<Command> commands)
    {
        StoreFailure? failure = null;
        for (var tries = 0; tries < BusyTries && Broken is null; tries++)
        {
            failure = Transact(commands);
            if (failure?.Code != StoreCode.Busy) break;
            Heartbeat.Beat();
        }

        return Broken ?? failure;
    }

    private StoreFailure? Transact(List<Command> commands)
    {
        StoreFailure? failure;
        Array.Clear(_counted);
        try
        {
            var isSynchronous = IsSynchronous(commands);
            _session.Begin(isSynchronous);
            AddCounts(_session);
            // A transaction that waits for the disk takes in commands queued meanwhile. SQLite cannot make another one wait once it has begun.
            var grows = isSynchronous && commands == _queue.Batch;
            for (var i = 0; _session.Failure is null && (i < commands.Count || (grows && _queue.Grow())); i++) commands[i].Run(_session);
            // The statements have taken their time; only the commit writes to the files.
            if (_files.BeforeWriting() is { } loss) _session.Fail(loss);
            _session.Commit();
            failure = _session.Failure;
        }
        catch (Exception exception)
        {
            // A fault of this program: SQLite's failures are not thrown.
            failure = StoreFailure.From(exception);
        }

        if (failure is null)
        {
            Figures.Add(commands.Count);
            return null;
        }

        for (var i = 0; i < _counted.Length; i++) Interlocked.Add(ref _counts[i], _counted[i]);
        // What was read through a replaced descriptor looks like a damaged database.
        return Undo(_files.BeforeWriting() ?? failure);
    }

    /// <summary>Returns whether the next transaction must wait for the disk. One that need not takes in the commands of a moment before it begins: a
    /// transaction for each part of them would write the same pages several times.</summary>
    private bool IsSynchronous(List<Command> commands)
    {
        do
        {
            if (commands.Exists(static command => command.MustBeOnDisk)) return true;
        }
        while (commands == _queue.Batch && _queue.Grow());
        return false;
    }

    /// <summary>Adds the counts since the last call to the totals. At the begin of a transaction, and where a count has its place among the commands:
    /// a batch that grows has begun before.</summary>
    private bool AddCounts(Session db)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            var count = Interlocked.Exchange(ref _counts[i], 0);
            if (count == 0) continue;
            _counted[i] += count;
            db.Add((Total)i, count);
        }

        return true;
    }

    private StoreFailure Undo(StoreFailure failure)
    {
        if (_session.Rollback() is { } problem) _log.RollbackFailed(problem.Message);
        Figures.AddFailure();
        if (failure.Code == StoreCode.Corrupt) Volatile.Write(ref _broken, failure);
        if (!StoreFailures.Passes(failure))
        {
            if (failure.Code is not (StoreCode.ReplyLost or StoreCode.Replaced)) _log.WriteFailed(failure.Code, failure.Message);
            return failure;
        }

        var isOther = _failure is { } before && before.Code != failure.Code;
        if (_failureLog.Next(true) == ConditionNotice.Begun || isOther) _log.WriteFailed(failure.Code, failure.Message);
        _probed = _clock.GetTimestamp();
        Volatile.Write(ref _failure, failure);
        return failure;
    }

    private void Answer(List<Command> commands, StoreFailure? failure)
    {
        _files.BeforeAnswering();
        failure ??= Broken;
        PromiseThreads.Together(() =>
        {
            foreach (var command in commands) Answer(command, failure);
        });
    }

    private void Answer(Command command, StoreFailure? failure)
    {
        try
        {
            if (failure is null) command.Succeed();
            else command.Fail(failure);
        }
        catch (Exception exception)
        {
            _log.AnswerFailed(exception.GetType().FullName);
        }
    }
}
