using System.Diagnostics;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>The operator's verbs on a store in which a hundred thousand messages wait in each place. That no statement reads more than it needs is
/// held by QueryPlanTests; this is that they end.</summary>
public sealed class LargeStoreTests(ITestOutputHelper output)
{
    private const int Many = 100_000;

    [Fact]
    public async Task Every_verb_ends_soon_on_a_store_of_a_hundred_thousand_messages_each_and_the_books_balance()
    {
        using var folder = new TempFolder();
        using (var first = GatewayProcess.StartReady(folder))
        {
            await ParkedMessageTests.Converse(first, "c", "text", 1);
            Assert.Equal(0, first.Stop());
        }

        using (var store = new StoreFile(folder["data"])) Fill(store);
        using var gateway = GatewayProcess.StartReady(folder);
        foreach (var state in (string[])["pending", "parked", "rejected", "bounced", "withdrawn", "delivered"])
            Run("outbox", "list", "--state", state, "--limit", "2");
        Run("outbox", "list", "--adapter", "gone", "--limit", "2");
        foreach (var state in (string[])["pending", "parked", "dropped", "handled"]) Run("inbox", "list", "--state", state, "--limit", "2");
        Run("outbox", "show", $"{Many}");
        Run("inbox", "show", $"{Many}");
        Run(1, "status");

        Assert.Contains($"{Many / 100} parked message(s) of the outbox would be dropped",
            Run(1, "outbox", "drop", "--all", "--chat", "c7", "--older", "1h").Error, StringComparison.Ordinal);
        Assert.Equal($"{Many / 100} messages are dropped.\n", Run("outbox", "drop", "--all", "--chat", "c7", "--confirm", $"{Many / 100}").Output);
        Assert.Equal($"{Many - (Many / 100)} messages are owed again.\n", Run("outbox", "retry", "--all", "--adapter", "gone").Output);
        Assert.Contains($"{Many} parked message(s) of the inbox would be dropped, not 7", Run(1, "inbox", "drop", "--all", "--confirm", "7").Error,
            StringComparison.Ordinal);
        var dropped = JsonDocument.Parse(Run("inbox", "drop", "--all", "--confirm", $"{Many}", "--json").Output).RootElement;
        Assert.Equal(Many, dropped.GetProperty("done").GetArrayLength());
        Assert.Equal("Nothing was changed.\n", Run("inbox", "drop", "--all").Output);

        var status = gateway.Await(static status => status.Outbound("parked") == 0, Bound.Replies);
        status.AssertBalances();
        Assert.Equal((2 * Many) - (Many / 100), status.Outbound("pending"));
        Assert.Equal(0, gateway.Stop());

        Command Run(params object[] words)
        {
            var start = Stopwatch.GetTimestamp();
            var (code, arguments) = words[0] is int expected ? (expected, words[1..]) : (0, words);
            var command = Command.Run(folder.Path, [.. arguments.Cast<string>(), "--data", folder["data"]]);
            output.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s: {string.Join(' ', arguments)}");
            Assert.True(command.ExitCode == code, $"exit code {command.ExitCode}: {command.Said}");
            return command;
        }
    }

    /// <summary>Parked and pending messages of an adapter that is not configured, so that nobody moves them, and parked ones from it.</summary>
    private static void Fill(StoreFile store)
    {
        const string Numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)";
        var owed = (int state, string prefix) => $"""
            INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, state, owed_utc, due_utc, ended_utc) {Numbers}
              SELECT '{prefix}.' || i, 0, 'gone', 'gone/c' || (i % 100), (SELECT payload FROM outbox WHERE id = 1), {state}, unixepoch() * 1000 - 9000000, unixepoch() * 1000 - 9000000,
                {(state == 4 ? "unixepoch() * 1000 - 8000000 + i" : "NULL")} FROM n;
            """;
        store.Run($"""
            BEGIN IMMEDIATE;
            {owed(4, "parked")}
            {owed(0, "pending")}
            INSERT INTO inbox (adapter_id, generation, conversation, payload, state, attempt, reason, accepted_utc, ended_utc) {Numbers}
              SELECT 'gone', 1, 'gone/c' || (i % 100), (SELECT payload FROM inbox WHERE id = 1), 3, 3, 'three attempts', unixepoch() * 1000 - 9000000, unixepoch() * 1000 - 8000000 + i FROM n;
            INSERT INTO totals VALUES ('Owed', 200000), ('OutboundParked', 100000), ('Accepted', 100000), ('InboundParked', 100000) ON CONFLICT DO UPDATE SET value = value + excluded.value;
            COMMIT;
            """);
    }
}
