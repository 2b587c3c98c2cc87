using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What an operator does about messages that wait for a decision, with the real executable.</summary>
public sealed class ParkedMessageTests
{
    [Fact]
    public async Task Parked_messages_are_listed_shown_and_sent_again_while_the_gateway_runs()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        await Converse(gateway, "running", "a secret", 3);
        using (var store = new StoreFile(gateway.Data)) store.Park("id <= 2");

        var list = Run(gateway.Data, 0, "outbox", "list", "--state", "parked", "--json");
        Assert.Equal([2, 1], Ids(list.Output));
        Assert.DoesNotContain("secret", list.Output, StringComparison.Ordinal);
        Assert.Contains("a secret 1", Run(gateway.Data, 0, "outbox", "show", "1").Output, StringComparison.Ordinal);
        Assert.Contains("a secret 1", Run(gateway.Data, 0, "inbox", "show", "1", "--json").Output, StringComparison.Ordinal);
        Assert.Equal("2 messages are owed again.\n", Run(gateway.Data, 0, "outbox", "resend", "2", "1").Output);
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
        var status = gateway.Status();
        status.AssertBalances();
        Assert.Equal((3, 3, 0), (status.Outbound("owed"), status.Outbound("delivered"), status.Outbound("parked")));
        Assert.Contains("2: it is delivered; only a parked, rejected, withdrawn or pending message can be sent again",
            Run(gateway.Data, 1, "outbox", "resend", "2").Error, StringComparison.Ordinal);
        Assert.Contains("There is no message 99 in the outbox", Run(gateway.Data, 1, "outbox", "show", "99").Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", gateway.Said, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task The_same_verbs_work_on_the_store_itself_while_the_gateway_is_down()
    {
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.StartReady(folder))
        {
            await Converse(gateway, "down", "text", 5);
            Assert.Equal(0, gateway.Stop());
        }

        using (var store = new StoreFile(folder["data"]))
        {
            store.Park("id <= 4");
            store.Run("UPDATE outbox SET adapter_id = 'gone' WHERE id = 3");
        }

        Assert.Equal([4, 3, 2, 1], Ids(Run(folder["data"], 0, "outbox", "list", "--json").Output));
        Run(folder["data"], 0, "outbox", "mark-sent", "4");
        Run(folder["data"], 0, "outbox", "drop", "2");
        Assert.Equal([1, 3], Done(Run(folder["data"], 0, "outbox", "resend", "--all-parked", "--json").Output));
        Assert.Contains("only a parked or dropped message can be run again", Run(folder["data"], 1, "inbox", "rerun", "1").Error, StringComparison.Ordinal);

        using var again = GatewayProcess.StartReady(folder);
        Bound.Until(() => again.Status().Outbound("delivered") == 3, Bound.Replies, () => again.Status().Json.ToString());
        // Nobody delivers for an adapter that is no longer there: the operator sees it and lets go of it.
        Assert.Equal([3], Ids(Run(folder["data"], 0, "outbox", "list", "--adapter", "gone", "--json").Output));
        Run(folder["data"], 0, "outbox", "drop", "3");
        Bound.Until(() => again.Status().IsIdle, Bound.Replies, () => again.Said);
        var status = again.Status();
        status.AssertBalances();
        Assert.Equal((5, 3, 2, 0), (status.Outbound("owed"), status.Outbound("delivered"), status.Outbound("withdrawn"), status.Outbound("parked")));
        Assert.Equal(0, again.Stop());
    }

    [Fact]
    public async Task Dropped_messages_stay_in_the_books_are_listed_and_can_be_run_again()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        await Converse(gateway, "room", "text", 3);
        using (var store = new StoreFile(gateway.Data))
        {
            store.Park("id = 3");
            store.Run("""
                BEGIN IMMEDIATE;
                INSERT INTO totals VALUES ('InboundParked', 2);
                UPDATE totals SET value = value - 2 WHERE name = 'Handled';
                UPDATE inbox SET state = 3, reason = 'three attempts' WHERE id <= 2;
                COMMIT;
                """);
        }

        Assert.Equal("2 messages are dropped.\n", Run(gateway.Data, 0, "inbox", "drop", "1", "2").Output);
        Assert.Equal("Message 3 is dropped.\n", Run(gateway.Data, 0, "outbox", "drop", "3").Output);
        var status = gateway.Status();
        status.AssertBalances();
        Assert.Equal((3, 1, 2, 0, 1, 2), (status.Inbound("accepted"), status.Inbound("handled"), status.Inbound("dropped"), status.Inbound("parked"),
            status.Outbound("withdrawn"), status.Outbound("delivered")));
        Assert.Contains("+ 2 dropped", Run(gateway.Data, 0, "status").Output, StringComparison.Ordinal);
        Assert.Equal([2, 1], Ids(Run(gateway.Data, 0, "inbox", "list", "--state", "dropped", "--json").Output));
        Assert.Equal([3], Ids(Run(gateway.Data, 0, "outbox", "list", "--state", "withdrawn", "--json").Output));
        Bound.Until(
            () => gateway.Said.Contains("'inbox drop' has changed 2 messages: 1, 2", StringComparison.Ordinal), Bound.Replies, () => gateway.Said);
        using (var api = new ApiClient(gateway.Address))
        {
            Assert.Equal("withdrawn", (await api.GetAsync("/api/messages/m3")).Json.GetProperty("state").GetString());
            Assert.Contains("gateway_inbound_messages_total{outcome=\"dropped\"} 2", await api.TextAsync("/metrics"), StringComparison.Ordinal);
        }

        Run(gateway.Data, 0, "inbox", "rerun", "1");
        Run(gateway.Data, 0, "outbox", "resend", "3");
        status = gateway.Await(static status => status.Inbound("handled") == 2 && status.IsIdle, Bound.Replies);
        status.AssertBalances();
        // The reply that the message had is not given twice.
        Assert.Equal((3, 3, 1), (status.Outbound("owed"), status.Outbound("delivered"), status.Inbound("dropped")));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void What_cannot_be_asked_is_said_in_a_sentence()
    {
        using var folder = new TempFolder();
        Assert.Contains("There is no store in", Run(folder["data"], 1, "outbox", "list").Error, StringComparison.Ordinal);
        Assert.Contains("either IDs or --all-parked", Run(folder["data"], 78, "outbox", "resend").Error, StringComparison.Ordinal);
        Assert.Contains(
            "either IDs or --all-parked", Run(folder["data"], 78, "outbox", "resend", "1", "--all-parked").Error, StringComparison.Ordinal);
        Assert.Contains("pending", Run(folder["data"], 78, "outbox", "list", "--state", "nonsense").Error, StringComparison.Ordinal);
        foreach (var verb in (string[])["outbox", "inbox"])
            Assert.Contains("Examples:", Command.Run(folder.Path, verb, "--help").Output, StringComparison.Ordinal);
    }

    internal static async Task Converse(GatewayProcess gateway, string conversation, string text, int count)
    {
        using var client = new ChatClient(gateway.Address);
        for (var i = 1; i <= count; i++) await client.SendAsync(conversation, $"{conversation}-{i}", $"{text} {i}");
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => gateway.Said);
    }

    private static Command Run(string data, int exitCode, params string[] arguments)
    {
        var command = Command.Run(Path.GetTempPath(), [.. arguments, "--data", data]);
        Assert.True(command.ExitCode == exitCode, $"exit code {command.ExitCode}: {command.Said}");
        return command;
    }

    private static long[] Ids(string json) =>
        [.. JsonDocument.Parse(json).RootElement.EnumerateArray().Select(static line => line.GetProperty("id").GetInt64())];

    private static long[] Done(string json) =>
        [.. JsonDocument.Parse(json).RootElement.GetProperty("done").EnumerateArray().Select(static id => id.GetInt64())];
}
