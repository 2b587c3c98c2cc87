using Microsoft.Extensions.Time.Testing;
using PluginGateway.Isolation.Protocol;
using PluginGateway.Isolation.Remote;

namespace PluginGateway.Tests.Isolation.Remote;

public sealed class NotificationRateLimitTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void So_many_are_read_at_once_and_then_only_so_many_a_second()
    {
        var limit = new NotificationRateLimit(_clock);
        for (var i = 0; i < NotificationRateLimit.Burst; i++) Assert.Equal(TimeSpan.Zero, limit.DelayAfter(RemoteOperation.Publish, 100));
        Assert.InRange(Paced(limit, RemoteOperation.Publish, 100, NotificationRateLimit.Rate).TotalSeconds, 0.9, 1.1);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, limit.DelayAfter(RemoteOperation.Publish, 100));
    }

    [Fact]
    public void A_large_one_counts_by_its_bytes()
    {
        var limit = new NotificationRateLimit(_clock);
        Assert.InRange(Paced(limit, RemoteOperation.Publish, 2 * 1024 * 1024, 400).TotalSeconds, 10, 12);
    }

    [Fact]
    public void What_others_have_to_deal_with_counts_more()
    {
        var limit = new NotificationRateLimit(_clock);
        Assert.InRange(Paced(limit, RemoteOperation.ReportHealth, 100, 1_000).TotalSeconds, 7, 9);
    }

    /// <summary>What is waited for altogether.</summary>
    private TimeSpan Paced(NotificationRateLimit limit, RemoteOperation operation, int bytes, int count)
    {
        var waited = TimeSpan.Zero;
        for (var i = 0; i < count; i++)
        {
            var wait = limit.DelayAfter(operation, bytes);
            waited += wait;
            _clock.Advance(wait);
        }

        return waited;
    }
}
