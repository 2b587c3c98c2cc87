using PluginGateway.Threads;

namespace PluginGateway.Store.Engine;

/// <summary>Reader beside the writer, without its queue: each read runs on a thread and a connection of its own, because a disk that hangs must not
/// hang the caller.</summary>
internal sealed class Reader(string path, TimeProvider clock)
{
    private static readonly StoreFailure Late = new(StoreCode.Busy, "The store has not answered in time; ask for less, or again.");

    private int _open;

    /// <summary>Waits at most <paramref name="bound"/> on the caller's thread; a longer read is interrupted.</summary>
    public CommandResult<T> Read<T>(TimeSpan bound, Func<Session, T> read)
    {
        if (Interlocked.CompareExchange(ref _open, 1, 0) != 0) return new(default, Late);
        var reading = new Reading<T>(path, clock, read, () => Volatile.Write(ref _open, 0));
        try
        {
            LoopThread.Start("store reader", reading.Run);
        }
        catch (Exception problem) when (problem is OutOfMemoryException or ThreadStartException)
        {
            Volatile.Write(ref _open, 0);
            return new(default, Late);
        }

        return reading.Wait(bound) ?? new(default, Late);
    }

    private sealed class Reading<T>(string path, TimeProvider clock, Func<Session, T> read, Action ended)
    {
        private readonly object _gate = new();
        private Session? _session;
        private CommandResult<T>? _commandResult;
        private bool _isLate;

        public void Run()
        {
            CommandResult<T> commandResult;
            try
            {
                commandResult = Read();
            }
            catch (Exception problem)
            {
                commandResult = new(default, StoreFailure.From(problem));
            }

            ended();
            using (UninterruptibleLock.Enter(_gate))
            {
                _commandResult = commandResult;
                Monitor.Pulse(_gate);
            }
        }

        public CommandResult<T>? Wait(TimeSpan bound)
        {
            using (UninterruptibleLock.Enter(_gate))
            {
                _isLate = !UninterruptibleLock.WaitUntil(_gate, () => _commandResult is not null, bound);
                if (_isLate) _session?.Interrupt();
                return _commandResult;
            }
        }

        private CommandResult<T> Read()
        {
            using var session = Session.OpenReader(path, clock);
            using (UninterruptibleLock.Enter(_gate))
            {
                if (_isLate) return new(default, Late);
                _session = session;
            }

            var value = read(session);
            using (UninterruptibleLock.Enter(_gate)) _session = null;
            return session.Failure is { } failure ? new(default, failure) : new(value, null);
        }
    }
}
