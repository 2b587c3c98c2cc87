using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using PluginGateway.Guard.Calls;
using PluginGateway.Threads;

namespace PluginGateway.Guard.Lanes;

/// <summary>A plain background thread on which the host enters one generation's plugin code, with the slots of the calls it has entered. While a
/// returned task runs the lane goes on with the next call.</summary>
/// <remarks>A thread that is stuck in the synchronous part of a call is replaced; the call keeps slot and deadline, and the old thread only finishes
/// its call. An overdue call that returns is no longer counted: a machine that is slow now and then must not wear out a generation that lives for
/// weeks.</remarks>
internal sealed class Lane : ISlotOwner
{
    /// <summary>Number of yields of a lane without work before it sleeps: waking a thread costs ten times as much as entering a call.</summary>
    private const int YieldsBeforeSleep = 20;

    /// <summary>Time in plugin code after which the last thread that may be stuck is: the generation is wedged.</summary>
    private static readonly TimeSpan WedgedAfter = TimeSpan.FromSeconds(1);

    /// <summary>Idle time after which the thread ends. A thousand idle adapters need no thousand threads: each is probed once a minute.</summary>
    private static readonly TimeSpan DefaultIdleTime = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly TimeSpan _idleTime;
    private readonly object _target;
    private readonly string _name;
    private readonly DeadlineWatch _watch;
    private readonly Spawner _spawner;
    private readonly ILaneObserver _observer;
    private readonly SlotPool[] _pools;
    private readonly LaneLimits _limits;
    private int _turn;
    private LaneThread? _thread;
    private int _stuck;

    /// <summary>True while the lane has no thread yet, or one that sleeps.</summary>
    private volatile bool _asleep = true;
    private volatile bool _closed;
    private bool _wedged;

    /// <param name="name">The thread's name.</param>
    /// <param name="target">The plugin's object.</param>
    /// <param name="pools">Its pools; each kind of operation has one.</param>
    /// <param name="idleTime">Idle time after which its thread ends; null: ten seconds.</param>
    /// <param name="limits">Limits of stuck threads; null: those of an adapter.</param>
    public Lane(
        string name, object target, IReadOnlyList<SlotPoolOptions> pools, DeadlineWatch watch, Spawner spawner, ILaneObserver observer,
        TimeSpan? idleTime = null, LaneLimits? limits = null)
    {
        _limits = limits ?? LaneLimits.OfAdapter;
        _idleTime = idleTime ?? DefaultIdleTime;
        _name = name;
        _target = target;
        _watch = watch;
        _spawner = spawner;
        _observer = observer;
        _pools = [.. pools.Select(options => new SlotPool(options, this, watch))];
    }

    /// <summary>True while a call is open or abandoned.</summary>
    public bool HasOpenCalls => Array.Exists(_pools, static pool => pool.HasTaken);

    /// <summary>True while a call runs that is not overdue.</summary>
    public bool IsServing => Array.Exists(_pools, static pool => pool.HasRunning);

    private bool IsReady => Array.Exists(_pools, static pool => pool.IsReady);

    /// <summary>Queues a call. Any thread; never blocks. Its deadline starts when it is entered.</summary>
    public void Post(GuardedCall call, TimeSpan limit, int pool)
    {
        _pools[pool].Enqueue(call, limit);
        Interlocked.MemoryBarrier();
        if (_closed) RefuseWaiting();
        else if (_asleep) Wake();
    }

    /// <summary>Accepts no more calls; waiting ones are refused. Open calls end by themselves or at their deadline.</summary>
    public void Close()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }

        RefuseWaiting();
    }

    /// <summary>Cancels every open call, politely.</summary>
    public void CancelOpen()
    {
        foreach (var pool in _pools) pool.CancelTaken();
    }

    /// <summary>Ends overdue calls, notices that too many are, and replaces a stuck thread. Only the watch.</summary>
    public void Sweep(long now)
    {
        foreach (var pool in _pools)
        {
            var blamed = pool.Sweep(now, _watch.Pool.IsTrusted);
            if (pool.CanWedge && 2 * blamed >= pool.Slots) ReportWedged($"{blamed} of {pool.Slots} calls are overdue");
        }

        var since = Volatile.Read(ref _thread)?.BusySince ?? 0;
        if (since == 0) return;
        var stuck = since + _watch.Ticks(_limits.ReplaceAfter);
        if (now > stuck && !TryReplaceStuckThread(since)) stuck = since + _watch.Ticks(WedgedAfter);
        if (now <= stuck) _watch.Expect(stuck + 1);
        else if (IsWedged(since)) ReportWedged($"{_limits.MostStuck + 1} threads are blocked before their first await");
    }

    public void AddAbandoned(List<AbandonedCall> list, int generation)
    {
        foreach (var pool in _pools) pool.AddAbandoned(list, generation);
    }

    void ISlotOwner.OnSettled(GuardedCall call, in CallEnd end) => _observer.OnSettled(call.Operation, end);

    void ISlotOwner.OnOverdue(GuardedCall call, in CallEnd end) => _observer.OnOverdue(call.Operation, end);

    void ISlotOwner.OnLate(GuardedCall call, TimeSpan lateness, CallFailure? failure) => _observer.OnLate(call.Operation, lateness, failure);

    void ISlotOwner.OnFree(CallSlot slot)
    {
        Interlocked.MemoryBarrier();
        if (_asleep) Wake();
    }

    /// <summary>Refuses the waiting calls. A call that is queued while the lane closes is seen by the thread that queued it or by the one that closed
    /// the lane.</summary>
    private void RefuseWaiting()
    {
        foreach (var pool in _pools)
        {
            while (pool.TryDequeue(out var waiting)) waiting.Call.Finish(new CallEnd(CallEndKind.Refused, CallStage.NotEntered, TimeSpan.Zero, null));
        }
    }

    private void Wake()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_asleep || _closed) return;
            _asleep = false;
            if (_thread is null) EnsureThread();
            else Monitor.PulseAll(_gate);
        }
    }

    private void EnsureThread()
    {
        var thread = new LaneThread();
        _thread = thread;
        _spawner.Start(_name, () => Work(thread));
    }

    private void Work(LaneThread self)
    {
        var clean = ExecutionContext.Capture();
        while (TryTake(self, out var slot))
        {
            self.BusySince = _watch.Now;
            try
            {
                slot.Run(_target);
            }
            catch (Exception)
            {
                slot.ReleaseLeftover();
                throw;
            }

            // Restoring can run plugin code too (a local that is told when it changes), so the thread still counts as busy.
            if (clean is not null && !ReferenceEquals(ExecutionContext.Capture(), clean)) ExecutionContext.Restore(clean);
            if (SynchronizationContext.Current is not null) SynchronizationContext.SetSynchronizationContext(null);
            self.BusySince = 0;
        }

        using (UninterruptibleLock.Enter(_gate))
        {
            if (self.IsReplaced) _stuck--;
        }
    }

    private bool TryTake(LaneThread self, [NotNullWhen(true)] out CallSlot? slot)
    {
        var patience = YieldsBeforeSleep;
        while (true)
        {
            using (UninterruptibleLock.Enter(_gate))
            {
                if (TryTakeAny(self, out slot)) return true;
                if (_closed || _thread != self) return false;
                if (patience == 0)
                {
                    if (TrySleep(self, out slot)) return true;
                    patience = YieldsBeforeSleep;
                }
            }

            for (; patience > 0 && !IsReady; patience--) Thread.Yield();
        }
    }

    /// <summary>Sleeps until the thread is woken, unless a call has come meanwhile, which it takes. A thread that queues a call or frees a slot does
    /// so before it reads whether the lane sleeps; the lane publishes that it sleeps before it reads queue and slots for the last time: one of the
    /// two sees the other.</summary>
    private bool TrySleep(LaneThread self, [NotNullWhen(true)] out CallSlot? slot)
    {
        _asleep = true;
        Interlocked.MemoryBarrier();
        if (TryTakeAny(self, out slot))
        {
            _asleep = false;
            return true;
        }

        var asleepSince = Stopwatch.GetTimestamp();
        UninterruptibleLock.Wait(_gate, _idleTime);
        // The thread that wakes the lane has set this under the lock: the lane is still asleep, and no thread will pulse this one.
        if (_asleep && !_closed && _thread == self && Stopwatch.GetElapsedTime(asleepSince) >= _idleTime) _thread = null;
        else _asleep = false;
        return false;
    }

    private bool TryTakeAny(LaneThread self, [NotNullWhen(true)] out CallSlot? slot)
    {
        slot = null;
        if (_closed || _thread != self) return false;
        for (var i = 0; i < _pools.Length; i++)
        {
            _turn = (_turn + 1) % _pools.Length;
            if (_pools[_turn].TryTake(out slot)) return true;
        }

        return false;
    }

    /// <summary>Replaces a stuck thread. False: as many as may be are stuck already.</summary>
    private bool TryReplaceStuckThread(long since)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!IsStuck(since)) return true;
            if (_stuck >= _limits.MostStuck) return false;
            _stuck++;
            _thread!.IsReplaced = true;
            EnsureThread();
            return true;
        }
    }

    private bool IsWedged(long since)
    {
        using (UninterruptibleLock.Enter(_gate)) return IsStuck(since) && _stuck >= _limits.MostStuck;
    }

    /// <summary>True while the thread is in the same call as at the sweep. Only under the lock.</summary>
    private bool IsStuck(long since) => !_closed && _thread is { } thread && thread.BusySince == since;

    private void ReportWedged(string reason)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_wedged) return;
            _wedged = true;
        }

        _observer.OnWedged(reason);
    }

    /// <summary>Thread of the lane, with the time (on the watch's clock) at which it entered plugin code; 0 while it is outside.</summary>
    private sealed class LaneThread
    {
        private long _busySince;

        /// <summary>True when the thread was stuck and another has taken its place. Only under the lane's lock.</summary>
        public bool IsReplaced { get; set; }

        public long BusySince
        {
            get => Volatile.Read(ref _busySince);
            set => Volatile.Write(ref _busySince, value);
        }
    }
}
