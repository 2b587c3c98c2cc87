namespace PluginGateway.Tests.Supervision;

/// <summary>A wall clock that somebody sets again and again: every look at it is this much later or earlier than the look before. Elapsed time is
/// real.</summary>
internal sealed class JumpingClock(TimeSpan jump) : TimeProvider
{
    private long _looks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + (jump * Interlocked.Increment(ref _looks));
}
