using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What machine, clock and strangers do to a gateway that runs, and to its stop.</summary>
public sealed partial class LifecycleFaultTests
{
    private const string FakeTime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

    private static readonly string Unreachable = $$"""
        { "gateway": { "logLevel": "debug" }, "adapters": [ { "id": "web", "plugin": "WebChat" },
          { "id": "irc", "plugin": "Irc", "settings": { "server": "127.0.0.1", "port": {{FreePort.Next()}}, "tls": false, "nick": "x", "channels": ["#a"] } } ] }
        """;

    /// <summary>Time that elapses is real; what people call the time is set back by an hour, then forward by three.</summary>
    [Fact]
    public void A_wall_clock_that_is_set_back_or_forward_delays_no_reconnect()
    {
        Assert.SkipUnless(File.Exists(FakeTime), "libfaketime is not installed.");
        using var folder = new TempFolder();
        var clock = folder.Write("clock", "+0");
        var environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = FakeTime, ["FAKETIME_TIMESTAMP_FILE"] = clock, ["FAKETIME_NO_CACHE"] = "1", ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1", [
                "DONT_FAKE_MONOTONIC"] = "1",
        };
        using var gateway = GatewayProcess.StartReady(folder, Unreachable, environment: environment);
        Bound.Until(() => Attempts(gateway) >= 2, Bound.Start, () => gateway.Said);
        foreach (var offset in new[] { "-3600", "+7200" })
        {
            folder.Write("clock", offset);
            var before = Attempts(gateway);
            // Each waits two seconds at most, and the machine may be busy.
            Bound.Until(() => Attempts(gateway) >= before + 3, Bound.Start, () => $"with the clock at {offset} no attempt came:\n{gateway.Said}");
            var due = gateway.Adapter("irc").GetProperty("sinceUtc").GetDateTimeOffset();
            var wall = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(int.Parse(offset, CultureInfo.InvariantCulture));
            Assert.InRange(due - wall, TimeSpan.FromMinutes(-5), TimeSpan.FromMinutes(5));
        }

        // With that library no wait of the runtime keeps its time, so its stop shows nothing.
        gateway.Kill();
    }

    /// <summary>An outage is a few lines: every attempt was, each with a line of the gateway's own.</summary>
    [Fact]
    public void An_outage_of_one_platform_is_tried_every_two_seconds_and_said_a_few_times()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Unreachable);
        var clock = Stopwatch.StartNew();
        Bound.Until(() => Attempts(gateway) >= 12, Bound.Start, () => gateway.Said);
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(4), "Not in a loop without a pause.");
        var news = gateway.Said.Split('\n')
            .Where(static line => line.Contains("irc", StringComparison.Ordinal) && !line.Contains(" debug ", StringComparison.Ordinal)).ToArray();
        Assert.True(news.Length <= 14, string.Join('\n', news));
        Assert.Single(news, static line => line.Contains("Running, but degraded", StringComparison.Ordinal));
        Assert.Equal("unreachable", gateway.Adapter("irc").GetProperty("code").GetString());
    }

    [Fact]
    public void Connections_that_say_nothing_keep_no_verb_from_the_operator()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        List<Socket> silent = [];
        for (var i = 0; i < 200; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(gateway.Data, "control.sock")));
            silent.Add(socket);
        }

        Assert.Equal("ready", gateway.Status().State);
        var reconnect = Command.Run(folder.Path, "adapter", "reconnect", "web", "--data", gateway.Data);
        Assert.True(reconnect.ExitCode == 0, reconnect.Said);
        foreach (var socket in silent) socket.Dispose();
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>A limit as a plugin may leave it: no file may grow any more, and the runtime has an odd exception for that.</summary>
    [Fact]
    public void A_stop_is_orderly_where_no_file_may_be_written_any_more()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        using (var limit = Process.Start("prlimit", ["--pid", gateway.Id.ToString(CultureInfo.InvariantCulture), "--fsize=0:0"])) limit.WaitForExit();
        Assert.Contains(gateway.Stop(), (int[])[0, 1]);
        Assert.Contains("Stopped in", gateway.Said, StringComparison.Ordinal);
    }

    /// <summary>Whoever can write in a directory can write any number into its pid file.</summary>
    [Fact]
    public void A_stop_sends_no_signal_to_a_process_that_does_not_hold_the_lock()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["data"]);
        using var victim = Process.Start("sleep", ["300"])!;
        using var holder = Process.Start("flock", ["-n", folder.Write("data/gateway.lock", ""), "sleep", "300"])!;
        try
        {
            var stat = File.ReadAllText($"/proc/{victim.Id}/stat");
            var started = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            folder.Write("data/gateway.pid",
                $$"""{"pid":{{victim.Id}},"processStart":"{{boot}}/{{started}}","startedUtc":"2026-01-01T00:00:00Z","version":"0","http":null}""");
            Bound.Until(() => File.ReadAllText("/proc/locks").Contains($" {holder.Id} ", StringComparison.Ordinal) || holder.HasExited, Bound.Command,
                static () => "no lock");
            var stop = Command.Run(folder.Path, "stop", "--data", folder["data"]);
            Assert.True(stop.ExitCode == 1, stop.Said);
            Assert.Contains("holds gateway.lock", stop.Said, StringComparison.Ordinal);
            Assert.False(victim.WaitForExit(500), "A process that holds no lock was ended.");
        }
        finally
        {
            victim.Kill();
            holder.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public void A_handler_that_is_parked_again_at_once_has_not_been_reconnected()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(
            folder, """{ "handler": { "plugin": "Nowhere" }, "adapters": [ { "id": "web", "plugin": "WebChat" } ] }""");
        var reconnect = Command.Run(folder.Path, "adapter", "reconnect", "handler:default", "--data", gateway.Data);
        Assert.True(reconnect.ExitCode == 1, reconnect.Said);
        Assert.Contains("parked", reconnect.Error, StringComparison.Ordinal);
        Assert.True(Command.Run(folder.Path, "reload", "--data", gateway.Data).ExitCode == 1, "A reload that leaves the handler parked ends with 0.");
        Assert.Contains(
            "'handler:default'", Command.Run(folder.Path, "adapter", "reconnect", "nope", "--data", gateway.Data).Error, StringComparison.Ordinal);
    }

    private static int Attempts(GatewayProcess gateway) => Attempt().Count(gateway.Said);

    [GeneratedRegex(@"'irc' \(Irc\): .*; retrying in")]
    private static partial Regex Attempt();
}
