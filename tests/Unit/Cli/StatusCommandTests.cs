using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Cli;
using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Serialization;
using PluginGateway.Status;
using PluginGateway.Tests.Status;

namespace PluginGateway.Tests.Cli;

public sealed class StatusCommandTests
{
    private readonly CommandFixture _commandFixture = new();

    [Theory]
    [InlineData(GatewayState.Ready, 0)]
    [InlineData(GatewayState.Degraded, 1)]
    [InlineData(GatewayState.Starting, 1)]
    public void What_the_gateway_answers_is_shown_and_only_ready_is_0(object state, int exitCode)
    {
        using var directory = new TemporaryDirectory();
        using var held = InstanceLock.TryAcquire(directory.Path);
        using var server = Gateway(directory, Samples.Degraded with { State = (GatewayState)state });

        Assert.Equal(exitCode, _commandFixture.Invoke("status", "--data", directory.Path, "--json"));
        Assert.Equivalent(Samples.Degraded with { State = (GatewayState)state }, Printed(), strict: true);
    }

    [Fact]
    public void Nobody_there_is_down_with_the_last_stop()
    {
        using var directory = new TemporaryDirectory();
        Samples.Shutdown.Write(directory.Path);

        Assert.Equal(1, _commandFixture.Invoke("status", "--data", directory.Path, "--json"));

        var report = Printed();
        Assert.Equal(GatewayState.Down, report.State);
        Assert.Equivalent(Samples.Shutdown, report.LastShutdown, strict: true);
        Assert.Empty(report.Reasons);
    }

    [Fact]
    public void A_pid_file_left_behind_tells_that_the_end_was_not_planned()
    {
        using var directory = new TemporaryDirectory();
        PidFile.Of(new ProcessIdentity(4711, "another boot/1"), Samples.Now, "0.1.0", null).Write(directory.Path);

        Assert.Equal(1, _commandFixture.Invoke("status", "--data", directory.Path, "--json"));

        Assert.Equal(GatewayState.Down, Printed().State);
        Assert.Contains("pid 4711", Assert.Single(Printed().Reasons));
    }

    [Fact]
    public void A_lock_without_an_answer_is_unresponsive_within_two_seconds_with_what_the_pid_file_says()
    {
        using var directory = new TemporaryDirectory();
        using var held = InstanceLock.TryAcquire(directory.Path);
        PidFile.Of(new ProcessIdentity(4711, "another boot/1"), Samples.Now, "0.1.0", "http://127.0.0.1:8780").Write(directory.Path);
        var start = Stopwatch.GetTimestamp();

        Assert.Equal(1, _commandFixture.Invoke("status", "--data", directory.Path, "--json"));

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 1.5, 10);
        var report = Printed();
        Assert.Equal((GatewayState.Unresponsive, 4711, "0.1.0", "http://127.0.0.1:8780"), (report.State, report.Pid, report.Version, report.Http));
    }

    [Fact]
    public void One_that_still_opens_its_store_is_starting_and_the_reason_says_what_takes_so_long()
    {
        using var directory = new TemporaryDirectory();
        using var held = InstanceLock.TryAcquire(directory.Path);
        PidFile.Of(ProcessIdentity.Current, Samples.Now, "0.1.0", null).Write(directory.Path);

        Assert.Equal(1, _commandFixture.Invoke("status", "--data", directory.Path, "--json"));

        var report = Printed();
        Assert.Equal((GatewayState.Starting, Environment.ProcessId, null), (report.State, report.Pid, report.Http));
        Assert.StartsWith("It has been opening its store since 20", Assert.Single(report.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_has_the_lock_and_will_listen_in_a_moment_is_not_unresponsive()
    {
        using var directory = new TemporaryDirectory();
        using var held = InstanceLock.TryAcquire(directory.Path);
        ControlServer? server = null;
        var starter = new Thread(() =>
        {
            Thread.Sleep(300);
            server = Gateway(directory, Samples.Degraded with { State = GatewayState.Ready });
        });
        starter.Start();

        Assert.Equal(0, _commandFixture.Invoke("status", "--data", directory.Path));

        starter.Join();
        server!.Dispose();
    }

    [Fact]
    public void The_table_says_everything_an_operator_needs_in_100_columns()
    {
        using var output = new StringWriter();

        StatusTable.Show(
            Samples.Degraded, "/var/lib/plugin-gateway", Samples.Now.AddMinutes(-134), Samples.Now, new Terminal(output, 100, colour: false).Console);

        var lines = output.ToString().Split('\n').Select(line => line.TrimEnd()).ToArray();
        Assert.All(lines, line => Assert.True(line.Length <= 100, line));
        Assert.Equal(Expected, string.Join('\n', lines));
    }

    [Theory]
    [InlineData(
        1, "1 message is to be sent again", "1 message refused since", "1 message was not taken", "1 turn waits until", "1 message turned away")]
    [InlineData(
        2, "2 messages are to be sent again", "2 messages refused since", "2 messages were not taken", "2 turns wait until",
        "2 messages turned away")]
    public void Numbers_of_messages_are_told_with_the_noun_that_goes_with_them(int number, params string[] sentences)
    {
        using var output = new StringWriter();
        var adapter = Samples.Degraded.Adapters[0] with
        {
            Retrying = new(number, 7, Samples.Now.AddMinutes(-1), null, "no"),
            Refused = number,
            OwedRefused = number,
            TurnsWaitingForFiles = number,
            Discarded = new Dictionary<string, long> { ["tooLarge"] = number },
        };
        var report = Samples.Degraded with { Adapters = [adapter], Unconfigured = [new("old", number, number)] };

        StatusTable.Show(report, "/data", null, Samples.Now, new Terminal(output, 400, colour: false).Console);

        foreach (var sentence in sentences) Assert.Contains($"- web: {sentence}", output.ToString(), StringComparison.Ordinal);
        var messages = number == 1 ? "1 message" : "2 messages";
        Assert.Contains(
            $"- old is not configured any more: {messages} to be delivered through it, {messages} from it not yet handled; "
            + "configure it again, or look: plugin-gateway outbox list --adapter old", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_from_a_platform_is_neither_markup_nor_a_terminal_command()
    {
        using var output = new StringWriter();
        var report = Samples.Degraded with { Reasons = ["[red]x[/] \u001b[2J [bad"] };

        StatusTable.Show(report, "/data", null, Samples.Now, new Terminal(output, 100, colour: false).Console);

        Assert.Contains("[red]x[/] \\u001b[2J [bad", output.ToString());
    }

    [Theory]
    [InlineData("10004711", null, "10004711")]
    [InlineData("4711", "bot\u001b[2J", @"bot\u001b[2J")]
    [InlineData(null, "a name of more than twenty-four characters", "a name of more than twen...")]
    public void An_account_is_shown_by_its_name_bounded_and_safe_and_a_change_of_it_with_the_command_that_ends_it(
        string? id, string? name, string shown)
    {
        using var output = new StringWriter();
        var adapter = Samples.Degraded.Adapters[0] with { Account = new(id, name), AccountChange = "account changed from 1 to 4711" };

        StatusTable.Show(
            Samples.Degraded with { Adapters = [adapter] }, "/data", null, Samples.Now, new Terminal(output, 200, colour: false).Console);

        Assert.Contains($"WebChat  {shown}  connected", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("- web: account changed from 1 to 4711; if that is right: plugin-gateway adapter reconnect web", output.ToString(),
            StringComparison.Ordinal);
    }

    private const string Expected =
        """
        degraded  plugin-gateway 0.1.0  pid 4711  up 2 h 14 min  http://127.0.0.1:8780
        data /var/lib/plugin-gateway
        - Adapter 'tg-main' is waiting for its reconnect.

        Adapter  Plugin    Account      State      Since  Gen  Last in     Last out
        web      WebChat                connected  2 h    1    3 s ago     2 s ago
        tg-main  Telegram  gateway_bot  waiting    4 min  7    20 min ago  never
        - tg-main: attempt 3 in 4 s: connect did not finish within 30 s

        Abandoned call  Adapter  Gen  Overdue for  Where it hangs
        send            tg-main  6    41 s         blocked before its first await
        disconnect      tg-main  6    11 s         awaiting

        in   120 accepted = 117 handled + 1 parked + 2 pending  (4 duplicates, 0 refused, 3 discarded)
        out  118 owed = 115 delivered + 1 rejected + 0 parked + 2 pending

        last stop  SIGTERM, 3 h ago, took 5.7 s, exit code 0; left for the next start: 1 in, 2 out
        - tg-main (Telegram) overran after 5 s: disconnect: blocked before its first await

        """;

    private StatusReport Printed() => JsonSerializer.Deserialize(_commandFixture.Output, AnswerMetadata.Default.StatusReport)!;

    private static ControlServer Gateway(TemporaryDirectory directory, StatusReport report) =>
        new(directory.Path, [new Status(report)], () => { }, NullLogger.Instance);

    private sealed class Status(StatusReport report) : IControlVerb
    {
        public string Name => "status";

        public ControlReply Execute(ControlRequest request) => ControlReply.Done(JsonText.Line(report, StatusJson.Default.StatusReport));
    }
}
