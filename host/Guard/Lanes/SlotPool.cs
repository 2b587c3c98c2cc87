using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Guard.Lanes;

/// <summary>Options of a slot pool. <paramref name="Slots"/>: number of calls open at once; <paramref name="CanWedge"/>: true when half of the slots
/// being overdue makes the generation wedged.</summary>
internal readonly record struct SlotPoolOptions(int Slots, bool CanWedge = true);

/// <summary>Slots, with a queue of the calls that wait for one. Any thread may enqueue; slots are taken under the lane's lock. A slot is made when it
/// is first needed: most adapters never need all of theirs, and the watch visits every slot that exists.</summary>
internal sealed class SlotPool(SlotPoolOptions options, ISlotOwner owner, DeadlineWatch watch)
{
    private readonly ConcurrentQueue<(GuardedCall Call, TimeSpan Limit)> _queue = new();
    private volatile CallSlot[] _slots = [];

    /// <summary>Largest number of calls that may be open at once.</summary>
    public int Slots => options.Slots;

    public bool CanWedge => options.CanWedge;

    /// <summary>True when a call waits and a slot is free for it. A guess without the lock.</summary>
    public bool IsReady => !_queue.IsEmpty && (_slots.Length < options.Slots || FreeSlot() is not null);

    public bool HasTaken => Array.Exists(_slots, static slot => slot.IsTaken);

    public bool HasRunning => Array.Exists(_slots, static slot => slot.IsTaken && !slot.IsOverdue);

    /// <summary>Queues a call. Any thread.</summary>
    public void Enqueue(GuardedCall call, TimeSpan limit)
    {
        while (true)
        {
            try
            {
                _queue.Enqueue((call, limit));
                return;
            }
            catch (ThreadInterruptedException)
            {
                // The queue takes a lock now and then; an interrupt comes before it has changed anything.
            }
        }
    }

    /// <summary>Takes the call that waits longest, whether there is a slot for it or not. Any thread.</summary>
    public bool TryDequeue(out (GuardedCall Call, TimeSpan Limit) waiting)
    {
        while (true)
        {
            try
            {
                return _queue.TryDequeue(out waiting);
            }
            catch (ThreadInterruptedException)
            {
                // See the catch above.
            }
        }
    }

    public bool TryTake([NotNullWhen(true)] out CallSlot? slot)
    {
        slot = null;
        if (_queue.IsEmpty || (FreeSlot() ?? MakeSlot()) is not { } free || !TryDequeue(out var waiting)) return false;
        free.Take(waiting.Call, waiting.Limit);
        slot = free;
        return true;
    }

    /// <summary>Ends overdue calls. Returns how many overdue ones count against the plugin: those blocked in its own code always, those that only
    /// await while the pool they need can be trusted.</summary>
    public int Sweep(long now, bool poolIsTrusted)
    {
        var blamed = 0;
        foreach (var slot in _slots)
        {
            slot.Sweep(now);
            if (slot.IsOverdue && (poolIsTrusted || !slot.HasReturned)) blamed++;
        }

        return blamed;
    }

    public void CancelTaken()
    {
        foreach (var slot in _slots)
        {
            if (slot.IsTaken) slot.Cancel();
        }
    }

    public void AddAbandoned(List<AbandonedCall> list, int generation)
    {
        foreach (var slot in _slots)
        {
            if (slot.Abandoned(generation) is { } call) list.Add(call);
        }
    }

    private CallSlot? FreeSlot()
    {
        foreach (var slot in _slots)
        {
            if (!slot.IsTaken) return slot;
        }

        return null;
    }

    private CallSlot? MakeSlot()
    {
        if (_slots.Length == options.Slots) return null;
        var slot = new CallSlot(owner, watch);
        _slots = [.. _slots, slot];
        return slot;
    }
}
