using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>A store of an earlier schema, whose process is ended while it is brought up to date.</summary>
public sealed class OlderStoreTests
{
    private const int Messages = 30_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_store_of_schema_two_loses_nothing_when_the_process_is_ended_while_it_is_brought_up_to_date(bool isKilled)
    {
        using var folder = new TempFolder();
        Make(folder);
        using (var first = GatewayProcess.Start(folder))
        {
            // The copy is the first that there is to see of it.
            Bound.Until(() => Directory.GetFiles(folder["data"], "*.bak*").Length > 0, Bound.Start, () => first.Said);
            if (isKilled) first.Kill();
            else Assert.Equal(0, first.Stop());
        }

        using var gateway = GatewayProcess.StartReady(folder);
        var status = gateway.Status();
        Assert.Equal((Messages, Messages), (status.Inbound("handled"), status.Outbound("delivered")));
        status.AssertBalances();
        Assert.Equal(0, gateway.Stop());
        using var store = new StoreFile(folder["data"]);
        Assert.Equal(8, store.Number("PRAGMA user_version"));
        foreach (var table in (string[])["inbox", "outbox", "seen"]) Assert.Equal(Messages, store.Number($"SELECT count(*) FROM {table}"));
        Assert.Equal(Messages, store.Number("SELECT seen FROM usage WHERE adapter_id = 'web'"));
    }

    private static void Make(TempFolder folder)
    {
        Directory.CreateDirectory(folder["data"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var store = new StoreFile(folder["data"]);
        var schema = Path.Combine(Repository.Root, "host", "Store", "Schema");
        foreach (var version in (int[])[1, 2]) store.Run(File.ReadAllText(Path.Combine(schema, $"v{version}.sql")));
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        store.Run($$"""
            PRAGMA application_id = {{0x50477731}};
            PRAGMA user_version = 2;
            BEGIN IMMEDIATE;
            CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {{Messages}}) SELECT i FROM n;
            INSERT INTO inbox (adapter_id, generation, event_id, conversation, payload, state, attempt, accepted_utc, ended_utc)
              SELECT 'web', 1, 'an-event-with-a-long-id-' || i, 'web/c' || i % 100, CAST('{"text":"hello"}' AS BLOB), 2, 1, {{now}}, {{now}} FROM n;
            INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, state, attempt, owed_utc, due_utc, ended_utc)
              SELECT 'k' || i, i, 'web', 'web/c' || i % 100, CAST('{"text":"hello"}' AS BLOB), 2, 1, {{now}}, {{now}}, {{now}} FROM n;
            INSERT INTO seen SELECT 'web', 'an-event-with-a-long-id-' || i, {{now}} FROM n;
            INSERT INTO totals VALUES ('Accepted', {{Messages}}), ('Handled', {{Messages}}), ('Owed', {{Messages}}), ('Delivered', {{Messages}});
            COMMIT;
            """);
    }
}
