using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Benchmarks;

/// <summary>
/// A message all the way: adapter, inbox, handler, outbox, adapter, everything real but the platform, which is a loopback in this process. Beside it
/// three raw durable writes a message. GATEWAY_BENCH_MESSAGES says over how many messages memory and database are watched.
/// </summary>
internal static class RoundtripArea
{
    private const int RoundCount = 20, RateCount = 5, InFlight = 256;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1), RateRound = TimeSpan.FromSeconds(3);

    /// <summary>So short that most of the messages are forgotten while they are counted.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(2), SweepEvery = TimeSpan.FromSeconds(0.25);
    private static readonly int Messages =
        int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_BENCH_MESSAGES"), CultureInfo.InvariantCulture, out var number) ? number : 1_000_000;

    public static IEnumerable<Figure> Measure()
    {
        using var folder = new BenchFolder();
        using var raw = new RawStore(folder["raw.db"]);
        var loop = new Loopback(new StoreOptions(folder["store.db"]));
        var pairs = Rounds.Pairs(RoundCount, () => loop.RunFor(Round), () => Raw(raw));
        var perSecond = Rounds.Median(pairs.Select(static p => p.Ours));
        yield return new Figure("roundtrip.per_s", perSecond, "1/s");
        yield return new Figure("roundtrip.raw_per_s", Rounds.Median(pairs.Select(static p => p.Theirs)), "1/s");
        yield return new Figure("roundtrip.of_raw", Rounds.Median(pairs.Select(static p => p.Ours / p.Theirs)), "of raw");
        var half = Enumerable.Range(0, RateCount).Select(_ => loop.AtRate(perSecond / 2, RateRound)).ToArray();
        yield return new Figure("roundtrip.p99_ms", Rounds.Median(half.Select(static h => h.P99)), "ms");
        yield return new Figure("roundtrip.half_load_per_s", Rounds.Median(half.Select(static h => h.PerSecond)), "1/s");
        loop.Close();
        foreach (var figure in Endurance(folder["endurance.db"])) yield return figure;
    }

    /// <summary>A gateway that forgets what is over: neither its memory nor its database grows.</summary>
    private static IEnumerable<Figure> Endurance(string path)
    {
        var loop = new Loopback(new StoreOptions(path) { KeepSettled = Kept, KeepSeen = Kept, SweepEvery = SweepEvery });
        loop.RunMessages(Messages / 10);
        var (before, databaseBefore) = (Memory(), Megabytes(path));
        var started = Stopwatch.GetTimestamp();
        loop.RunMessages(Messages - (Messages / 10));
        var took = Stopwatch.GetElapsedTime(started);
        var (after, databaseAfter) = (Memory(), Megabytes(path));
        yield return new Figure("roundtrip.memory_mb", after.Resident, "MB");
        yield return new Figure("roundtrip.memory_growth_mb", after.Resident - before.Resident, "MB");
        yield return new Figure("roundtrip.managed_growth_mb", after.Managed - before.Managed, "MB");
        yield return new Figure("roundtrip.database_mb", databaseAfter, "MB");
        yield return new Figure("roundtrip.database_growth_mb", databaseAfter - databaseBefore, "MB");
        yield return new Figure("roundtrip.messages", Messages, "messages");
        yield return new Figure("roundtrip.messages_s", took.TotalSeconds, "s");
        loop.Close();
    }

    private static double Megabytes(string path) => new FileInfo(path).Length / 1048576.0;

    private static (double Resident, double Managed) Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return (Environment.WorkingSet / 1048576.0, GC.GetTotalMemory(forceFullCollection: true) / 1048576.0);
    }

    private static double Raw(RawStore raw)
    {
        var entries = new InboundEntry[InFlight];
        var reply = Payloads.Write(new Chat("1", ChatKind.Direct), new Reply(Loopback.Text));
        var (count, started) = (0, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(started) < Round)
        {
            for (var i = 0; i < entries.Length; i++)
            {
                var message = Loopback.NextMessage(i);
                entries[i] = new InboundEntry("a", 1, message.EventId, $"a/{i}", Payloads.Write(message), message.State);
            }

            raw.Deliver(raw.Answer(raw.Accept(entries), "a/1", reply));
            count += InFlight;
        }

        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The gateway without its plugins' loading and without a listener.</summary>
    private sealed class Loopback
    {
        public const string Text = "A message as people write them, one sentence long.";

        private static long _events;

        private readonly MessageStore _store;
        private readonly IInbox _inbox;
        private readonly ConcurrentDictionary<string, Action> _arrived = new();

        public Loopback(StoreOptions options)
        {
            _store = MessageStore.Open(options, TimeProvider.System, NullLogger.Instance);
            var intake = new InboxIntake(_store, new InboxLimits(), new OpenAccessFilter(), TimeProvider.System, NullLogger.Instance);
            intake.Quota.SetShares(["a"]);
#pragma warning disable CA5394 // Jitter needs no secrecy.
            var dispatcher = new Dispatcher(_store, intake, static _ => "handler", new MediaFolder(Path.GetTempPath(), new MediaLimits()),
                TimeProvider.System, Random.Shared, NullLogger.Instance);
#pragma warning restore CA5394
            var services = new GuardServices(TimeProvider.System);
            services.Start();
            dispatcher.Start();
            // As many slots as messages are on their way: raw has no bounds either.
            var traits = new AdapterTraits { ConcurrentSends = InFlight, Idempotency = Idempotency.Native };
            var adapter = new GuardedAdapter(
                "a", 1, traits.ConcurrentSends, new CallTimeouts(), services, new SilentObserver(), () => new FakeAdapter { OnSend = Arrive });
            var handler = new GuardedHandler(
                "handler", 1, InFlight, new CallTimeouts(), services, new SilentObserver(), static () => new PlainEcho());
            var created = new Countdown(2);
            adapter.BeginCreate(created);
            handler.BeginCreate(created);
            created.Wait();
            dispatcher.Attach(new AdapterPort("a", 1, traits, new CallTimeouts(), AdapterCapabilities.None, adapter.Post));
            dispatcher.Attach(new HandlerPort("handler", 1, InFlight, handler.Post));
            _inbox = intake.Open("a", 1, InboundClass.AckGated, static () => false);
        }

        public static InboundMessage NextMessage(int chat) =>
            new($"e{Interlocked.Increment(ref _events)}", new Chat($"{chat}", ChatKind.Direct), new Sender("user"), Text);

        /// <summary>As many as go, each chat writing again when its answer has arrived; how many a second.</summary>
        public double RunFor(TimeSpan time)
        {
            var started = Stopwatch.GetTimestamp();
            var count = Run(() => Stopwatch.GetElapsedTime(started) < time);
            return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        public void RunMessages(int messages)
        {
            var left = messages;
            Run(() => Interlocked.Decrement(ref left) > 0);
        }

        /// <summary>Messages at an even rate, whatever becomes of the earlier ones; latencies from the moment they were due.</summary>
        public (double PerSecond, double P99) AtRate(double perSecond, TimeSpan time)
        {
            var count = (int)(perSecond * time.TotalSeconds);
            var latencies = new double[count];
            using var all = new CountdownEvent(count);
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                var due = TimeSpan.FromSeconds(i / perSecond);
                while (Stopwatch.GetElapsedTime(started) < due) Thread.Sleep(1);
                var index = i;
                // A chat of its own each, so that only the gateway makes them wait.
                _arrived[$"{InFlight + i}"] = () =>
                {
                    latencies[index] = (Stopwatch.GetElapsedTime(started) - due).TotalMilliseconds;
                    all.Signal();
                };
                Accept(InFlight + i);
            }

            all.Wait();
            var took = Stopwatch.GetElapsedTime(started);
            _arrived.Clear();
            Array.Sort(latencies);
            return (count / took.TotalSeconds, latencies[(int)(0.99 * (count - 1))]);
        }

        public void Close()
        {
            if (!_store.TryBalance(TimeSpan.FromSeconds(30), out var balance) || !balance.IsExact)
                throw new InvalidOperationException($"The books do not balance: {balance}");
            _store.Close(TimeSpan.FromSeconds(30));
        }

        private int Run(Func<bool> goesOn)
        {
            var count = 0;
            using var all = new CountdownEvent(InFlight);
            for (var i = 0; i < InFlight; i++)
            {
                var chat = i;
                _arrived[$"{chat}"] = () =>
                {
                    Interlocked.Increment(ref count);
                    if (goesOn()) Accept(chat);
                    else all.Signal();
                };
                Accept(chat);
            }

            all.Wait();
            return count;
        }

        private void Accept(int chat) => _inbox.AcceptAsync(NextMessage(chat), CancellationToken.None);

        private Task<SendResult> Arrive(OutboundMessage message, CancellationToken cancellationToken)
        {
            _arrived[message.Chat.Id]();
            return FakeAdapter.AtOnce(message, cancellationToken);
        }
    }
}
