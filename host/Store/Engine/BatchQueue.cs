using PluginGateway.Threads;

namespace PluginGateway.Store.Engine;

/// <summary>What waits for the writer, and the batch that shares its next commit. A batch grows while it is being written: callers that the last
/// commit has answered tend to come back at once. Without a moment's patience for them the first fills a commit alone and the others wait for the
/// next: two groups that alternate, at half the speed.</summary>
/// <remarks>Posting is for any thread, the rest for the writer's.</remarks>
internal sealed class BatchQueue(StoreOptions options, TimeProvider clock)
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMilliseconds(5);

    /// <summary>The moment is a fraction of what the last commit took.</summary>
    private const int PatienceShare = 8;

    /// <summary>For a clock that stands still.</summary>
    private const int MostYields = 2000;

    private readonly Mailbox<Command> _waiting = new();
    private List<Command> _taken = [];
    private int _next;
    private int _lastCount;
    private TimeSpan _patience;
    private TimeSpan _patienceLeft;

    /// <summary>In the order in which they were posted.</summary>
    public List<Command> Batch { get; } = [];

    /// <summary>Payload bytes of the batch.</summary>
    public long Weight { get; private set; }

    /// <summary>True: a batch was full before everything that was taken found room in it.</summary>
    public bool HasLeftOver => _next < _taken.Count;

    private bool IsFull => Batch.Count >= options.MaxBatch || Weight >= options.MaxBatchBytes;

    /// <summary>Never waits.</summary>
    public void Post(Command command) => _waiting.Post(command);

    /// <summary>Begins a batch with what waits, after waiting for something at most <paramref name="wait"/>. False: there is nothing.</summary>
    public bool Begin(TimeSpan wait)
    {
        if (!Grow() && !Fill(wait)) return false;
        _patienceLeft = _patience;
        return true;
    }

    /// <summary>Adds what has come since. False: the batch is full, or nobody else is expected.</summary>
    public bool Grow()
    {
        if (Fill(TimeSpan.Zero)) return true;
        var started = clock.GetTimestamp();
        for (var yields = 0; yields < MostYields && Batch.Count < _lastCount && clock.GetElapsedTime(started) < _patienceLeft; yields++)
        {
            Thread.Yield();
            if (!Fill(TimeSpan.Zero)) continue;
            _patienceLeft -= clock.GetElapsedTime(started);
            return true;
        }

        _patienceLeft = TimeSpan.Zero;
        return false;
    }

    /// <summary>The batch is over, and everybody in it is answered; its commit took so long.</summary>
    public void End(TimeSpan took)
    {
        var share = took / PatienceShare;
        _patience = _patienceLeft = share < LongestPatience ? share : LongestPatience;
        _lastCount = Batch.Count;
        Batch.Clear();
        Weight = 0;
    }

    private bool Fill(TimeSpan wait)
    {
        if (IsFull) return false;
        if (!HasLeftOver)
        {
            if (wait <= TimeSpan.Zero && _waiting.IsEmpty) return false;
            (_taken, _next) = (_waiting.Take(wait), 0);
        }

        var before = Batch.Count;
        for (; HasLeftOver && !IsFull; _next++)
        {
            Batch.Add(_taken[_next]);
            Weight += _taken[_next].Weight;
        }

        return Batch.Count > before;
    }
}
