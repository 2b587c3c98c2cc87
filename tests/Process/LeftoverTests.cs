using System.Diagnostics;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What a plugin leaves in the way of the end: threads, handlers, registrations.</summary>
public sealed class LeftoverTests
{
    private static readonly string[] Sins = [
        "foreground", "exit-handler-hangs", "signal-handler-hangs", "unloading-throws", "finalizer-hangs", "exit-code"];

    [Theory]
    [InlineData(Signal.Terminate)]
    [InlineData(Signal.Interrupt)]
    [Original("exit code")]
    public void The_end_waits_for_no_foreground_thread_exit_handler_unloading_handler_signal_registration_or_console_handler_of_a_plugin(
        Signal signal)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plans.With(Sins.Select(static sin => new Sinner(sin, "run").Json)));
        foreach (var sin in Sins)
            Bound.Until(() => gateway.Said.Contains($"begins {sin} in run", StringComparison.Ordinal), Bound.Command,
                () => $"{sin} is not committed:\n{gateway.Said}");
        // A signal that comes before the registrations are renewed is the plugin's to hold up; see the next test.
        Thread.Sleep(1500);

        var clock = Stopwatch.StartNew();
        Assert.True(gateway.Stop(signal) == 0, gateway.Said);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.False(File.Exists(folder["data", "gateway.pid"]));
    }

    /// <summary>The latest registration runs first, and ours are renewed every 250 ms: at worst one signal hangs in the plugin's.</summary>
    [Fact]
    public void A_signal_right_after_a_plugin_registered_a_hanging_handler_may_be_lost_and_the_next_one_is_not()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.Start(folder, Plans.With([new Sinner("signal-handler-hangs", "run").Json]));
        Bound.Until(() => gateway.Said.Contains("begins signal-handler-hangs in run", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        gateway.Send(Signal.Terminate);
        Thread.Sleep(1500);
        var code = gateway.HasExited ? gateway.WaitForExit(Bound.Command) : gateway.Stop();
        Assert.True(code == 0, gateway.Said);
    }

    /// <summary>A child that was forked and runs no other program has everything that its parent had open.</summary>
    [Fact]
    public void A_child_that_outlives_the_gateway_keeps_neither_its_lock_nor_its_port()
    {
        using var folder = new TempFolder();
        var plan = Plans.With([new Sinner("forks", "run").Json]);
        var child = 0;
        try
        {
            int port;
            using (var gateway = GatewayProcess.StartReady(folder, plan))
            {
                Bound.Until(() => (child = Child(gateway)) != 0, Bound.Start, () => gateway.Said);
                port = gateway.Port;
                Assert.True(gateway.Stop() == 0, gateway.Said);
            }

            Assert.True(Directory.Exists($"/proc/{child}"), "the child has ended before");
            using var next = GatewayProcess.StartReady(folder, Plans.With([]), port);
            Assert.Equal("ready", next.Status().State);
            Assert.True(Directory.Exists($"/proc/{child}"), "the child has ended before");
            Assert.Equal(0, next.Stop());
        }
        finally
        {
            if (child > 0) Libc.Send(child, Signal.Kill);
        }
    }

    private static int Child(GatewayProcess gateway) =>
        gateway.Said.Split('\n').Where(static line => line.Contains(": child ", StringComparison.Ordinal))
            .Select(static line => int.Parse(line[(line.IndexOf(": child ", StringComparison.Ordinal) + 8)..].Split(' ', '"')[0], null))
            .FirstOrDefault();
}
