using PluginGateway.Threads;

namespace PluginGateway.Store.Engine;

/// <summary>Queue of commands for the writer, and the batch that shares its next commit. A batch grows while it is being written: callers that the
/// last commit has answered tend to post again at once. If the writer did not wait a moment for them, the first would fill a commit alone and the
/// others the next: two groups that alternate, at half the speed.</summary>
/// <remarks>Posting is for any thread, the rest for the writer's.</remarks>
internal sealed class BatchQueue(StoreOptions options, TimeProvider clock)
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMilliseconds(5);

    /// <summary>Divisor of the last commit's duration that gives the wait for further commands.</summary>
    private const int PatienceShare = 8;

    /// <summary>Bound of that wait when the clock stands still.</summary>
    private const int MostYields = 2000;

    private readonly Mailbox<Command> _waiting = new();
    private List<Command> _taken = [];
    private int _next;
    private int _lastCount;
    private TimeSpan _patience;
    private TimeSpan _patienceLeft;

    /// <summary>Commands of the batch, in the order in which they were posted.</summary>
    public List<Command> Batch { get; } = [];

    /// <summary>Payload bytes of the batch.</summary>
    public long Weight { get; private set; }

    /// <summary>True when the batch was full before every command taken from the queue found room in it.</summary>
    public bool HasLeftOver => _next < _taken.Count;

    private bool IsFull => Batch.Count >= options.MaxBatch || Weight >= options.MaxBatchBytes;

    /// <summary>Queues a command. Never waits.</summary>
    public void Post(Command command) => _waiting.Post(command);

    /// <summary>Queues commands, which the writer takes together. Never waits.</summary>
    public void PostTogether(IReadOnlyList<Command> commands) => _waiting.PostTogether(commands);

    /// <summary>Begins a batch with the queued commands; waits for the first one at most <paramref name="wait"/>. False when there is none.</summary>
    public bool Begin(TimeSpan wait)
    {
        if (!Grow() && !Fill(wait)) return false;
        _patienceLeft = _patience;
        return true;
    }

    /// <summary>Adds commands that have been queued since. False when the batch is full, or no further command is expected.</summary>
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

    /// <summary>Ends the batch after all its callers are answered; <paramref name="took"/> is the duration of its commit.</summary>
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
