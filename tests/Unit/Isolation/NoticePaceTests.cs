using Microsoft.Extensions.Time.Testing;
using PluginGateway.Isolation.Hosting;
using PluginGateway.Isolation.Protocol;

namespace PluginGateway.Tests.Isolation;

public sealed class NoticePaceTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void So_many_are_read_at_once_and_then_only_so_many_a_second()
    {
        var pace = new NoticePace(_clock);
        for (var i = 0; i < NoticePace.Burst; i++) Assert.Equal(TimeSpan.Zero, pace.After(RemoteOperation.Publish, 100));
        Assert.InRange(Paced(pace, RemoteOperation.Publish, 100, NoticePace.Rate).TotalSeconds, 0.9, 1.1);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, pace.After(RemoteOperation.Publish, 100));
    }

    [Fact]
    public void A_large_one_counts_by_its_bytes()
    {
        var pace = new NoticePace(_clock);
        Assert.InRange(Paced(pace, RemoteOperation.Publish, 2 * 1024 * 1024, 400).TotalSeconds, 10, 12);
    }

    [Fact]
    public void What_others_have_to_deal_with_counts_more()
    {
        var pace = new NoticePace(_clock);
        Assert.InRange(Paced(pace, RemoteOperation.ReportHealth, 100, 1_000).TotalSeconds, 7, 9);
    }

    /// <summary>What is waited for altogether.</summary>
    private TimeSpan Paced(NoticePace pace, RemoteOperation operation, int bytes, int count)
    {
        var waited = TimeSpan.Zero;
        for (var i = 0; i < count; i++)
        {
            var wait = pace.After(operation, bytes);
            waited += wait;
            _clock.Advance(wait);
        }

        return waited;
    }
}
