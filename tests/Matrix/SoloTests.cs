using System.Diagnostics;

namespace PluginGateway.MatrixTests;

/// <summary>A sin that hurts the process, so it has one to itself.</summary>
/// <param name="Sees">What status must show while it is active; empty: nothing that an operator could see.</param>
/// <param name="Logs">What the log must say.</param>
public sealed record Solo(string Sin, string Phase = "run", string Sees = "", string Logs = "")
{
    /// <summary>True where awaiting code (a handler, HTTP) may be late: the pool is starved, and says so.</summary>
    public bool Starves { get; init; }

    public bool Always { get; init; }

    /// <summary>True: in a process of its own.</summary>
    public bool Isolated { get; init; }

    /// <summary>True: its process stays alive and says nothing, so it is asked for a sign of life.</summary>
    public bool IsProbed { get; init; }

    /// <summary>The same in a process of its own. What the host sees is over when that process has been ended; nothing is shown any more.</summary>
    public Solo Apart => this with { Isolated = true, Starves = false, Sees = "", Logs = IsOfTheProcess ? "" : Logs };

    internal Wrongdoer Who => new(Sin, Phase) { Always = Always, Isolated = Isolated, IsProbed = IsProbed };

    /// <summary>True where the gateway says something only of what happens in its own process.</summary>
    public bool IsOfTheProcess { get; init; }

    /// <summary>True where what else is owed waits behind it, for an hour at most.</summary>
    public bool HoldsChats { get; init; }

    /// <summary>True where what the log must say comes by itself, some seconds later.</summary>
    public bool IsAwaited { get; init; }

    /// <summary>True where status has been asked before: nothing is compiled for the first time while the processors are taken.</summary>
    public bool IsWarm { get; init; }

    /// <summary>True where the listener must answer as well.</summary>
    public bool Serves { get; init; }

    /// <summary>True where the sin is committed only when the gateway stops.</summary>
    public bool IsAtStop => Phase is "disconnect-at-stop" or "dispose-at-stop" or "handler-dispose";

    public override string ToString() => $"{Sin} in {Phase}{(Isolated ? " (process)" : "")}";
}

public sealed class SoloTests
{
    public static TheoryData<Solo> Threads =>
    [
        new Solo("spin-all"),
        new Solo("spin", "connect", "connect"), new Solo("spin", "send", "send"), new Solo("spin", "disconnect", "disconnect"),
        new Solo("cancel-spins", "connect", "connect"),
        new Solo("interrupts-itself", "send"), new Solo("interrupts-itself", "connect"), new Solo("interrupts-later", "send"),
        new Solo("interrupts-later", "connect"), new Solo("interrupts-while-busy", "send"),
        new Solo("async-local-blocks", "send"), new Solo("async-local-blocks", "connect"), new Solo("context-left", "send"),
        new Solo("flow-suppressed", "send"), new Solo("thread-changed", "send"),
        new Solo("thread-changed", "connect"), new Solo("locks-what-it-sees"),
    ];

    public static TheoryData<Solo> Pools =>
    [
        new Solo("yield-then-blocks", "connect", "connect"), new Solo("message-hangs-async", "connect", "connect"),
        new Solo("park-2"), new Solo("park-200") { Starves = true }, new Solo("park-5000", Sees: "thread pool starved") { Starves = true },
        new Solo("queue-100000") { Starves = true }, new Solo("queue-100000", "http") { Starves = true, IsWarm = true },
        new Solo("spin-pool") { Starves = true }, new Solo("two-threads") { Starves = true },
    ];

    public static TheoryData<Solo> Exceptions =>
    [
        new Solo("thread-throws", Logs: "Unhandled exception in code of 'run.thread-throws': System.IO.IOException"),
        new Solo("timer-throws", Logs: "Unhandled exception in code of 'run.timer-throws'"),
        new Solo("async-void-throws", Logs: "Unhandled exception in code of 'run.async-void-throws'"),
        new Solo("pool-throws", Logs: "Unhandled exception in code of 'run.pool-throws'"),
        new Solo("many-throw", Logs: "Unhandled exception in code of 'run.many-throw'"),
        new Solo("frameless-throws"), new Solo("unhandled-message-hangs", Logs: "Unhandled exception in code of 'run.unhandled-message-hangs'"),
        new Solo("unobserved"),
        new Solo("finalizer-throws"), new Solo("finalizer-hangs"), new Solo("trace-assert"), new Solo("debug-fail"),
    ];

    public static TheoryData<Solo> Ends =>
    [
        new Solo("foreground"), new Solo("exit-handler-hangs"), new Solo("unloading-throws"),
        new Solo("unloading-hangs", "connect", Sees: "\"unload\""), new Solo("signal-handler-hangs"),
        new Solo("exit-code"), new Solo("child"),
        .. new[] { "sleep", "never", "cancel-blocks", "uninterruptible", "spin", "message-hangs" }.SelectMany(static sin => new[]
        {
            new Solo(sin, "disconnect-at-stop", Logs: $"'disconnect-at-stop.{sin}' overran its teardown"),
            new Solo(sin, "dispose-at-stop", Logs: $"'dispose-at-stop.{sin}' overran its teardown"),
        }),
        new Solo("sleep", "handler-dispose", Logs: "'handler:handler-dispose.sleep' overran its teardown"),
        new Solo("never", "handler-dispose", Logs: "'handler:handler-dispose.never' overran its teardown"),
        new Solo("throws", "disconnect-at-stop"), new Solo("throws-async", "dispose-at-stop"), new Solo("null-task", "dispose-at-stop"),
        new Solo("throws", "handler-dispose"),
    ];

    public static TheoryData<Solo> Calls =>
    [
        new Solo("reports-fatal", "connect", Logs: "it is over"), new Solo("reports-fatal-10000", Logs: "it is over"),
        new Solo("reports-fatal", "disconnect"), new Solo("reports-fatal", "send", Logs: "it is over"),
        new Solo("accept-64"), new Solo("accept-within", "send"), new Solo("accept-within", "connect"), new Solo("accept-blocking", "send"),
        new Solo("accept-blocking", "connect"), new Solo("accept-then-hangs"),
        .. Awaits("run"), .. Awaits("turn"), new Solo("awaits-under-blocking-context", "send", "send"),
        new Solo("awaits-on-blocking-scheduler", "send", "send"),
        new Solo("demands-400-days", "connect", Logs: "It demands a wait of 9600 h"),
        new Solo("demands-400-days", "send", Logs: "demands a wait of 400 days") { HoldsChats = true },
        new Solo("replies-with-odd-files", "turn", Logs: "odd files: all answered") { IsAwaited = true },
        new Solo("replies-with-100-megabytes", "turn", Logs: "huge reply: refused") { IsAwaited = true },
        new Solo("fetches-oddly", "fetch", Logs: "fetches: all answered") { IsAwaited = true },
        new Solo("accept-retired"), new Solo("dies-soon", Logs: "it is over") { Always = true },
        new Solo("leaks", Logs: "it is over") { Always = true },
    ];

    private static Solo[] Awaits(string phase) =>
        [.. new[] { "awaits-under-blocking-context", "awaits-on-blocking-scheduler", "awaits-under-throwing-context" }
            .Select(sin => new Solo(sin, phase))];

    public static TheoryData<Solo> Floods =>
    [
        new Solo("flood-100000"), new Solo("flood-duplicates"), new Solo("odd-texts"), new Solo("many-attachments"), new Solo("huge-state-map"),
        new Solo("wide-state-map"), new Solo("huge-extras"), new Solo("flood-state"),
        new Solo("flood-health"), new Solo("huge-health"), new Solo("huge-fault"), new Solo("flood-log"), new Solo("odd-log"),
        new Solo("flood-events"),
        new Solo("huge-reply", "http"), new Solo("bad-headers", "http"), new Solo("no-content-with-body", "http"), new Solo("short-length", "http"),
    ];

    public static TheoryData<Solo> Surroundings =>
    [
        new Solo("culture"), new Solo("current-directory"), new Solo("environment"), new Solo("switches"), new Solo("no-gc"),
        new Solo("closes-output"), new Solo("umask"), new Solo("signals-ignored", Logs: "They are back") { IsOfTheProcess = true },
        new Solo("signals-by-default", Logs: "They are back") { IsOfTheProcess = true }, new Solo("native-resolver-hangs"),
        new Solo("deletes-itself"), new Solo("forks"), new Solo("huge-environment"),
        new Solo("closes-lock", Logs: "it was taken again") { IsOfTheProcess = true },
        new Solo("reuses-lock", Logs: "it was taken again") { IsOfTheProcess = true }, new Solo("reuses-output"),
        new Solo("deletes-data-folder"), new Solo("folder-becomes-file", Logs: "folder-becomes-file"), new Solo("folder-becomes-file-and-hooks"),
    ];

    public static TheoryData<Solo> Hooks =>
    [
        new Solo("first-chance-hangs"), new Solo("assembly-load-hangs"), new Solo("resolving-hangs"), new Solo("resolving-throws"),
        new Solo("console-hangs"), new Solo("console-lock"), new Solo("unhandled-hook-hangs"),
        new Solo("trace-listener-hangs"), new Solo("meter-listener-hangs") { Serves = true }, new Solo("activity-listener-hangs") { Serves = true },
        new Solo("diagnostic-listener-hangs") { Serves = true },
        new Solo("event-listener-hangs") { Serves = true },
    ];

    /// <summary>Alive but deaf: the connection is replaced after three probes, because they failed in a row or because none has come back, whichever
    /// is seen first.</summary>
    public static TheoryData<Solo> Probes =>
        [.. new[] { "never", "sleep", "cancel-blocks", "throws", "throws-async", "null-task", "null-result" }.Select(static sin =>
        new Solo(sin, "probe", sin is "never" or "sleep" or "cancel-blocks" ? "\"probe\"" : "", $"'probe.{sin}' (Misbehaving): 3 probes "))];

    /// <summary>To find out which sin of a group it was: names, separated by commas, that get a gateway each, and nobody else does.</summary>
    private static readonly string[] Named =
        (Environment.GetEnvironmentVariable("GATEWAY_MATRIX_ALONE") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Sins that must not share a gateway.</summary>
    private static readonly string[] ByThemselves =
    [
        "park-200", "park-5000", "queue-100000", "spin-pool", "two-threads", "finalizer-throws", "finalizer-hangs", "flood-100000", "flood-state",
        "flood-health", "flood-log", "huge-state-map",
        "signals-ignored", "signals-by-default", "native-resolver-hangs", "interrupts-while-busy", "awaits-under-blocking-context",
        "awaits-on-blocking-scheduler", "awaits-under-throwing-context",
        "first-chance-hangs", "assembly-load-hangs", "folder-becomes-file-and-hooks", "closes-lock", "reuses-lock", "reuses-output",
        "huge-environment",
        "replies-with-odd-files", "replies-with-100-megabytes",
    ];

    private static readonly string[] Bulky = ["many-attachments", "wide-state-map", "flood-events", "flood-duplicates", "huge-reply"];

    /// <summary>Sins that hurt little enough to share a gateway.</summary>
    public static TheoryData<string> Groups =>
        ["threads", "spinners", "pool", "exceptions", "ends", "calls", "texts", "bulk", "surroundings", "hooks", "listeners", "probes"];

    [Theory, MemberData(nameof(Groups))]
    public void Many_sins_at_once(string group) => Check([.. Shared(group).Where(static solo => !ByThemselves.Contains(solo.Sin))]);

    private static IEnumerable<Solo> Shared(string group) => group switch
    {
        "threads" => Of(Threads).Where(static solo => !Spins(solo)),
        "spinners" => Of(Threads).Where(Spins),
        "pool" => Of(Pools),
        "exceptions" => Of(Exceptions),
        "ends" => Of(Ends),
        "calls" => Of(Calls),
        "texts" => Of(Floods).Where(static solo => !Bulky.Contains(solo.Sin)),
        "bulk" => Of(Floods).Where(static solo => Bulky.Contains(solo.Sin)),
        "surroundings" => Of(Surroundings),
        "probes" => Of(Probes),
        "hooks" => Of(Hooks).Where(static solo => !solo.Serves),
        _ => Of(Hooks).Where(static solo => solo.Serves),
    };

    public static TheoryData<Solo> Heavy =>
        [.. new[] { Threads, Pools, Exceptions, Ends, Calls, Floods, Surroundings, Hooks, Probes }.SelectMany(Of)
            .Where(static solo => (Named.Length > 0 ? Named : ByThemselves).Contains(solo.Sin))];

    [Theory, MemberData(nameof(Heavy))]
    public void A_sin_that_hurts_the_process(Solo solo) => Check([solo]);

    [Theory]
    [InlineData("exit", 70)]
    [InlineData("exit-after-hook", 70)]
    [InlineData("fail-fast", 134)]
    [InlineData("stack-overflow", 134)]
    [InlineData("native-crash", 139)]
    [InlineData("kill", 137)]
    [InlineData("async-local-throws", 134)]
    [InlineData("closes-event-queue", 134)]
    public void What_nobody_can_stop_loses_nothing_and_the_next_start_works(string sin, int exitCode)
    {
        var who = new Wrongdoer(sin, "http");
        using var run = new Experiment([who]);
        var clock = Stopwatch.StartNew();
        Guarded(run, () =>
        {
            run.Gateway.Neighbour.WaitUntilConnected(Bound.Start);
            run.Expect(run.Gateway.Await(line => line.Message == $"Adapter '{who.Id}' (Misbehaving): connected", Bound.Start) is not null,
                "it did not connect");
            for (var i = 0; i < 5; i++) run.Gateway.Neighbour.Say();
            run.Gateway.Neighbour.Await(
                static what => what.StartsWith("Stored", StringComparison.Ordinal), DateTime.UtcNow.AddSeconds(-5), TimeSpan.FromSeconds(10));
            clock.Restart();
            run.Gateway.Get($"/hooks/{who.Id}", TimeSpan.FromSeconds(5));
            run.End(exitCode, clock, TimeSpan.FromSeconds(10));
        });
        Report(run, sin, "http", $"ends with {run.ExitCode}");
    }

    private static bool Spins(Solo solo) => solo.Sin.Contains("spin", StringComparison.Ordinal);

    internal static Solo[] Of(TheoryData<Solo> rows) => [.. rows.Select(static row => row.Data)];

    internal static void Check(IReadOnlyList<Solo> solos)
    {
        var pairs = solos.Select(static solo => (Solo: solo, solo.Who)).ToArray();
        var starves = solos.Any(static solo => solo.Starves);
        using var run = new Experiment([.. pairs.Select(static pair => pair.Who)]);
        Guarded(run, () =>
        {
            var gateway = run.Gateway;
            gateway.Neighbour.WaitUntilConnected(Bound.Start);
            if (solos.Any(static solo => solo.IsWarm)) run.Ask();
            foreach (var (solo, who) in pairs)
            {
                if (solo.Phase == "http")
                {
                    gateway.Await(line => line.Message == $"Adapter '{who.Id}' (Misbehaving): connected", Bound.Start);
                    gateway.Get($"/hooks/{who.Id}", TimeSpan.FromSeconds(5));
                }

                // Loads take turns: the last of many may connect late.
                if (solo.Phase is "disconnect-at-stop" or "dispose-at-stop")
                    gateway.Await(line => line.Message == $"Adapter '{who.Id}' (Misbehaving): connected", Bound.Start);
                if (!solo.IsAtStop)
                    run.Expect(gateway.Await(line => Group.Begins(who, line), TimeSpan.FromSeconds(30)) is not null, $"{who.Id} was never committed");
            }

            foreach (var (solo, _) in pairs.Where(static pair => pair.Solo.Phase == "probe" || pair.Solo.IsAwaited))
                gateway.Await(line => line.Message.Contains(solo.Logs, StringComparison.Ordinal), TimeSpan.FromSeconds(30));
            Thread.Sleep(TimeSpan.FromSeconds(starves && solos.Any(static solo => solo.Sees.Length > 0) ? 2.5 : 0.5));
            if (run.Gateway.HasExited) throw new InvalidOperationException("the process has ended");
            if (starves) run.AskDirectly();
            run.Neighbour(starves);
            if (solos.Any(static solo => solo.Phase == "send") && !solos.Any(static solo => solo.HoldsChats)) run.Settled();
            if (!starves) run.AskFor([.. solos.Select(static solo => solo.Sees)], TimeSpan.FromSeconds(15));
            foreach (var (solo, _) in pairs)
            {
                run.Expect(run.While is { } status && status.Json.ToString().Contains(solo.Sees, StringComparison.Ordinal),
                    $"status does not show '{solo.Sees}'");
                if (solo.Serves)
                    run.Expect(
                        gateway.Get("/hooks/healthy", TimeSpan.FromSeconds(5)) == System.Net.HttpStatusCode.OK, "the listener does not answer");
            }

            run.Stop();
            foreach (var (solo, _) in pairs)
                run.Expect(run.Log.Any(line => line.Message.Contains(solo.Logs, StringComparison.Ordinal)), $"the log does not say '{solo.Logs}'");
        });
        var held = run.Complaints.Count == 0;
        foreach (var (solo, _) in pairs)
            Add(run, solo.Sin, solo.Isolated ? $"{solo.Phase} (process)" : solo.Phase,
                solo.Sees.Length > 0 ? $"shown: {solo.Sees}" : solo.Logs.Length > 0 ? $"logged: {solo.Logs}" : "no harm");
        Assert.True(held, string.Join("\n", run.Complaints) + "\n" + run.Gateway.Said);
    }

    internal static void Guarded(Experiment run, Action steps)
    {
        try
        {
            steps();
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or FileNotFoundException or IOException)
        {
            run.Complaints.Add(e.Message);
        }
    }

    internal static void Report(Experiment run, string sin, string phase, string outcome)
    {
        Add(run, sin, phase, outcome);
        Assert.True(run.Complaints.Count == 0, string.Join("\n", run.Complaints) + "\n" + run.Gateway.Said);
    }

    internal static void Add(Experiment run, string sin, string phase, string outcome)
    {
        var held = run.Complaints.Count == 0;
        Summary.Add(sin, phase, held ? $"{outcome}; stopped in {run.StopTook.TotalSeconds:0.0} s" : string.Join("; ", run.Complaints), null, held);
    }
}
