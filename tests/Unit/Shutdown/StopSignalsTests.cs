using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using PluginGateway.Instance;
using PluginGateway.Shutdown;

namespace PluginGateway.Tests.Shutdown;

/// <summary>Without SIGINT and SIGQUIT, which the test runner takes as a wish to end; they go the same way. Alone: a signal is the whole process's,
/// and web hosts of other tests would stop.</summary>
[Collection<RunsAlone>]
public sealed class StopSignalsTests
{
    /// <summary>So that a test that fails does not take the whole run with it.</summary>
    private static readonly PosixSignalRegistration Guard = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);

    [DllImport("libc")]
    private static extern nint signal(int number, nint handler);

    private const int Hangup = 1;
    private const int Terminate = 15;

    [Fact]
    public void Each_signal_is_posted_once_and_does_not_end_the_process()
    {
        Assert.NotNull(Guard);
        var posted = new BlockingCollection<StopSignal>();
        using var signals = new StopSignals(posted.Add);

        ProcessExit.Raise(Terminate);
        Assert.Equal(StopSignal.Terminate, Next(posted));
        ProcessExit.Raise(Hangup);
        Assert.Equal(StopSignal.Hangup, Next(posted));
        Assert.False(posted.TryTake(out _, TimeSpan.FromMilliseconds(200)));
    }

    [Theory]
    [InlineData(Terminate, 1)]
    [InlineData(Hangup, 1)]
    [InlineData(Hangup, 0)]
    public void A_signal_that_was_taken_away_natively_is_posted_again_after_the_next_renewal(int number, nint handler)
    {
        Assert.NotNull(Guard);
        var posted = new BlockingCollection<StopSignal>();
        using var signals = new StopSignals(posted.Add);
        signal(number, handler);
        Assert.Equal(1, signals.Renew());
        Assert.Equal(0, signals.Renew());
        ProcessExit.Raise(number);
        Assert.Equal(number == Terminate ? StopSignal.Terminate : StopSignal.Hangup, Next(posted));
    }

    [Fact]
    public void Renewing_all_the_time_neither_loses_a_signal_nor_posts_it_twice()
    {
        Assert.NotNull(Guard);
        var posted = new BlockingCollection<StopSignal>();
        using var signals = new StopSignals(posted.Add);
        var done = false;
        var renewer = new Thread(() =>
        {
            while (!Volatile.Read(ref done)) signals.Renew();
        });
        renewer.Start();

        for (var i = 0; i < 200; i++)
        {
            ProcessExit.Raise(Terminate);
            Assert.Equal(StopSignal.Terminate, Next(posted));
        }

        Volatile.Write(ref done, true);
        renewer.Join();
        Assert.False(posted.TryTake(out _, TimeSpan.FromMilliseconds(200)));
    }

    private static StopSignal Next(BlockingCollection<StopSignal> posted) =>
        posted.TryTake(out var signal, TimeSpan.FromSeconds(20)) ? signal : throw new TimeoutException("no signal was posted");
}
