using Microsoft.Data.Sqlite;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>A copy of what an ended gateway left in its store: looking at the store itself would mend what the next start has to cope with.</summary>
internal sealed class StoreCopy : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SqliteConnection? _database;

    public StoreCopy(string data)
    {
        foreach (var name in (string[])["gateway.db", "gateway.db-wal"])
        {
            if (File.Exists(Path.Combine(data, name))) File.Copy(Path.Combine(data, name), _folder[name]);
        }

        if (!File.Exists(_folder["gateway.db"])) return;
        _database = new SqliteConnection($"Data Source={_folder["gateway.db"]};Pooling=False");
        _database.Open();
    }

    /// <summary>False when it was ended before its store had a schema.</summary>
    public bool IsMade => _database is not null && Number("SELECT count(*) FROM sqlite_master WHERE name = 'totals'") == 1;

    /// <summary>The event ids of inbound messages that were given up.</summary>
    public IReadOnlyList<string> ParkedTurns => Texts("SELECT event_id FROM inbox WHERE state = 3");

    /// <summary>Throws unless what a kill left here can be relied on.</summary>
    public static void AssertSound(string data)
    {
        using var copy = new StoreCopy(data);
        copy.AssertSound();
    }

    public void AssertSound()
    {
        if (_database is null) return;
        Assert.Equal(["ok"], Texts("PRAGMA integrity_check"));
        if (!IsMade) return;
        // What has ended is kept for days, so that within a test every total has its rows.
        Balance("accepted = handled + parked + dropped + pending", "Accepted", "SELECT count(*) FROM inbox");
        Balance("handled", "Handled", "SELECT count(*) FROM inbox WHERE state = 2");
        Balance("inbound parked", "InboundParked", "SELECT count(*) FROM inbox WHERE state = 3");
        Balance("dropped", "Dropped", "SELECT count(*) FROM inbox WHERE state = 4");
        Balance("owed = delivered + bounced + rejected + parked + withdrawn + pending", "Owed", "SELECT count(*) FROM outbox");
        Balance("delivered", "Delivered", "SELECT count(*) FROM outbox WHERE state = 2");
        Balance("rejected", "Rejected", "SELECT count(*) FROM outbox WHERE state = 3");
        Balance("outbound parked", "OutboundParked", "SELECT count(*) FROM outbox WHERE state = 4");
        Balance("withdrawn", "Withdrawn", "SELECT count(*) FROM outbox WHERE state = 5");
        Balance("bounced", "Bounced", "SELECT count(*) FROM outbox WHERE state = 6");
    }

    public void Dispose()
    {
        _database?.Dispose();
        _folder.Dispose();
    }

    private void Balance(string what, string total, string rows) =>
        Assert.Equal((what, Number($"SELECT coalesce((SELECT value FROM totals WHERE name = '{total}'), 0)")), (what, Number(rows)));

    private long Number(string sql)
    {
        using var command = Query(sql);
        return Convert.ToInt64(command.ExecuteScalar(), null);
    }

    private List<string> Texts(string sql)
    {
        using var command = Query(sql);
        using var reader = command.ExecuteReader();
        List<string> texts = [];
        while (reader.Read()) texts.Add(reader.IsDBNull(0) ? "" : reader.GetString(0));
        return texts;
    }

    private SqliteCommand Query(string sql)
    {
        var command = _database!.CreateCommand();
#pragma warning disable CA2100 // The texts of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
