namespace PluginGateway.Threads;

/// <summary>Wall-clock time that never jumps: the time of its creation plus the time elapsed since. Loops decide by it; a wall clock that is set back
/// or forward must neither delay nor hurry due work.</summary>
internal sealed class SteadyClock(TimeProvider clock)
{
    private readonly DateTimeOffset _startedUtc = clock.GetUtcNow();
    private readonly long _started = clock.GetTimestamp();

    /// <summary>The time to decide by. Any thread.</summary>
    public DateTimeOffset Now => _startedUtc + clock.GetElapsedTime(_started);

    /// <summary>Lead of the wall clock over this one: to be added to times that users and platforms are told.</summary>
    public TimeSpan WallOffset => clock.GetUtcNow() - Now;
}
