namespace PluginGateway.Benchmarks;

/// <summary>How long a stop takes when adapters hang in disconnect and dispose, half of them blocking their thread; and how soon a fatal error has
/// its reconnect queued.</summary>
internal static class ShutdownArea
{
    private const int StopSamples = 5, FatalSamples = 100, FatalWarmUp = 20;
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(200);

    public static IEnumerable<Figure> Measure()
    {
        StopHung(10);
        foreach (var adapters in (int[])[1, 100, 1000])
            yield return new Figure(
                $"shutdown.hung_{adapters}.ms", Rounds.Median(Enumerable.Range(0, StopSamples).Select(_ => StopHung(adapters))), "ms");
        yield return new Figure("fatal.queued.us", FatalQueued(), "us");
    }

    private static double StopHung(int adapters)
    {
        using var release = new ManualResetEvent(false);
        var never = new TaskCompletionSource();
        var fixture = new UnitFixture(adapters, index => new FakeAdapter { OnClose = index % 2 == 0 ? Block : () => never.Task });
        var took = fixture.Stop(Bound);
        release.Set();
        never.SetResult();
        return took.TotalMilliseconds;

        Task Block()
        {
            release.WaitOne();
            return Task.CompletedTask;
        }
    }

    private static double FatalQueued()
    {
        var fixture = new UnitFixture(1, static _ => new FakeAdapter());
        for (var i = 0; i < FatalWarmUp; i++) fixture.Break();
        return Rounds.Median(Enumerable.Range(0, FatalSamples).Select(_ => fixture.Break().TotalMicroseconds));
    }
}
