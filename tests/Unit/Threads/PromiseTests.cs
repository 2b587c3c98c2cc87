using PluginGateway.Threads;

namespace PluginGateway.Tests.Threads;

/// <summary>Whoever completes a task for a plugin meets nothing of the plugin.</summary>
public sealed class PromiseTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_context_that_blocks_does_not_hold_whoever_completes_the_task(bool breaks)
    {
        using var go = new ManualResetEventSlim();
        var context = new BlockingContext(go);
        var promise = new Promise<int>(TestContext.Current.CancellationToken);
        var completer = new Thread(() =>
        {
            if (breaks) promise.Fail(new IOException("no"));
            else promise.Complete(1);
        });
        var waiting = Under(context, promise.Task);
        completer.Start();
        Assert.True(completer.Join(TimeSpan.FromSeconds(30)));
        go.Set();
        if (breaks) await Assert.ThrowsAsync<IOException>(() => waiting);
        else Assert.Equal(1, await waiting);
        Assert.NotSame(completer, context.PostedOn);
    }

    /// <summary>As many as block every thread that there was for all.</summary>
    [Fact]
    public async Task Contexts_of_one_owner_that_block_send_its_own_ends_to_the_pool_and_nobody_elses()
    {
        using var go = new ManualResetEventSlim();
        using var open = new ManualResetEventSlim(true);
        List<Task<int>> blocked = [];
        for (var i = 0; i < 70; i++)
        {
            var promise = new Promise<int>(CancellationToken.None, "greedy");
            blocked.Add(Under(new BlockingContext(go), promise.Task));
            promise.Complete(i);
        }

        Assert.True(SpinWait.SpinUntil(static () => PromiseThreads.Holders.Contains("adapter 'greedy'"), TimeSpan.FromSeconds(30)));
        var contexts = Enumerable.Range(0, 20).Select(_ => new BlockingContext(open)).ToArray();
        foreach (var context in contexts)
        {
            var promise = new Promise<int>(CancellationToken.None, "modest");
            var waiting = Under(context, promise.Task);
            promise.Complete(1);
            Assert.Equal(1, await waiting);
        }

        go.Set();
        await Task.WhenAll(blocked);
        Assert.DoesNotContain(contexts, static context => context.WasOnPool);
        Assert.True(SpinWait.SpinUntil(static () => !PromiseThreads.Holders.Contains("adapter 'greedy'"), TimeSpan.FromSeconds(30)));
    }

    /// <summary>Bursts, with pauses in which the threads fall asleep, from several threads: every end comes, also behind one that blocks.</summary>
    [Fact]
    public async Task Ends_that_are_posted_together_all_come()
    {
        using var go = new ManualResetEventSlim();
        var blocked = new Promise<int>(CancellationToken.None, "blocked");
        var waiting = Under(new BlockingContext(go), blocked.Task);
        blocked.Complete(1);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(static poster => Task.Factory.StartNew(
            () =>
            {
                for (var burst = 0; burst < 200; burst++)
                {
                    var promises = Enumerable.Range(0, 1 + (burst % 50)).Select(static _ => new Promise<int>(CancellationToken.None, "bursts")).ToArray();
                    PromiseThreads.Together(() =>
                    {
                        foreach (var promise in promises) promise.Complete(poster);
                    });
                    Assert.True(Task.WaitAll([.. promises.Select(static promise => (Task)promise.Task)], TimeSpan.FromSeconds(60)));
                    if (burst % 20 == 0) Thread.Sleep(5);
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        go.Set();
        Assert.Equal(1, await waiting);
    }

    [Fact]
    public async Task Its_first_end_is_its_end()
    {
        var promise = new Promise<int>(CancellationToken.None);
        promise.Complete(1);
        promise.Complete(2);
        promise.Fail(new IOException("no"));
        Assert.Equal(1, await promise.Task);
    }

    [Fact]
    public async Task Whoever_cancels_waits_no_longer()
    {
        using var source = new CancellationTokenSource();
        var promise = new Promise<int>(source.Token);
        await source.CancelAsync();
        promise.Complete(1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => promise.Task);
    }

    [Fact]
    public void An_interrupt_breaks_neither_a_lock_nor_a_wait()
    {
        var (gate, isDone, held) = (new object(), false, false);
        Thread thread;
        using (UninterruptibleLock.Enter(gate))
        {
            thread = new Thread(() =>
            {
                using (UninterruptibleLock.Enter(gate)) held = true;
                using (UninterruptibleLock.Enter(gate)) isDone = UninterruptibleLock.WaitUntil(gate, () => isDone, TimeSpan.FromSeconds(30));
            });
            thread.Start();
            thread.Interrupt();
        }

        for (var i = 0; i < 100; i++)
        {
            thread.Interrupt();
            Thread.Yield();
        }

        using (UninterruptibleLock.Enter(gate))
        {
            isDone = true;
            Monitor.PulseAll(gate);
        }

        Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        Assert.True(held && isDone);
    }

    private static async Task<int> Under(SynchronizationContext context, Task<int> task)
    {
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        var waiting = AwaitAsync(task);
        SynchronizationContext.SetSynchronizationContext(before);
        return await waiting.ConfigureAwait(false);
    }

    private static async Task<int> AwaitAsync(Task<int> task) => await task;

    private sealed class BlockingContext(ManualResetEventSlim go) : SynchronizationContext
    {
        public Thread? PostedOn { get; private set; }

        public bool WasOnPool { get; private set; }

        public override void Post(SendOrPostCallback d, object? state)
        {
            PostedOn = Thread.CurrentThread;
            WasOnPool = PostedOn.IsThreadPoolThread;
            go.Wait();
            d(state);
        }
    }
}
