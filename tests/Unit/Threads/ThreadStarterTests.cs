using System.Collections.Concurrent;
using PluginGateway.Threads;

namespace PluginGateway.Tests.Threads;

/// <summary>Threads that the system does not give at once.</summary>
public sealed class ThreadStarterTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public void What_could_not_get_a_thread_gets_one_later_in_its_order()
    {
        var none = false;
        var ran = new ConcurrentQueue<string>();
        var starter = new ThreadStarter((name, body) =>
        {
            if (Volatile.Read(ref none)) return null;
            if (name == "thread starter") new Thread(() => body()) { IsBackground = true }.Start();
            else body();
            return Thread.CurrentThread;
        });
        starter.Start("first", () => ran.Enqueue("first"));
        Volatile.Write(ref none, true);
        foreach (var name in new[] { "lane", "fetch", "pusher" }) starter.Start(name, () => ran.Enqueue(name));
        Assert.Equal(["first"], ran);
        Assert.Equal(3, starter.Waiting);
        Volatile.Write(ref none, false);
        Assert.True(SpinWait.SpinUntil(() => starter.Waiting == 0, Long));
        Assert.Equal(["first", "lane", "fetch", "pusher"], ran);
    }
}
