using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Calls of adapters without redelivery that wait for room in the inbox, by adapter, in the order of the calls. They hold no room
/// meanwhile. Any thread.</summary>
internal sealed class WaitingCalls
{
    /// <summary>Largest number of waiting calls of an adapter.</summary>
    public const int MostCalls = 256;

    /// <summary>Largest size of the waiting calls of an adapter, in bytes.</summary>
    public const long MostBytes = 16 * 1024 * 1024;

    private readonly object _gate = new();
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly List<Line> _busy = [];
    private volatile int _waiting;

    /// <summary>Returns the line of an adapter id.</summary>
    public Line Of(string adapterId)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_lines.TryGetValue(adapterId, out var line)) _lines.Add(adapterId, line = new Line(this));
            return line;
        }
    }

    /// <summary>Number of waiting calls of an adapter, and the time since when the first one waits.</summary>
    public (int Calls, DateTimeOffset? Since) Look(string adapterId)
    {
        using (UninterruptibleLock.Enter(_gate))
            return _lines.GetValueOrDefault(adapterId) is { IsEmpty: false } line ? (line.Calls.Count, line.Calls[0].WaitsSince) : (0, null);
    }

    /// <summary>An adapter id is no longer configured.</summary>
    public void Forget(string adapterId)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_lines.GetValueOrDefault(adapterId) is { IsEmpty: true }) _lines.Remove(adapterId);
        }
    }

    /// <summary>Judges the first call of each adapter, one after another in turn, until all that are left have to wait.</summary>
    /// <param name="leaves">Admits, refuses or drops a call; false: it waits on. Runs under a lock: must only post.</param>
    public void Advance(Func<InboxCall, bool> leaves)
    {
        if (_waiting == 0) return;
        using (UninterruptibleLock.Enter(_gate))
        {
            for (var hasMoved = true; hasMoved;)
            {
                hasMoved = false;
                for (var i = _busy.Count - 1; i >= 0; i--) hasMoved |= _busy[i].Advance(leaves);
            }
        }
    }

    /// <summary>Line of one adapter.</summary>
    internal sealed class Line(WaitingCalls all)
    {
        private volatile int _count;
        private long _bytes;

        /// <summary>True: nothing waits, so a call may be admitted at once. Costs a read.</summary>
        public bool IsEmpty => _count == 0;

        /// <summary>The calls, first come first. Under the lock of the owner.</summary>
        public List<InboxCall> Calls { get; } = [];

        /// <summary>Lets a call wait at its place; false: too many wait.</summary>
        public bool TryEnter(InboxCall call, DateTimeOffset now)
        {
            using (UninterruptibleLock.Enter(all._gate))
            {
                if (Calls.Count >= MostCalls) DropAbandoned();
                if (Calls.Count >= MostCalls || (Calls.Count > 0 && _bytes + call.Size > MostBytes)) return false;
                call.WaitsSince = now;
                var at = Calls.Count;
                while (at > 0 && Calls[at - 1].Inbox == call.Inbox && Calls[at - 1].Number > call.Number) at--;
                Calls.Insert(at, call);
                if (Calls.Count == 1) all._busy.Add(this);
                Count(1, call.Size);
                return true;
            }
        }

        /// <summary>Judges the first call; true: it has left.</summary>
        public bool Advance(Func<InboxCall, bool> leaves)
        {
            if (Calls.Count == 0 || !leaves(Calls[0])) return false;
            Count(-1, -Calls[0].Size);
            Calls.RemoveAt(0);
            if (Calls.Count == 0) all._busy.Remove(this);
            return true;
        }

        private void DropAbandoned()
        {
            foreach (var left in Calls.Where(static call => call.IsAnswered).ToArray())
            {
                Calls.Remove(left);
                Count(-1, -left.Size);
            }

            if (Calls.Count == 0) all._busy.Remove(this);
        }

        private void Count(int calls, long bytes)
        {
            _bytes += bytes;
            _count += calls;
            all._waiting += calls;
        }
    }
}
