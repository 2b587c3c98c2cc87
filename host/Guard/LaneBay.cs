using System.Diagnostics.CodeAnalysis;

namespace PluginGateway.Guard;

/// <summary>How many slots a bay has, and whether half of them overdue means that the generation is wedged.</summary>
internal readonly record struct BayTerms(int Slots, bool CanWedge = true);

/// <summary>A row of slots with the calls that wait for one. Guarded by its lane's lock.</summary>
internal sealed class LaneBay
{
    private readonly CallSlot[] _slots;

    public LaneBay(BayTerms terms, ISlotOwner owner, DeadlineWatch watch)
    {
        CanWedge = terms.CanWedge;
        _slots = new CallSlot[terms.Slots];
        for (var i = 0; i < terms.Slots; i++) _slots[i] = new CallSlot(owner, watch);
    }

    public int Slots => _slots.Length;

    public bool CanWedge { get; }

    public Queue<(GuardedCall Call, TimeSpan Limit)> Queue { get; } = new();

    /// <summary>True when a call waits and a slot is free for it. A guess without the lock.</summary>
    public bool IsReady => Queue.Count > 0 && FreeSlot() is not null;

    public bool HasTaken => Array.Exists(_slots, static slot => slot.IsTaken);

    public bool TryTake([NotNullWhen(true)] out CallSlot? slot)
    {
        slot = Queue.Count > 0 ? FreeSlot() : null;
        if (slot is null) return false;
        var (call, limit) = Queue.Dequeue();
        slot.Take(call, limit);
        return true;
    }

    /// <summary>Ends overdue calls. Returns how many overdue ones count against the plugin: those blocked in its own code always, those that only await while the pool they
    /// need can be trusted.</summary>
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
}
