using System.Diagnostics;

namespace PluginGateway.Threads;

/// <summary>Lock for code that may run on a thread that a plugin knows: <c>Thread.Interrupt</c> makes a contended <c>lock</c> and a
/// <c>Monitor.Wait</c> throw, and the host's next steps must not be skipped. The interrupt is swallowed: no code of the host waits for one. The host
/// uses no other lock; a test checks that.</summary>
internal readonly ref struct UninterruptibleLock
{
    private readonly object? _gate;

    private UninterruptibleLock(object? gate) => _gate = gate;

    /// <summary>False after <see cref="TryEnter"/> when another thread holds the lock.</summary>
    public bool IsHeld => _gate is not null;

    public static UninterruptibleLock Enter(object gate)
    {
        while (true)
        {
            try
            {
                Monitor.Enter(gate);
                return new UninterruptibleLock(gate);
            }
            catch (ThreadInterruptedException)
            {
            }
        }
    }

    /// <summary>Takes the lock if it is free, without waiting.</summary>
    public static UninterruptibleLock TryEnter(object gate) => new(Monitor.TryEnter(gate) ? gate : null);

    /// <summary>Waits for a pulse of the lock that the caller holds. Returns early when the thread is interrupted: only for a caller that looks at
    /// its condition again.</summary>
    public static void Wait(object gate, TimeSpan timeout)
    {
        try
        {
            Monitor.Wait(gate, timeout);
        }
        catch (ThreadInterruptedException)
        {
        }
    }

    /// <summary>Waits for a pulse of the lock that the caller holds, without a limit.</summary>
    public static void Wait(object gate) => Wait(gate, Timeout.InfiniteTimeSpan);

    /// <summary>Waits, with the lock held, until the condition holds or the time is over (zero or less: looks once). The thread that makes it true
    /// pulses the lock.</summary>
    public static bool WaitUntil(object gate, Func<bool> condition, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            var left = timeout - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return false;
            Wait(gate, left);
        }

        return true;
    }

    /// <summary>Runs an operation of a collection of the runtime that takes a lock of its own: an interrupt comes before the operation has changed
    /// anything, so it is done again.</summary>
    public static T Uninterrupted<T>(Func<T> operation)
    {
        while (true)
        {
            try
            {
                return operation();
            }
            catch (ThreadInterruptedException)
            {
            }
        }
    }

    public void Dispose()
    {
        if (_gate is not null) Monitor.Exit(_gate);
    }
}
