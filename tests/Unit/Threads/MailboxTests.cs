using PluginGateway.Threads;

namespace PluginGateway.Tests.Threads;

public sealed class MailboxTests
{
    [Fact]
    public void Items_posted_from_many_threads_arrive_once_and_in_the_order_of_each_thread()
    {
        var mailbox = new Mailbox<(int Thread, int Number)>();
        var threads = Enumerable.Range(0, 4).Select(t => LoopThread.Start($"poster {t}", () =>
        {
            for (var i = 0; i < 10_000; i++) mailbox.Post((t, i));
        })).ToArray();
        var next = new int[4];
        while (next.Sum() < 40_000)
        {
            foreach (var (thread, number) in mailbox.Take(TimeSpan.FromSeconds(5))) Assert.Equal(next[thread]++, number);
        }

        Assert.Equal(0, mailbox.Count);
    }
}
