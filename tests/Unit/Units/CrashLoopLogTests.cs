using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Units;

namespace PluginGateway.Tests.Units;

public sealed class CrashLoopLogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(10, true)]
    [InlineData(100, true)]
    [InlineData(149, true)]
    [InlineData(151, false)]
    [InlineData(3600, false)]
    public void Three_ends_without_a_stop_within_five_minutes_are_a_crash_loop(int secondsApart, bool isLoop)
    {
        var log = CrashLoopLog.None;
        for (var start = 0; start < 4; start++)
        {
            Assert.False(log.IsCrashLoop);
            log = log.Started(Noon.AddSeconds(start * secondsApart));
        }

        Assert.Equal(isLoop, log.IsCrashLoop);
    }

    [Fact]
    public void A_stop_the_operator_asked_for_makes_a_new_beginning_and_a_failure_does_not()
    {
        var loop = CrashLoopLog.None.Started(Noon).Started(Noon.AddSeconds(1)).Started(Noon.AddSeconds(2)).Started(Noon.AddSeconds(3));
        Assert.True(loop.Stopped(ExitCodes.Failed).Started(Noon.AddSeconds(4)).IsCrashLoop);
        Assert.False(loop.Stopped(ExitCodes.Restart).Started(Noon.AddSeconds(4)).IsCrashLoop);
        Assert.Empty(loop.Stopped(ExitCodes.Planned).Started(Noon.AddSeconds(4)).UncleanEndsUtc);
    }

    [Fact]
    public void Stops_are_never_a_crash_loop()
    {
        var log = CrashLoopLog.None;
        for (var start = 0; start < 10; start++) log = log.Started(Noon.AddSeconds(start)).Stopped(ExitCodes.Failed);
        Assert.Empty(log.UncleanEndsUtc);
    }

    [Fact]
    public void An_end_that_a_plugin_is_to_blame_for_is_not_counted()
    {
        var log = CrashLoopLog.None;
        for (var start = 0; start < 10; start++) log = log.Started(Noon.AddSeconds(start)).Ended(new PluginEnd("tg", "ended the process", Noon));
        Assert.Empty(log.UncleanEndsUtc);
        Assert.Equal("tg", log.EndedByPlugin?.Unit);
        Assert.Null(log.Started(Noon.AddMinutes(1)).EndedByPlugin);
    }

    [Fact]
    public void A_clock_that_was_set_back_does_not_keep_old_ends_for_ever()
    {
        var loop = CrashLoopLog.None.Started(Noon).Started(Noon.AddSeconds(1)).Started(Noon.AddSeconds(2)).Started(Noon.AddSeconds(3));
        Assert.False(loop.Started(Noon.AddDays(-30)).IsCrashLoop);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("null")]
    public void A_file_that_is_broken_never_keeps_the_gateway_from_starting(string text)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(DataDirectory.CrashLoopLog(directory.Path), text);
        Assert.Same(CrashLoopLog.None, CrashLoopLog.Read(directory.Path));
    }

    [Fact]
    public void It_is_read_as_it_was_written()
    {
        using var directory = new TemporaryDirectory();
        var log = CrashLoopLog.None.Started(Noon).Started(Noon.AddSeconds(1)).Ended(new PluginEnd("tg", "ended the process", Noon));
        log.Write(directory.Path);
        Assert.Equivalent(log, CrashLoopLog.Read(directory.Path), strict: true);
    }
}
