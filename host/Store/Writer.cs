using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using PluginGateway.Threads;

namespace PluginGateway.Store;

/// <summary>The only thread that touches the database. Takes what waits, runs it in one transaction, commits, then answers; it waits for nothing but work.</summary>
internal sealed class Writer
{
    private static readonly TimeSpan IdleWait = TimeSpan.FromMilliseconds(250);
    private const int BusyTries = 3;

    private readonly Session _session;
    private readonly StoreOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Mailbox<Command> _queue = new();
    private readonly object _gate = new();
    private readonly List<Command> _batch = [];
    private readonly long[] _counts = new long[Enum.GetValues<Total>().Length];
    private StoreFailure? _broken;
    private string? _failing;
    private long _weight;
    private bool _closing;
    private bool _closed;
    private bool _clean;
    private long _swept;

    public Writer(Session session, StoreOptions options, TimeProvider clock, ILogger log)
    {
        (_session, _options, _clock, _log) = (session, options, clock, log);
        _swept = clock.GetTimestamp();
        Heartbeat = new Heartbeat("store writer", clock);
        LoopThread.Start("store writer", Loop);
    }

    public Heartbeat Heartbeat { get; }

    /// <summary>What it has done since the start. Only this thread counts.</summary>
    public WriterFigures Figures { get; } = new();

    /// <summary>Set once the database turned out to be damaged: every command fails with it from then on.</summary>
    public StoreFailure? Broken => Volatile.Read(ref _broken);

    /// <summary>Queues a command. Any thread; never waits. Answers at once when the store is closed.</summary>
    public void Post(Command command)
    {
        lock (_gate)
        {
            if (!_closing)
            {
                _queue.Post(command);
                return;
            }
        }

        command.Fail(StoreFailure.Closed);
    }

    /// <summary>Counts something that leaves no row. It reaches the totals with the next commit that succeeds.</summary>
    public void Count(Total total)
    {
        if (Interlocked.Increment(ref _counts[(int)total]) == 1) Post(new Command<bool>(static _ => true, null));
    }

    /// <summary>Commits what was queued before, checkpoints and closes. False: not done in time, or not checkpointed; the write-ahead log keeps it.</summary>
    public bool Close(TimeSpan bound)
    {
        lock (_gate)
        {
            _closing = true;
            _queue.Post(new Command<bool>(static _ => true, null));
            if (!_closed && bound > TimeSpan.Zero) Monitor.Wait(_gate, bound);
            return _clean;
        }
    }

    private void Loop()
    {
        while (true)
        {
            Heartbeat.Beat();
            bool closing;
            lock (_gate) closing = _closing;
            foreach (var command in _queue.Take(closing ? TimeSpan.Zero : IdleWait))
            {
                _batch.Add(command);
                _weight += command.Weight;
                if (_batch.Count >= _options.MaxBatch || _weight >= _options.MaxBatchBytes) Flush();
            }

            if (_batch.Count > 0) Flush();
            if (closing) break;
            if (_clock.GetElapsedTime(_swept) >= _options.SweepEvery) Sweep();
        }

        Shut();
    }

    private void Flush()
    {
        Heartbeat.Beat();
        var failure = Attempt(_batch);
        if (failure is not null && _batch.Count > 1 && failure.Code is not (StoreCode.Busy or StoreCode.Corrupt)) RunOneByOne();
        else Answer(_batch, failure);
        _batch.Clear();
        _weight = 0;
    }

    /// <summary>Only the command that cannot be written fails; its neighbours in the batch do not.</summary>
    private void RunOneByOne()
    {
        var single = new List<Command>(1);
        foreach (var command in _batch)
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
        Span<long> counted = stackalloc long[_counts.Length];
        try
        {
            _session.Begin();
            for (var i = 0; i < counted.Length; i++)
            {
                counted[i] = Interlocked.Exchange(ref _counts[i], 0);
                if (counted[i] != 0) _session.Add((Total)i, counted[i]);
            }

            foreach (var command in commands) command.Run(_session);
            _session.Commit();
            Figures.Add(commands.Count);
            if (_failing is not null) _log.WritingAgain(_failing);
            _failing = null;
            return null;
        }
        catch (Exception exception)
        {
            for (var i = 0; i < counted.Length; i++) Interlocked.Add(ref _counts[i], counted[i]);
            return Undo(StoreFailure.From(exception));
        }
    }

    private StoreFailure Undo(StoreFailure failure)
    {
        try
        {
            _session.Rollback();
        }
        catch (SqliteException exception)
        {
            _log.RollbackFailed(StoreFailure.From(exception).Message);
        }

        Figures.AddFailure();
        if (_failing != failure.Code) _log.WriteFailed(failure.Code, failure.Message);
        _failing = failure.Code;
        if (failure.Code == StoreCode.Corrupt) Volatile.Write(ref _broken, failure);
        return failure;
    }

    private void Answer(List<Command> commands, StoreFailure? failure)
    {
        foreach (var command in commands)
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

    private void Sweep()
    {
        var more = false;
        Attempt([new Command<bool>(db => more = Retention.Sweep(db, _options), null)]);
        if (!more) _swept = _clock.GetTimestamp();
    }

    private void Shut()
    {
        var clean = false;
        try
        {
            if (Broken is null)
            {
                // The counts of the last moments, if nothing else took them along.
                Attempt([]);
                using var reader = _session.Query("PRAGMA wal_checkpoint(TRUNCATE)");
                clean = reader.Read() && reader.GetInt32(0) == 0;
            }

            _session.Dispose();
        }
        catch (Exception exception)
        {
            clean = false;
            _log.CloseFailed(StoreFailure.From(exception).Message);
        }

        lock (_gate)
        {
            (_closed, _clean) = (true, clean);
            Monitor.PulseAll(_gate);
        }
    }
}
