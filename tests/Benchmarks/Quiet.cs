using System.Diagnostics;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;

namespace PluginGateway.Benchmarks;

/// <summary>Waits for the ends of calls on its own thread, and knows when the last one came.</summary>
internal sealed class Countdown(int ends) : ICallSink
{
    private readonly ManualResetEvent _done = new(false);
    private int _left = ends;
    private long _lastEnd;

    /// <summary>The time stamp of the last end.</summary>
    public long LastEnd => Volatile.Read(ref _lastEnd);

    public void Settled(GuardedCall call)
    {
        if (Interlocked.Decrement(ref _left) != 0) return;
        Volatile.Write(ref _lastEnd, Stopwatch.GetTimestamp());
        _done.Set();
    }

    public void Wait() => _done.WaitOne();
}

/// <summary>Counts the calls, as every observer does, and nothing else.</summary>
internal sealed class SilentObserver : ILaneObserver
{
    private readonly CallStatistics _statistics = new();

    public void OnSettled(Operation operation, in CallEnd end) => _statistics.Count(operation, end);

    public void OnOverdue(Operation operation, in CallEnd end)
    {
    }

    public void OnLate(Operation operation, TimeSpan lateness, CallFailure? failure)
    {
    }

    public void OnWedged(string reason)
    {
    }
}
