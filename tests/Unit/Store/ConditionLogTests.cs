using Microsoft.Extensions.Time.Testing;
using PluginGateway.Store;

namespace PluginGateway.Tests.Store;

public sealed class ConditionLogTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ConditionLog _log;

    public ConditionLogTests() => _log = new ConditionLog(_clock);

    [Fact]
    public void Condition_that_stays_is_logged_once_however_long_it_stays()
    {
        Assert.Equal(ConditionNotice.None, _log.Next(false));
        Assert.Equal(ConditionNotice.Begun, _log.Next(true));
        for (var minute = 0; minute < 100; minute++)
        {
            _clock.Advance(ConditionLog.Interval);
            Assert.Equal(ConditionNotice.None, _log.Next(true));
        }
    }

    /// <summary>Also where it is absent at the end of a minute.</summary>
    [Theory]
    [InlineData(2, 1, new[] { 0, 60, 120 })]
    [InlineData(7, 3, new[] { 0, 63, 126 })]
    public void Condition_that_comes_and_goes_is_logged_at_its_begin_and_once_a_minute_and_ends_after_a_minute_without_it(
        int period, int present, int[] begins)
    {
        var notices = new List<ConditionNotice>();
        for (var second = 0; second < 150; second++)
        {
            notices.Add(_log.Next(second % period < present));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(begins, Enumerable.Range(0, 150).Where(second => notices[second] == ConditionNotice.Begun));
        Assert.DoesNotContain(ConditionNotice.Ended, notices);
        _clock.Advance(ConditionLog.Interval);
        Assert.Equal(ConditionNotice.Ended, _log.Next(false));
        Assert.Equal(ConditionNotice.None, _log.Next(false));
        Assert.Equal(ConditionNotice.Begun, _log.Next(true));
    }

    [Fact]
    public void Condition_that_was_there_for_longer_than_a_minute_is_said_to_be_over_at_once()
    {
        Assert.Equal(ConditionNotice.Begun, _log.Next(true));
        _clock.Advance(ConditionLog.Interval);
        Assert.Equal(ConditionNotice.None, _log.Next(true));
        Assert.Equal(ConditionNotice.Ended, _log.Next(false));
    }
}
