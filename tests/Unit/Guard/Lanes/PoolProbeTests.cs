using PluginGateway.Guard.Lanes;

namespace PluginGateway.Tests.Guard.Lanes;

/// <summary>When the thread pool counts as starved, and for how long nobody is blamed, by the tick.</summary>
public sealed class PoolProbeTests
{
    private readonly HookedClock _clock = new();
    private readonly PoolProbe _probe;
    private int _asked;

    public PoolProbeTests() => _probe = new PoolProbe(_clock, _ => _asked++);

    [Fact]
    public void It_asks_every_100_ms_and_not_before_the_last_question_was_answered()
    {
        Turn(0.099);
        Assert.Equal((0, TimeSpan.Zero), (_asked, _probe.Waiting));
        Turn(0.001);
        Assert.Equal(1, _asked);
        Turn(0.2);
        Assert.Equal((1, TimeSpan.FromSeconds(0.2)), (_asked, _probe.Waiting));
        _probe.Answer();
        Assert.Equal(TimeSpan.Zero, _probe.Waiting);
        Turn(0);
        Assert.Equal(2, _asked);
    }

    [Fact]
    public void A_question_that_waits_for_over_a_second_is_a_starvation_and_counted_once()
    {
        Ask();
        Turn(1);
        Assert.Equal((false, 0), (_probe.IsStarved, _probe.Starvations));
        Turn(0.001);
        Assert.Equal((true, 1), (_probe.IsStarved, _probe.Starvations));
        Turn(5);
        Assert.Equal((true, 1), (_probe.IsStarved, _probe.Starvations));
        _probe.Answer();
        Turn(0);
        Assert.False(_probe.IsStarved);
        Turn(1.001);
        Assert.Equal((true, 2), (_probe.IsStarved, _probe.Starvations));
    }

    [Fact]
    public void A_pool_that_takes_over_250_ms_is_not_trusted_before_it_has_been_prompt_for_a_second()
    {
        Assert.True(_probe.IsTrusted);
        Ask();
        Turn(0.25);
        Assert.True(_probe.IsTrusted);
        Turn(0.001);
        Assert.False(_probe.IsTrusted);
        Turn(0.5);
        _probe.Answer();
        for (var i = 0; i < 9; i++)
        {
            Turn(0.1);
            _probe.Answer();
            Assert.False(_probe.IsTrusted);
        }

        Turn(0.099);
        Assert.False(_probe.IsTrusted);
        Turn(0.001);
        Assert.True(_probe.IsTrusted);
    }

    [Fact]
    public void The_pool_of_this_process_answers()
    {
        var probe = new PoolProbe(_clock);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        probe.Poll();
        _clock.Advance(TimeSpan.FromSeconds(3));
        GuardFixture.Until(() => probe.Waiting == TimeSpan.Zero, "the question is answered");
    }

    private void Ask()
    {
        Turn(0.1);
        Assert.Equal(1, _asked);
    }

    private void Turn(double seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        _probe.Poll();
    }
}
