using PluginGateway.Store.Engine;
using PluginGateway.Threads;

namespace PluginGateway.Store.Quota;

/// <summary>Keeps the database below its limit: deletes what may be deleted, a portion at a time between the batches, until there is a tenth to
/// spare. With nothing left to delete, messages are refused: those of adapters that use more than their share first. The writer's thread, but for the
/// properties that others read.</summary>
/// <param name="session">The writer's connection.</param>
/// <param name="options">The limit.</param>
/// <param name="attempt">Runs an action in a transaction of its own.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">The log.</param>
internal sealed class StoreQuota(Session session, StoreOptions options, Action<Action<Session>> attempt, TimeProvider clock, ILogger log)
{
    private const int Named = 3;
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(10);

    /// <summary>Time for which the adapter with most fresh ids stays named: room is made in bursts, and the name is shown between them too.</summary>
    private static readonly TimeSpan FreshShownFor = TimeSpan.FromMinutes(10);

    private readonly ConditionLog _tightLog = new(clock);
    private readonly ConditionLog _freshLog = new(clock);
    private readonly ConditionLog _limitLog = new(clock);
    private StoreFailure? _limit;
    private IReadOnlyList<StoreUse>? _uses;
    private long _used;
    private long _counted;
    private int _isCounting;
    private bool _makesRoom;
    private bool _isTight;
    private bool _forgetsFresh;
    private string? _freshForgotten;
    private long _freshForgottenAt;
    private long _unmeasured = long.MaxValue / 2;

    /// <summary>Failure while the database uses more than it may, with nothing left to delete.</summary>
    public StoreFailure? Limit => Volatile.Read(ref _limit);

    /// <summary>Sentence for the operator while event ids of the last hour are deleted, because nothing else makes room, and for a while after: the
    /// adapter that has most of them, and the remedy.</summary>
    public string? FreshForgotten =>
        clock.GetElapsedTime(Volatile.Read(ref _freshForgottenAt)) < FreshShownFor ? Volatile.Read(ref _freshForgotten) : null;

    /// <summary>Returns the reason for which this adapter's messages are refused; null when they are not. At the limit, an adapter that uses less
    /// than an even share of a half still has half of the room between the limit and the file's own: the other half is for the answers to accepted
    /// messages.</summary>
    public StoreFailure? LimitFor(string adapterId)
    {
        if (Limit is not { } limit || options.MaxBytes is not { } most || Volatile.Read(ref _uses) is not { } uses) return Limit;
        var spare = ((options.HardLimit ?? 0) * StoreOptions.PageBytes) - most;
        if (Volatile.Read(ref _used) > most + (spare / 2)) return limit;
        var own = uses.FirstOrDefault(use => use.AdapterId == adapterId);
        var share = most / 2 / Math.Max(1, uses.Count + (own is null ? 1 : 0));
        return (own?.Bytes ?? 0) < share ? null : limit;
    }

    /// <summary>Counts bytes that were written since the last measurement.</summary>
    public void Wrote(long bytes) => _unmeasured += bytes;

    /// <summary>Measures the use, if enough was written since the last time, and logs changes.</summary>
    public void Look()
    {
        if (options.MaxBytes is not { } limit) return;
        if (_makesRoom || _limit is not null || _unmeasured >= limit / 64) Measure(limit);
        Report(limit);
    }

    private void Measure(long limit)
    {
        _unmeasured = 0;
        var used = Retention.Used(session);
        if (session.TakeFailure() is not null) return;
        Volatile.Write(ref _used, used);
        _makesRoom = used > limit / 100 * (_makesRoom ? 90 : 95);
        // Stays set until there is room to spare again.
        _isTight = used > limit / 100 * (_isTight ? 90 : 95);
        var forgotten = default(Forgotten);
        AdapterUsage? most = null;
        if (_makesRoom)
        {
            attempt(db =>
            {
                forgotten = Retention.MakeRoom(db, options.SweepRows);
                if (forgotten.IsFresh) most = db.Usage.All().MaxBy(static usage => usage.Seen);
            });
        }

        _forgetsFresh = _isTight && (_forgetsFresh || forgotten.IsFresh);
        if (most is not null)
        {
            Volatile.Write(ref _freshForgottenAt, clock.GetTimestamp());
            Volatile.Write(ref _freshForgotten, StoreFailures.FreshForgotten(limit, most));
        }

        if (forgotten.Rows == 0) _makesRoom = false;
        var isReached = forgotten.Rows == 0 && used > (_limit is null ? limit : limit / 100 * 98);
        if (isReached) Count();
        Publish(isReached ? StoreFailures.LimitReached(limit, Volatile.Read(ref _uses)?.Take(Named)) : null);
    }

    /// <summary>Logs changes. Room is made in bursts, several a minute under a flood: the log has its begin, its end, and a line a minute
    /// between.</summary>
    private void Report(long limit)
    {
        var (used, most) = (_used / (1024 * 1024), limit / (1024 * 1024));
        var tight = _tightLog.Next(_isTight);
        if (tight == ConditionNotice.Begun) log.MakingRoom(used, most);
        if (_freshLog.Next(_forgetsFresh) == ConditionNotice.Begun) log.ForgettingFresh();
        var reached = _limitLog.Next(_limit is not null);
        if (reached == ConditionNotice.Begun) log.LimitReached(_limit!.Message);
        if (reached == ConditionNotice.Ended) log.BelowLimit();
        if (tight == ConditionNotice.Ended) log.RoomAgain(used, most);
    }

    private void Publish(StoreFailure? limit)
    {
        session.IsFull = limit is not null;
        if (limit != _limit) Volatile.Write(ref _limit, limit);
    }

    /// <summary>Counts the use of each adapter on a thread of its own, because that reads every row.</summary>
    private void Count()
    {
        if (_uses is not null && clock.GetElapsedTime(_counted) < CountEvery) return;
        if (Interlocked.CompareExchange(ref _isCounting, 1, 0) != 0) return;
        _counted = clock.GetTimestamp();
        try
        {
            LoopThread.Start("store census", CountRows);
        }
        catch (Exception problem) when (problem is OutOfMemoryException or ThreadStartException)
        {
            Volatile.Write(ref _isCounting, 0);
        }
    }

    private void CountRows()
    {
        using (var db = Session.OpenReader(options.Path, clock))
        {
            var uses = StoreCensus.Read(db);
            if (db.Failure is null) Volatile.Write(ref _uses, uses);
        }

        Volatile.Write(ref _isCounting, 0);
    }
}
