namespace PluginGateway.Threads;

/// <summary>Wall-clock time that never jumps: the time of its making, and what has elapsed since. Loops decide by it; a wall clock that somebody sets, back or forward, must neither delay nor hurry what is due.</summary>
internal sealed class SteadyClock(TimeProvider clock)
{
    private readonly DateTimeOffset _startedUtc = clock.GetUtcNow();
    private readonly long _started = clock.GetTimestamp();

    /// <summary>The time to decide by. Any thread.</summary>
    public DateTimeOffset Now => _startedUtc + clock.GetElapsedTime(_started);

    /// <summary>How far the wall clock is ahead of this one by now: to be added to what people and platforms are told.</summary>
    public TimeSpan WallOffset => clock.GetUtcNow() - Now;
}
