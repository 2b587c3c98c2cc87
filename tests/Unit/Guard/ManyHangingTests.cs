using System.Diagnostics;
using PluginGateway.Guard.Calls;

namespace PluginGateway.Tests.Guard;

/// <summary>The guard where there are many hanging adapters, or no processor to spare.</summary>
public sealed class ManyHangingTests(ITestOutputHelper output)
{
    [Fact]
    [Acceptance(4)]
    [Original("_teardown_adapters")]
    public void A_thousand_hanging_adapters_half_of_them_blocking_are_torn_down_in_one_bound_and_less_than_a_second()
    {
        var bound = TimeSpan.FromSeconds(2);
        // What is measured is the guard; a machine that is busy with something else gets another chance.
        var took = Enumerable.Range(0, 3).Select(_ => TearDownAThousand(bound)).First(took => took < bound + TimeSpan.FromSeconds(1));
        Assert.True(took >= bound - TimeSpan.FromMilliseconds(20), $"{took.TotalSeconds:0.00} s");
    }

    [Fact]
    [Acceptance(9)]
    public void Deadlines_hold_while_as_many_threads_spin_as_there_are_processors()
    {
        var go = true;
        var spinners = Enumerable.Range(0, Math.Max(2, Environment.ProcessorCount)).Select(_ => new Thread(() =>
        {
            while (Volatile.Read(ref go))
            {
            }
        })
        { IsBackground = true }).ToArray();
        foreach (var spinner in spinners) spinner.Start();
        try
        {
            var fixture = new GuardFixture(new ScriptedAdapter
            {
                OnSend = static (_, _) => new TaskCompletionSource<SendResult>().Task,
                OnDisconnect = static _ => new TaskCompletionSource().Task
            }, GuardFixture.Timeouts(0.2)).Created();
            var (send, sendTook) = GuardFixture.Await(sink => fixture.Adapter.Post(new SendCall(GuardFixture.Message(), sink)));
            var (_, teardownTook) = GuardFixture.Await(sink => fixture.Adapter.BeginTeardown(TimeSpan.FromSeconds(0.2), sink));
            Assert.Equal(CallEndKind.Overdue, send.End.Kind);
            Assert.InRange(sendTook.TotalSeconds, 0.18, 1.7);
            Assert.InRange(teardownTook.TotalSeconds, 0.08, 1.7);
        }
        finally
        {
            Volatile.Write(ref go, false);
        }
    }

    [Fact]
    [Acceptance(9)]
    public void Deadlines_hold_while_the_thread_pool_is_starved()
    {
        // Not disposed: the last of them may begin after the test has ended.
        var release = new ManualResetEvent(false);
        for (var i = 0; i < 200; i++) ThreadPool.UnsafeQueueUserWorkItem(_ => release.WaitOne(), null);
        try
        {
            var fixture = new GuardFixture(
                new ScriptedAdapter { OnSend = static (_, _) => new TaskCompletionSource<SendResult>().Task }, GuardFixture.Timeouts(0.2)).Created();
            var (call, took) = GuardFixture.Await(sink => fixture.Adapter.Post(new SendCall(GuardFixture.Message(), sink)));
            Assert.Equal(CallEndKind.Overdue, call.End.Kind);
            Assert.InRange(took.TotalSeconds, 0.18, 1.2);
        }
        finally
        {
            release.Set();
        }
    }

    private TimeSpan TearDownAThousand(TimeSpan bound)
    {
        using var release = new ManualResetEvent(false);
        var fixtures = Enumerable.Range(0, 1000).Select(i =>
            new GuardFixture(new ScriptedAdapter { OnDisconnect = _ => Hang(i, release), OnDispose = () => Hang(i, release) }).Created()).ToArray();
        var sink = new BlockingSink();
        var clock = Stopwatch.StartNew();
        foreach (var fixture in fixtures) fixture.Adapter.BeginTeardown(bound, sink);
        foreach (var _ in fixtures) sink.Wait();
        output.WriteLine($"1,000 hanging adapters, bound {bound.TotalSeconds} s: {clock.Elapsed.TotalSeconds:0.000} s");
        var took = clock.Elapsed;
        release.Set();
        // Who blocked comes back before the event goes.
        GuardFixture.Until(() =>
            fixtures.All(static fixture => !fixture.Late.IsEmpty || fixture.Adapter.Abandoned().All(static call => call.Stage == CallStage.Awaiting)),
            "every blocked call came back");
        return took;
    }

    private static Task Hang(int number, ManualResetEvent release)
    {
        if (number % 2 == 0) return new TaskCompletionSource().Task;
        release.WaitOne();
        return Task.CompletedTask;
    }
}
