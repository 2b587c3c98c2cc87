namespace PluginGateway.Guard;

/// <summary>A plain background thread on which the host enters one generation's plugin code, with the slots of the calls it has entered. While a returned task runs the lane
/// goes on with the next call.</summary>
/// <remarks>A thread that is stuck in the synchronous part of a call is replaced; the call keeps slot and deadline, and the old thread only finishes its call.</remarks>
internal sealed class Lane : ISlotOwner
{
    private const int MaxReplacements = 3;
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly object _target;
    private readonly string _name;
    private readonly DeadlineWatch _watch;
    private readonly Spawner _spawner;
    private readonly ILaneObserver _observer;
    private readonly LaneBay[] _bays;
    private int _turn;
    private LaneThread? _thread;
    private int _replacements;
    private bool _closed;
    private bool _wedged;

    /// <param name="name">The thread's name.</param>
    /// <param name="target">The plugin's object.</param>
    /// <param name="bays">Its bays; each kind of operation has one.</param>
    public Lane(string name, object target, IReadOnlyList<BayTerms> bays, DeadlineWatch watch, Spawner spawner, ILaneObserver observer)
    {
        _name = name;
        _target = target;
        _watch = watch;
        _spawner = spawner;
        _observer = observer;
        _bays = [.. bays.Select(terms => new LaneBay(terms, this, watch))];
    }

    /// <summary>True while a call is open or abandoned.</summary>
    public bool HasOpenCalls => Array.Exists(_bays, static bay => bay.HasTaken);

    /// <summary>Queues a call. Any thread; never blocks. Its deadline starts when it is entered.</summary>
    public void Post(GuardedCall call, TimeSpan limit, int bay)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _bays[bay].Queue.Enqueue((call, limit));
                if (_thread is null) Staff();
                else Monitor.Pulse(_gate);
                return;
            }
        }

        call.Finish(new CallEnd(CallEndKind.Refused, CallStage.NotEntered, TimeSpan.Zero, null));
    }

    /// <summary>Takes no more calls; what waits is refused. Open calls end by themselves or at their deadline.</summary>
    public void Close()
    {
        List<GuardedCall> refused = [];
        lock (_gate)
        {
            _closed = true;
            foreach (var bay in _bays)
            {
                refused.AddRange(bay.Queue.Select(static item => item.Call));
                bay.Queue.Clear();
            }

            Monitor.PulseAll(_gate);
        }

        foreach (var call in refused) call.Finish(new CallEnd(CallEndKind.Refused, CallStage.NotEntered, TimeSpan.Zero, null));
    }

    /// <summary>Cancels every open call, politely.</summary>
    public void CancelOpen()
    {
        foreach (var bay in _bays) bay.CancelTaken();
    }

    /// <summary>Ends overdue calls, notices that too many are, and replaces a stuck thread. Only the watch.</summary>
    public void Sweep(long now)
    {
        foreach (var bay in _bays)
        {
            var blamed = bay.Sweep(now, _watch.Pool.IsTrusted);
            if (bay.CanWedge && 2 * blamed >= bay.Slots) ReportWedged($"{blamed} of {bay.Slots} calls are overdue");
        }

        var since = Volatile.Read(ref _thread)?.BusySince ?? 0;
        if (since != 0 && now - since > _watch.Ticks(StuckAfter)) ReplaceStuckThread(since);
    }

    public void AddAbandoned(List<AbandonedCall> list, int generation)
    {
        foreach (var bay in _bays) bay.AddAbandoned(list, generation);
    }

    void ISlotOwner.OnOverdue(GuardedCall call, in CallEnd end) => _observer.OnOverdue(call.Operation, end);

    void ISlotOwner.OnLate(GuardedCall call, TimeSpan lateness, CallFailure? failure) => _observer.OnLate(call.Operation, lateness, failure);

    void ISlotOwner.OnFree(CallSlot slot)
    {
        lock (_gate)
        {
            Array.Find(_bays, bay => bay.Owns(slot))!.Free.Push(slot);
            Monitor.Pulse(_gate);
        }
    }

    private void Staff()
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
            slot.Run(_target);
            self.BusySince = 0;
            if (clean is not null && !ReferenceEquals(ExecutionContext.Capture(), clean)) ExecutionContext.Restore(clean);
            if (SynchronizationContext.Current is not null) SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    private bool TryTake(LaneThread self, out CallSlot slot)
    {
        lock (_gate)
        {
            while (_thread == self)
            {
                for (var i = 0; i < _bays.Length; i++)
                {
                    _turn = (_turn + 1) % _bays.Length;
                    if (_bays[_turn].TryTake(out slot!)) return true;
                }

                if (_closed) break;
                Monitor.Wait(_gate);
            }
        }

        slot = null!;
        return false;
    }

    private void ReplaceStuckThread(long since)
    {
        lock (_gate)
        {
            if (_thread is not { } stuck || stuck.BusySince != since || _closed) return;
            if (_replacements < MaxReplacements)
            {
                _replacements++;
                Staff();
                return;
            }
        }

        ReportWedged($"{MaxReplacements + 1} threads are blocked before their first await");
    }

    private void ReportWedged(string reason)
    {
        lock (_gate)
        {
            if (_wedged) return;
            _wedged = true;
        }

        _observer.OnWedged(reason);
    }

    /// <summary>One thread of the lane, and since when (on the watch's clock) it is in plugin code; 0 when it is not.</summary>
    private sealed class LaneThread
    {
        private long _busySince;

        public long BusySince
        {
            get => Volatile.Read(ref _busySince);
            set => Volatile.Write(ref _busySince, value);
        }
    }
}

/// <summary>Hears how the calls of one generation go. Called on the watch's or a plugin's thread: must not block.</summary>
internal interface ILaneObserver
{
    void OnOverdue(Operation operation, in CallEnd end);

    void OnLate(Operation operation, TimeSpan lateness, CallFailure? failure);

    void OnWedged(string reason);
}
