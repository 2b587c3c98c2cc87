using PluginGateway.Posix;
using PluginGateway.Shutdown;

namespace PluginGateway.Tests.Shutdown;

/// <summary>Asking for the end, where plugins have left nothing to do it with.</summary>
public sealed class StopRequestsTests
{
    private readonly ShutdownWatchdog _watchdog = new(static _ => { }, static _ => { });

    [Fact]
    public void The_alarm_is_armed_before_the_stop_is_heard_and_the_last_resort_after_it()
    {
        List<string> order = [];
        StopRequests requests = null!;
        requests = new StopRequests(_watchdog, () => order.Add(requests.Wait(TimeSpan.Zero) ? "heard, alarm" : "alarm"),
            () => order.Add(requests.Wait(TimeSpan.Zero) ? "heard, last resort" : "last resort"));
        Assert.True(requests.Ask("stop", 0));
        Assert.False(requests.Ask("again", 1));
        Assert.Equal(["alarm", "heard, last resort"], order);
        Assert.Equal(new StopRequest("stop", 0), requests.First);
    }

    /// <summary>Without a thread to be had the last resort could not be armed, and a stop that was asked for was never heard of.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void What_cannot_be_armed_keeps_nobody_from_hearing_of_the_stop(bool alarmFails, bool lastResortFails)
    {
        var armed = 0;
        var requests = new StopRequests(_watchdog, () => Arm(alarmFails), () => Arm(lastResortFails));
        Assert.True(requests.Ask("stop", 0));
        Assert.True(requests.Wait(TimeSpan.Zero));
        Assert.Equal((alarmFails ? 0 : 1) + (lastResortFails ? 0 : 1), armed);

        void Arm(bool fails)
        {
            if (fails) throw new InvalidOperationException("no thread");
            armed++;
        }
    }

    [Theory]
    [InlineData(ExitCodes.Planned, true, ExitCodes.Planned)]
    [InlineData(ExitCodes.Planned, false, ExitCodes.Failed)]
    [InlineData(ExitCodes.Restart, false, ExitCodes.Restart)]
    [InlineData(ExitCodes.Configuration, false, ExitCodes.Configuration)]
    public void A_planned_stop_is_one_that_closed_the_store(int asked, bool isClosed, int code) =>
        Assert.Equal(code, ShutdownSequence.CodeOf(new StopRequest("stop", asked), isClosed));
}
