using PluginGateway.Guard.Lanes;
using PluginGateway.Threads;

namespace PluginGateway.Guard.Calls;

/// <summary>The calls of one generation that have a slot record and a fresh thread each: load, create, connect, run, disconnect, dispose.</summary>
internal sealed class LifecycleCalls(string name, DeadlineWatch watch, Spawner spawner, ILaneObserver observer) : ISlotOwner, IWatched
{
    private readonly object _gate = new();
    private readonly List<CallSlot> _slots = [];
    private bool _isWatched;
    private bool _isForgotten;

    /// <summary>True while a call is open or abandoned.</summary>
    public bool HasOpenCalls
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _slots.Count > 0;
        }
    }

    /// <summary>Starts a call on a fresh thread. Its deadline runs from now, the start of the thread included. Never blocks.</summary>
    /// <returns>The slot, through which the call can be asked to stop.</returns>
    public CallSlot Start(GuardedCall call, object? target, TimeSpan limit)
    {
        var slot = new CallSlot(this, watch);
        using (UninterruptibleLock.Enter(_gate)) _slots.Add(slot);
        slot.Take(call, limit);
        spawner.Start($"{name} {call.Operation}", () => Run(slot, target));
        return slot;
    }

    /// <summary>Adds these calls to the watch by themselves: calls of a unit, which outlives its generations, can begin at any time. A second call
    /// does nothing.</summary>
    public void Watch()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _isForgotten = false;
            if (_isWatched) return;
            _isWatched = true;
        }

        watch.Add(this);
    }

    /// <summary>Ends the watch once the open calls have returned: no more calls are started.</summary>
    public void Forget()
    {
        using (UninterruptibleLock.Enter(_gate)) _isForgotten = true;
    }

    /// <summary>Ends overdue calls. Only the watch.</summary>
    public bool Sweep(long now)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            // By index: the end of one call may start the next (dispose after disconnect), which adds a slot.
            for (var i = 0; i < _slots.Count; i++) _slots[i].Sweep(now);
            if (!_isForgotten || _slots.Count > 0) return true;
            _isWatched = false;
            return false;
        }
    }

    public void AddAbandoned(List<AbandonedCall> list, int generation)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            foreach (var slot in _slots)
            {
                if (slot.Abandoned(generation) is { } call) list.Add(call);
            }
        }
    }

    void ISlotOwner.OnSettled(GuardedCall call, in CallEnd end) => observer.OnSettled(call.Operation, end);

    void ISlotOwner.OnOverdue(GuardedCall call, in CallEnd end) => observer.OnOverdue(call.Operation, end);

    void ISlotOwner.OnLate(GuardedCall call, TimeSpan lateness, CallFailure? failure) => observer.OnLate(call.Operation, lateness, failure);

    void ISlotOwner.OnFree(CallSlot slot)
    {
        using (UninterruptibleLock.Enter(_gate)) _slots.Remove(slot);
    }

    private static void Run(CallSlot slot, object? target)
    {
        try
        {
            slot.Run(target);
        }
        catch (Exception)
        {
            slot.ReleaseLeftover();
            throw;
        }
    }
}
