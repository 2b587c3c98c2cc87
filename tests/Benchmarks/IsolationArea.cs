using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Isolation.Processes;
using PluginGateway.Isolation.Remote;
using PluginGateway.Loading;
using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Benchmarks;

/// <summary>What a process of its own costs an adapter: the same plugin, the same guard, in this process and in a real worker.</summary>
internal static class IsolationArea
{
    private const int Starts = 15, IdleWorkers = 4, RoundCount = 7, Calls = 3000, InFlight = 256;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(3);

    public static IEnumerable<Figure> Measure()
    {
        using var folder = new BenchFolder();
        var isolationFixture = new IsolationFixture(folder);
        List<double> starts = [], kills = [];
        for (var i = 0; i < Starts; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var (worker, handle) = isolationFixture.Create(isolated: true, chats: 0, new NoInbox());
            starts.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            kills.Add(Kill(worker, handle));
        }

        yield return new Figure("isolation.start.ms", Rounds.Median(starts), "ms");
        foreach (var figure in Idle(isolationFixture)) yield return figure;
        yield return new Figure("isolation.kill.ms", Rounds.Median(kills), "ms");

        var (apart, apartHandle) = isolationFixture.Create(isolated: true, chats: 0, new NoInbox());
        var (here, _) = isolationFixture.Create(isolated: false, chats: 0, new NoInbox());
        List<double> apartCalls = [], hereCalls = [];
        for (var round = 0; round < RoundCount; round++)
        {
            apartCalls.Add(OneByOne(apart));
            hereCalls.Add(OneByOne(here));
        }

        apartHandle.Kill();
        yield return new Figure("isolation.call.us", Rounds.Median(apartCalls.Skip(1)), "us");
        yield return new Figure("inprocess.call.us", Rounds.Median(hereCalls.Skip(1)), "us");

        List<double> apartTrips = [], hereTrips = [];
        for (var round = 0; round < 4; round++)
        {
            apartTrips.Add(isolationFixture.RoundTrips(folder[$"apart-{round}.db"], isolated: true));
            hereTrips.Add(isolationFixture.RoundTrips(folder[$"here-{round}.db"], isolated: false));
        }

        yield return new Figure("isolation.roundtrip.per_s", Rounds.Median(apartTrips.Skip(1)), "1/s");
        yield return new Figure("inprocess.roundtrip.per_s", Rounds.Median(hereTrips.Skip(1)), "1/s");
    }

    /// <summary>What workers take that have nothing to do. The pages of the runtime's files count for everybody who uses them in equal parts: so
    /// first one worker alone with the process that stands for the gateway, then several.</summary>
    private static IEnumerable<Figure> Idle(IsolationFixture isolationFixture)
    {
        List<WorkerHandle> workers = [isolationFixture.Create(isolated: true, chats: 0, new NoInbox()).Handle];
        Thread.Sleep(Settling);
        yield return new Figure("isolation.pss_alone.mb", Proportional(workers[0].ProcessId), "MB");
        while (workers.Count < IdleWorkers) workers.Add(isolationFixture.Create(isolated: true, chats: 0, new NoInbox()).Handle);
        Thread.Sleep(Settling);
        yield return new Figure("isolation.pss.mb", Rounds.Median(workers.Select(static worker => Proportional(worker.ProcessId))), "MB");
        var before = workers.Sum(static worker => WorkerStatistics.Of(worker.ProcessId)!.Cpu.TotalMilliseconds);
        Thread.Sleep(Settling);
        yield return new Figure("isolation.idle.ms_per_s",
            (workers.Sum(static worker => WorkerStatistics.Of(worker.ProcessId)!.Cpu.TotalMilliseconds) - before) / IdleWorkers
                / Settling.TotalSeconds, "ms");
        foreach (var worker in workers) worker.Kill();
    }

    /// <summary>From the order to the end of a call that was open.</summary>
    private static double Kill(GuardedAdapter worker, WorkerHandle handle)
    {
        var run = new Countdown(1);
        worker.BeginRun(run);
        Thread.Sleep(20);
        var started = Stopwatch.GetTimestamp();
        handle.Kill();
        run.Wait();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double OneByOne(GuardedAdapter adapter)
    {
        var message = new OutboundMessage("k", new Chat("c", ChatKind.Direct), "only this");
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Calls; i++)
        {
            var end = new Countdown(1);
            adapter.Post(new SendCall(message, end));
            end.Wait();
        }

        return Stopwatch.GetElapsedTime(started).TotalMicroseconds / Calls;
    }

    /// <summary>What it would give back to the machine, in MB.</summary>
    private static double Proportional(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(static line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private sealed class IsolationFixture
    {
        private readonly PluginLoader _loader = new(new PluginFinder(), new PluginStaging(), NullLogger<PluginLoader>.Instance);
        private readonly GuardServices _guard = new(TimeProvider.System);
        private readonly GuardingAdapterFactory _factory;
        private readonly BenchFolder _folder;
        private int _generation;

        public IsolationFixture(BenchFolder folder)
        {
            _folder = folder;
            _guard.Start();
            var workers = new WorkerStarter(new WorkerLayout(StartArea.Executable, static () => []), NullLoggerFactory.Instance);
            _factory = new GuardingAdapterFactory(
                new IsolatingAdapterFactory(new PluginAdapterFactory(), workers, NullLogger<HostedWorker>.Instance), _guard);
        }

        public (GuardedAdapter Adapter, WorkerHandle Handle) Create(bool isolated, int chats, IInbox inbox)
        {
            var plugin = _loader.Load(new LoadRequest
            {
                Name = "Loopback",
                Kind = PluginKind.Adapter,
                ContextName = isolated ? "apart" : "here",
                DataDirectory = _folder["data"],
                PluginPaths = [Path.Combine(AppContext.BaseDirectory, "assets")],
                Isolated = isolated,
            });
            var handle = new WorkerHandle(new WorkerOptions());
            var options = new GuardOptions("bench", 64, new CallTimeouts(), new SilentObserver()) { Worker = isolated ? handle : null };
            var settings = $$"""{ "chats": {{chats}} }""";
            var generation = Interlocked.Increment(ref _generation);
            var context = new GenerationContext(
                generation, PluginSettings.Parse(settings), new AdapterServices(inbox, null!, null!, null!, _folder["data/adapters/bench"]),
                plugin.Folder, TimeProvider.System, options, new GenerationReports(new GenerationFence(), static _ => { }, static _ => { }));
            var adapter = _factory.Create(plugin, context);
            var created = new Outcome();
            adapter.BeginCreate(created);
            created.Wait();
            return (adapter, handle);
        }

        /// <summary>Messages that went all the way, a second.</summary>
        public double RoundTrips(string store, bool isolated)
        {
            var messages = MessageStore.Open(new StoreOptions(store), TimeProvider.System, NullLogger.Instance);
            var intake = new InboxIntake(messages, new InboxLimits(), new OpenAccessFilter(), TimeProvider.System, NullLogger.Instance);
            intake.Quota.SetShares(["a"]);
#pragma warning disable CA5394 // Jitter needs no secrecy.
            var dispatcher = new Dispatcher(messages, intake, static _ => "handler", new MediaFolder(Path.GetTempPath(), new MediaLimits()),
                TimeProvider.System, Random.Shared, NullLogger.Instance);
#pragma warning restore CA5394
            dispatcher.Start();
            var counted = new CountingInbox(intake.Open("a", 1, InboundClass.AckGated, static () => false));
            var (adapter, handle) = Create(isolated, InFlight, counted);
            var traits = new AdapterTraits { ConcurrentSends = 64, Idempotency = Idempotency.Native };
            var handler = new GuardedHandler(
                "handler", 1, 64, new CallTimeouts(), _guard, new SilentObserver(), () => new PlainEcho());
            var created = new Countdown(1);
            handler.BeginCreate(created);
            created.Wait();
            dispatcher.Attach(new AdapterPort("a", 1, traits, new CallTimeouts(), AdapterCapabilities.None, adapter.Post));
            dispatcher.Attach(new HandlerPort("handler", 1, 64, handler.Post));
            adapter.BeginRun(new Countdown(1));
            Thread.Sleep(1000);
            var (before, started) = (counted.Count, Stopwatch.GetTimestamp());
            Thread.Sleep(Round);
            var rate = (counted.Count - before) / Stopwatch.GetElapsedTime(started).TotalSeconds;
            intake.Close();
            var closed = new Countdown(1);
            adapter.BeginTeardown(TimeSpan.FromSeconds(5), closed);
            closed.Wait();
            handle.Kill();
            Thread.Sleep(300);
            messages.Close(TimeSpan.FromSeconds(30));
            return rate;
        }
    }

    private sealed class Outcome : ICallSink
    {
        private readonly ManualResetEvent _done = new(false);
        private CallEnd _end;

        public void Settled(GuardedCall call)
        {
            _end = call.End;
            _done.Set();
        }

        public void Wait()
        {
            _done.WaitOne();
            if (_end.Kind != CallEndKind.Completed) throw new InvalidOperationException($"The adapter was not created: {_end.Describe()}");
        }
    }

    private sealed class NoInbox : IInbox
    {
        public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken) => Task.FromResult(Acceptance.Stored);
    }

    private sealed class CountingInbox(IInbox inbox) : IInbox
    {
        private long _count;

        public long Count => Volatile.Read(ref _count);

        public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            return inbox.AcceptAsync(inboundEvent, cancellationToken);
        }
    }
}
