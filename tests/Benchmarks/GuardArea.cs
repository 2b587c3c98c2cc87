using System.Diagnostics;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using Polly;

namespace PluginGateway.Benchmarks;

/// <summary>What a guarded send costs, against Polly's timeout strategy and against Task.Run + WaitAsync on the same adapter; and how late a deadline
/// is.</summary>
internal static class GuardArea
{
    private const int RoundCount = 15, SyncCalls = 50_000, AsyncCalls = 20_000, SingleCalls = 4_000, InFlight = 8;
    private const int LatenessSamples = 20, ParkedItems = 200;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortLimit = TimeSpan.FromMilliseconds(100);

    public static IEnumerable<Figure> Measure()
    {
        var services = new GuardServices(TimeProvider.System);
        services.Start();
        var pipeline = new ResiliencePipelineBuilder().AddTimeout(Limit).Build();

        var atOnce = new FakeAdapter();
        var slot = new LoneSlot(services.Watch);
        var sync = Rounds.Medians(RoundCount, () => slot.Send(atOnce), () => PollySync(pipeline, atOnce));
        yield return new Figure("guard.sync.ns", sync[0].Nanoseconds, "ns");
        yield return new Figure("guard.sync.bytes", sync[0].Bytes, "B");
        yield return new Figure("polly.sync.ns", sync[1].Nanoseconds, "ns");

        var awaiting = new FakeAdapter { OnSend = FakeAdapter.AfterAwait };
        var guarded = Guarded(awaiting, services, Limit);
        var async = Rounds.Medians(
            RoundCount,
            () => GuardAsync(guarded, AsyncCalls, InFlight),
            () => OnPool(AsyncCalls, () => pipeline.ExecuteAsync(
                static (adapter, token) => new ValueTask<SendResult>(adapter.SendAsync(FakeAdapter.Message, token)), awaiting).AsTask()),
            () => OnPool(AsyncCalls, () => Task.Run(() => awaiting.SendAsync(FakeAdapter.Message, CancellationToken.None)).WaitAsync(Limit)),
            () => GuardAsync(guarded, SingleCalls, 1));
        yield return new Figure("guard.async.ns", async[0].Nanoseconds, "ns");
        yield return new Figure("guard.async.bytes", async[0].Bytes, "B");
        yield return new Figure("polly.async.ns", async[1].Nanoseconds, "ns");
        yield return new Figure("polly.async.bytes", async[1].Bytes, "B");
        yield return new Figure("taskrun.async.ns", async[2].Nanoseconds, "ns");
        yield return new Figure("guard.async.single.ns", async[3].Nanoseconds, "ns");

        yield return new Figure("starved.lateness.ms", UnderParkedItems(() => MedianLateness(services)), "ms");
        yield return new Figure("spinning.lateness.ms", UnderSpinningThreads(() => MedianLateness(services)), "ms");
    }

    private static GuardedAdapter Guarded(FakeAdapter adapter, GuardServices services, TimeSpan limit)
    {
        var guarded = new GuardedAdapter("bench", 1, InFlight, new CallTimeouts { Send = limit }, services, new SilentObserver(), () => adapter);
        var created = new Countdown(1);
        guarded.BeginCreate(created);
        created.Wait();
        return guarded;
    }

    private static Cost PollySync(ResiliencePipeline pipeline, FakeAdapter adapter) => Rounds.OnThisThread(SyncCalls, () =>
    {
        for (var i = 0; i < SyncCalls; i++)
        {
            var sent = pipeline.ExecuteAsync(
                static (adapter, token) => new ValueTask<SendResult>(adapter.SendAsync(FakeAdapter.Message, token)), adapter);
            if (!sent.IsCompletedSuccessfully) throw new InvalidOperationException("Polly did not complete synchronously.");
        }
    });

    /// <summary>Every settled call posts the next one, as the awaiting loops on the other side do.</summary>
    private static Cost GuardAsync(GuardedAdapter adapter, int calls, int inFlight)
    {
        var chain = new Chain(adapter, calls, inFlight);
        return Rounds.OnAllThreads(calls, chain.Run);
    }

    private static Cost OnPool<T>(int calls, Func<Task<T>> send) => Rounds.OnAllThreads(calls, () =>
    {
        using var done = new ManualResetEvent(false);
        var left = InFlight;
        for (var i = 0; i < InFlight; i++)
        {
            Task.Run(async () =>
            {
                for (var call = 0; call < calls / InFlight; call++) await send().ConfigureAwait(false);
                if (Interlocked.Decrement(ref left) == 0) done.Set();
            });
        }

        done.WaitOne();
    });

    private static double MedianLateness(GuardServices services) =>
        Rounds.Median(Enumerable.Range(0, LatenessSamples).Select(_ => Lateness(services)));

    private static double Lateness(GuardServices services)
    {
        var never = new TaskCompletionSource<SendResult>();
        var guarded = Guarded(new FakeAdapter { OnSend = (_, _) => never.Task }, services, ShortLimit);
        var ended = new Countdown(1);
        var started = Stopwatch.GetTimestamp();
        guarded.Post(new SendCall(FakeAdapter.Message, ended));
        ended.Wait();
        guarded.BeginTeardown(ShortLimit, new Countdown(1));
        never.SetResult(FakeAdapter.Sent);
        return (Stopwatch.GetElapsedTime(started, ended.LastEnd) - ShortLimit).TotalMilliseconds;
    }

    private static double UnderParkedItems(Func<double> measure)
    {
        using var release = new ManualResetEvent(false);
        using var left = new CountdownEvent(ParkedItems);
        for (var i = 0; i < ParkedItems; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    release.WaitOne();
                    left.Signal();
                },
                null);
        }

        var measured = measure();
        release.Set();
        left.Wait();
        return measured;
    }

    private static double UnderSpinningThreads(Func<double> measure)
    {
        var spinning = true;
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Spin) { IsBackground = true }).ToArray();
        foreach (var thread in threads) thread.Start();
        var measured = measure();
        Volatile.Write(ref spinning, false);
        foreach (var thread in threads) thread.Join();
        return measured;

        void Spin()
        {
            while (Volatile.Read(ref spinning))
            {
            }
        }
    }

    /// <summary>A slot without a lane: from its entry to its end, on this thread, under a watch at work.</summary>
    private sealed class LoneSlot : ISlotOwner, IWatched, ICallSink
    {
        private readonly CallSlot _slot;
        private readonly SilentObserver _observer = new();
        private readonly SendCall[] _calls = new SendCall[SyncCalls];

        public LoneSlot(DeadlineWatch watch)
        {
            _slot = new CallSlot(this, watch);
            watch.Add(this);
        }

        /// <summary>The calls are made before: whoever posts a call makes it.</summary>
        public Cost Send(FakeAdapter adapter)
        {
            for (var i = 0; i < _calls.Length; i++) _calls[i] = new SendCall(FakeAdapter.Message, this);
            var cost = Rounds.OnThisThread(SyncCalls, () =>
            {
                foreach (var call in _calls)
                {
                    _slot.Take(call, Limit);
                    _slot.Run(adapter);
                }
            });
            if (Array.Exists(_calls, static call => call.End.Kind != CallEndKind.Completed))
                throw new InvalidOperationException("A call did not complete.");
            return cost;
        }

        bool IWatched.Sweep(long now)
        {
            _slot.Sweep(now);
            return true;
        }

        void ICallSink.Settled(GuardedCall call)
        {
        }

        void ISlotOwner.OnSettled(GuardedCall call, in CallEnd end) => _observer.OnSettled(call.Operation, end);

        void ISlotOwner.OnOverdue(GuardedCall call, in CallEnd end)
        {
        }

        void ISlotOwner.OnLate(GuardedCall call, TimeSpan lateness, CallFailure? failure)
        {
        }

        void ISlotOwner.OnFree(CallSlot slot)
        {
        }
    }

    private sealed class Chain(GuardedAdapter adapter, int calls, int inFlight) : ICallSink
    {
        private readonly ManualResetEvent _done = new(false);
        private int _unposted = calls - inFlight;
        private int _open = calls;

        public void Run()
        {
            for (var i = 0; i < inFlight; i++) Post();
            _done.WaitOne();
        }

        public void Settled(GuardedCall call)
        {
            if (call.End.Kind != CallEndKind.Completed) throw new InvalidOperationException($"A call {call.End.Describe()}.");
            if (Interlocked.Decrement(ref _unposted) >= 0) Post();
            if (Interlocked.Decrement(ref _open) == 0) _done.Set();
        }

        private void Post() => adapter.Post(new SendCall(FakeAdapter.Message, this));
    }
}
