using PluginGateway.Threads;

namespace PluginGateway.Supervision;

/// <summary>Bounds how many plugins are loaded at once, from the load until the instance has been created and has checked its settings: a
/// thousand at a time would all miss their deadlines. A turn is kept for <see cref="Longest"/> at most; a load that hangs goes on without one,
/// until its deadline, and those that have done so share half of the turns from then on. No thread waits here.</summary>
/// <param name="most">How many turns there are.</param>
/// <param name="clock">The clock.</param>
internal sealed class LoadTurns(int most, TimeProvider clock)
{
    /// <summary>A load takes some tenths of a second of a processor: one that takes longer than this mostly waits for something else.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private readonly List<LoadTurn> _held = [];
    private readonly List<LoadTurn> _waiting = [];
    private bool _isClosed;

    /// <summary>As many as the processors have use for, and some that wait for the disk.</summary>
    public static LoadTurns OfMachine(TimeProvider clock) => new(Math.Max(4, Environment.ProcessorCount * 2), clock);

    /// <summary>Begins a load, now or when it has its turn. Any thread; never blocks.</summary>
    /// <param name="begin">Starts the load; runs on this thread, or on the one that has given a turn back: must not block.</param>
    /// <param name="isFirst">Goes before all others: messages of every adapter may wait for a handler.</param>
    /// <param name="isSlow">Its last load has kept its turn for too long.</param>
    public LoadTurn Take(Action<LoadTurn> begin, bool isFirst = false, bool isSlow = false)
    {
        var turn = new LoadTurn(this, begin, isSlow);
        using (Held.On(_gate))
        {
            if (isFirst) _waiting.Insert(0, turn);
            else _waiting.Add(turn);
        }

        BeginNext();
        return turn;
    }

    /// <summary>Takes back the turns that have been kept for too long. Whoever comes round.</summary>
    public void Look()
    {
        using (Held.On(_gate))
        {
            for (var i = _held.Count - 1; i >= 0; i--)
            {
                if (clock.GetElapsedTime(_held[i].Began) < Longest) continue;
                _held[i].HasRunOut = true;
                _held.RemoveAt(i);
            }
        }

        BeginNext();
    }

    /// <summary>The gateway stops: what waits never begins.</summary>
    public void Close()
    {
        using (Held.On(_gate)) _isClosed = true;
    }

    internal bool IsWaiting(LoadTurn turn)
    {
        using (Held.On(_gate)) return _waiting.Contains(turn);
    }

    internal void GiveBack(LoadTurn turn)
    {
        using (Held.On(_gate))
        {
            if (!_held.Remove(turn) && !_waiting.Remove(turn)) return;
        }

        BeginNext();
    }

    private void BeginNext()
    {
        while (Next() is { } turn) turn.Begin(turn);
    }

    private LoadTurn? Next()
    {
        using (Held.On(_gate))
        {
            if (_isClosed || _waiting.Count == 0 || _held.Count >= most) return null;
            var slowMayBegin = _held.Count(static turn => turn.IsSlow) < Math.Max(1, most / 2);
            var index = slowMayBegin ? 0 : _waiting.FindIndex(static turn => !turn.IsSlow);
            if (index < 0) return null;
            var next = _waiting[index];
            _waiting.RemoveAt(index);
            next.Began = clock.GetTimestamp();
            _held.Add(next);
            return next;
        }
    }
}

/// <summary>The turn of one load: waiting, held, or over.</summary>
internal sealed class LoadTurn(LoadTurns turns, Action<LoadTurn> begin, bool isSlow)
{
    /// <summary>True until the load has begun or is no longer wanted.</summary>
    public bool IsWaiting => turns.IsWaiting(this);

    /// <summary>True when it was taken back: the load took too long.</summary>
    public bool HasRunOut { get; internal set; }

    internal bool IsSlow => isSlow;

    internal Action<LoadTurn> Begin => begin;

    internal long Began { get; set; }

    /// <summary>The load has ended, or is no longer wanted. Again: nothing.</summary>
    public void GiveBack() => turns.GiveBack(this);
}
