using System.Diagnostics;

namespace PluginGateway.MatrixTests;

/// <summary>A plugin in the gateway's process closes what it does not own, by number. The gateway says so and ends before it writes to somebody
/// else's file, with everything it has accepted.</summary>
public sealed class DescriptorTests
{
    public static TheoryData<Solo> Rows =>
    [
        .. new (string Sin, string Logs)[]
        {
            ("closes-listeners", "a listening socket"), ("reuses-listeners", "a listening socket"), ("closes-pipes", "a pipe that was there"), (
                "closes-log", "(the log)"),
            ("reuses-log", "(the log)"), ("closes-store", "was closed or means another file"), ("reuses-store", "was closed or means another file"), (
                "reuses-write-ahead-log", "was closed or means another file"),
        }.Select(static row => new Solo(row.Sin, Logs: row.Logs) { IsOfTheProcess = true }),
    ];

    [Theory, MemberData(nameof(Rows))]
    public void Are_noticed_and_end_the_gateway_with_70(Solo solo)
    {
        var who = new Wrongdoer(solo.Sin, "http");
        using var run = new Experiment([who]) { AlwaysRestart = true };
        SoloTests.Guarded(run, () =>
        {
            run.Gateway.Neighbour.WaitUntilConnected(Bound.Start);
            run.Expect(run.Gateway.Await(line => Group.IsConnected(who, line), Bound.Start) is not null, "it did not connect");
            for (var i = 0; i < 5; i++) run.Gateway.Neighbour.Say();
            // A transaction that is being written while its descriptor is replaced is in the other file, and is not acknowledged: a unit test of the
            // store has that. Here nothing is written when it happens.
            Bound.Until(() => run.Gateway.Neighbour.Sent.Count == 5 && run.Gateway.Status().Outbound("delivered") == 5, Bound.Replies,
                () => run.Gateway.Said);
            var clock = Stopwatch.StartNew();
            run.Gateway.Get($"/hooks/{who.Id}", TimeSpan.FromSeconds(2));
            run.End(70, clock, Gateway.StopBound + TimeSpan.FromSeconds(5));
            run.Expect(run.Log.Any(line => line.Message.Contains(solo.Logs, StringComparison.Ordinal)), $"the log does not say '{solo.Logs}'");
            var reused = new FileInfo(Path.Combine(run.Gateway.Data, "adapters", who.Id, "reused"));
            run.Expect(!reused.Exists || reused.Length == 0, "the gateway has written to the plugin's file");
        });
        SoloTests.Report(run, solo.Sin, "http", $"ends with {run.ExitCode}");
    }

    [Fact]
    public void A_limit_on_files_that_a_plugin_lowers_is_said_and_neither_a_stop_nor_what_was_accepted_suffers()
    {
        var who = new Wrongdoer("small-files", "http");
        using var run = new Experiment([who]) { AlwaysRestart = true };
        SoloTests.Guarded(run, () =>
        {
            var gateway = run.Gateway;
            gateway.Neighbour.WaitUntilConnected(Bound.Start);
            run.Expect(gateway.Await(line => Group.IsConnected(who, line), Bound.Start) is not null, "it did not connect");
            for (var i = 0; i < 5; i++) gateway.Neighbour.Say();
            Bound.Until(() => gateway.Neighbour.Sent.Count == 5, Bound.Replies, () => gateway.Said);
            gateway.Get($"/hooks/{who.Id}", TimeSpan.FromSeconds(2));
            gateway.Neighbour.Say();
            Bound.Until(() => gateway.Status().Json.ToString().Contains("the store cannot write", StringComparison.Ordinal), Bound.Replies,
                () => gateway.Said);
            // Nothing can be written, so nothing is closed: that is 1, and the service manager starts it again with its own limits.
            run.Stop(exitCode: 1);
        });
        SoloTests.Report(run, who.Sin, "http", $"ends with {run.ExitCode}");
    }

    [Fact]
    public void An_isolated_neighbour_connects_again_whatever_a_plugin_has_left_in_the_environment()
    {
        var (who, neighbour) = (new Wrongdoer("huge-environment", "http"), new Wrongdoer("dies-soon", "run") { Isolated = true, Always = true });
        using var run = new Experiment([who, neighbour]);
        SoloTests.Guarded(run, () =>
        {
            run.Gateway.Neighbour.WaitUntilConnected(Bound.Start);
            run.Expect(run.Gateway.Await(line => Group.IsConnected(neighbour, line), Bound.Start) is not null, "the isolated one did not connect");
            run.Gateway.Get($"/hooks/{who.Id}", TimeSpan.FromSeconds(2));
            var begun = run.Gateway.Await(line => Group.Begins(who, line), Bound.Start);
            // The worker of the first may have been started before.
            LogLine? last = begun;
            for (var i = 0; i < 2 && last is not null; i++)
                last = run.Gateway.Await(line => line.Time > last.Time && Group.IsConnected(neighbour, line), Bound.Start);
            run.Expect(last is not null, "the isolated one did not connect again");
            run.Stop();
        });
        SoloTests.Report(run, who.Sin, "http", "an isolated neighbour connects again");
    }
}
