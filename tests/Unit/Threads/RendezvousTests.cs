using PluginGateway.Threads;

namespace PluginGateway.Tests.Threads;

public sealed class RendezvousTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public void Answer_that_is_given_at_once_is_not_waited_for()
    {
        Assert.True(Rendezvous<int>.TryAsk(static complete => complete(7), TimeSpan.Zero, out var answer));
        Assert.Equal(7, answer);
    }

    [Fact]
    public void Answer_of_another_thread_is_waited_for()
    {
        Assert.True(Rendezvous<string>.TryAsk(
            static complete => new Thread(() => complete("later")) { IsBackground = true }.Start(), Patience, out var answer));
        Assert.Equal("later", answer);
    }

    [Fact]
    public void Answer_that_comes_after_the_bound_is_dropped()
    {
        Action<string>? kept = null;
        Assert.False(Rendezvous<string>.TryAsk(complete => kept = complete, TimeSpan.Zero, out var answer));
        kept!("too late");
        Assert.Null(answer);
    }

    [Fact]
    public void Interrupt_of_the_waiting_thread_does_not_end_the_wait()
    {
        var waiting = Thread.CurrentThread;
        Assert.True(Rendezvous<int>.TryAsk(
            complete => new Thread(() =>
            {
                waiting.Interrupt();
                complete(1);
            }) { IsBackground = true }.Start(), Patience, out var answer));
        Assert.Equal(1, answer);
        try
        {
            // The interrupt may have come after the wait: it must not meet the next test on this thread.
            Thread.Sleep(1);
        }
        catch (ThreadInterruptedException)
        {
        }
    }
}
