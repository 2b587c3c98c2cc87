using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Signals in random order at random moments, with adapters that misbehave: whatever the path, no stale lock, no unsound store, no process
/// that hangs, no message lost.</summary>
public sealed class ScheduleTests(ITestOutputHelper output)
{
    private const double Budget = 4, Grace = 1.5;

    /// <summary>Schedules on one data directory, between two starts without wrongdoers that show what became of every message.</summary>
    private const int InASeries = 5;

    /// <summary>What harms nobody but its own adapter, in the phases where a stop can meet it.</summary>
    private static readonly Sinner[] Sinners =
    [
        .. new[] { "sleep", "never", "cancel-blocks", "uninterruptible", "throws", "message-hangs" }.SelectMany(
            static sin => new[] { "connect", "disconnect-at-stop", "dispose-at-stop", "disconnect", "send" }.Select(phase => new Sinner(sin, phase))),
        new("sleep", "construct"), new("throws", "construct"), new("sleep", "run-direct"), new("returns", "run-direct"), new("foreground", "run"),
        new("exit-handler-hangs", "run"), new("finalizer-hangs", "run"),
        new("park-200", "run"), new("thread-throws", "run"), new("reports-fatal-10000", "run"), new("dies-soon", "run"), new("accept-64", "run"),
        new("unloading-hangs", "connect"), new("exit-code", "run"),
    ];

    private static readonly TimeSpan End = TimeSpan.FromSeconds(Budget + Grace + 2) + TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, int> _codes = [];
    private int _messages;

    [Fact]
    [Acceptance(11)]
    [Acceptance(12)]
    [Original("_safe_adapter_teardown")]
    [Original("exit code")]
    public void Random_signals_with_misbehaving_adapters_leave_no_stale_lock_no_unsound_store_no_hung_process_and_lose_no_message()
    {
        var seed = Chance.Seed(output);
        var clock = Stopwatch.StartNew();
        var series = Chance.IsLong ? 40 : 4;
        Lanes.Run(Enumerable.Range(0, series), number => RunSeries(new Random(seed + number), number));
        output.WriteLine($"{series * InASeries} schedules in {clock.Elapsed.TotalSeconds:0} s; {_messages} messages accepted; ended with {string.Join(", ", _codes.Select(static code => $"{code.Key}: {code.Value} times"))}");
    }

    private void RunSeries(Random random, int number)
    {
        using var folder = new TempFolder();
        var port = FreePort.Next();
        List<string> story = [];
        try
        {
            using var chatters = new Chatters(new Uri($"http://127.0.0.1:{port}"), 2, TimeSpan.FromMilliseconds(40), TimeSpan.FromMinutes(10));
            for (var schedule = 0; schedule < InASeries; schedule++) Run(folder, port, random, chatters, story);
            story.Add("clean start");
            using var last = GatewayProcess.StartReady(folder, Plan([]), port);
            chatters.Finish();
            // What is owed through the wrongdoers stays owed: they are not there any more.
            last.Await(static status => status.Inbound("pending") == 0, Bound.Replies).AssertBalances();
            using (var store = new StoreCopy(last.Data)) chatters.AssertAnswered(store.ParkedTurns);
            Assert.True(last.Stop() == 0, last.Said);
            Assert.False(File.Exists(Path.Combine(last.Data, "gateway.pid")));
            StoreCopy.AssertSound(last.Data);
            Interlocked.Add(ref _messages, chatters.Accepted);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"Series {number}: {string.Join("; ", story)}", failure);
        }
    }

    /// <summary>One life of the gateway: it starts over whatever the last one left, gets its signals, and is gone in time.</summary>
    private void Run(TempFolder folder, int port, Random random, Chatters chatters, List<string> story)
    {
        var sinners = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Of(Sinners)).Distinct().ToArray();
        story.Add($"start with {string.Join(", ", sinners.Select(static sinner => sinner.Id))}");
        using var gateway = GatewayProcess.Start(folder, Plan(sinners), port);
        if (random.Next(3) > 0)
        {
            // Alive is who accepts: that the lock was free and the store good is behind it.
            var before = chatters.Accepted;
            Bound.Until(() => chatters.Accepted > before || gateway.HasExited, Bound.Start, () => $"it accepts nothing:\n{gateway.Said}");
            Assert.False(gateway.HasExited, gateway.Said);
            story.Add("accepts");
        }

        for (var steps = random.Next(1, 6); steps > 0 && !gateway.HasExited; steps--)
        {
            var pause = random.Within(TimeSpan.FromSeconds(0.8));
            Thread.Sleep(pause);
            var signal = random.Of((Signal[])[Signal.Terminate, Signal.Terminate, Signal.Interrupt, Signal.Stop, Signal.Continue, Signal.Kill]);
            story.Add(string.Create(CultureInfo.InvariantCulture, $"{pause.TotalSeconds:0.000} s, {signal}"));
            if (!gateway.HasExited) gateway.Send(signal);
            if (signal == Signal.Kill) break;
        }

        if (!gateway.HasExited)
        {
            gateway.Send(Signal.Continue);
            gateway.Send(Signal.Terminate);
        }

        var code = gateway.WaitForExit(End);
        story.Add($"ended with {code}");
        // 130, 143: before the gateway has taken the signals over. 142: the kernel's alarm, after a SIGSTOP in the middle of the stop.
        Assert.True(code is 0 or 70 or 130 or 137 or 142 or 143, $"exit code {code}:\n{gateway.Said}");
        Assert.True(code != 0 || !File.Exists(Path.Combine(gateway.Data, "gateway.pid")), "the pid file is still there");
        StoreCopy.AssertSound(gateway.Data);
        lock (_gate) _codes[code] = _codes.GetValueOrDefault(code) + 1;
    }

    private static string Plan(IEnumerable<Sinner> sinners) => Plans.With(
        [.. sinners.Select(static sinner => sinner.Json), Plans.Healthy], Budget, Grace,
        new JsonObject
        {
            ["drainSeconds"] = 0.5,
            ["noticeSeconds"] = 0.5,
            ["storeCloseSeconds"] = 1,
            ["disconnectSeconds"] = 1,
            ["connectSeconds"] = 1.5,
            ["sendSeconds"] = 1.5,
            ["loadSeconds"] = 30
        });
}
