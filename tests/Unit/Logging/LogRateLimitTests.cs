using Microsoft.Extensions.Time.Testing;
using PluginGateway.Logging;

namespace PluginGateway.Tests.Logging;

public sealed class LogRateLimitTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void A_flood_is_cut_at_once_said_once_and_counted()
    {
        var rate = new LogRateLimit(_clock);
        var (admitted, reports) = (0, new List<long>());
        for (var i = 0; i < 5000; i++)
        {
            if (rate.TryAcquire(out var report)) admitted++;
            if (report > 0) reports.Add(report);
        }

        Assert.Equal(LogRateLimit.Burst, admitted);
        Assert.Equal([1], reports);

        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(rate.TryAcquire(out var rest));
        Assert.Equal(5000 - LogRateLimit.Burst - 1, rest);
        Assert.True(rate.TryAcquire(out rest));
        Assert.Equal(0, rest);
    }

    [Fact]
    public void A_steady_hundred_lines_a_second_is_never_cut()
    {
        var rate = new LogRateLimit(_clock);
        for (var i = 0; i < 6000; i++, _clock.Advance(TimeSpan.FromMilliseconds(10))) Assert.True(rate.TryAcquire(out _));
    }
}
