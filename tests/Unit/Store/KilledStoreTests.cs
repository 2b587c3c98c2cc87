using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using PluginGateway.Store;
using PluginGateway.Threads;

namespace PluginGateway.Tests.Store;

/// <summary>SIGKILL at random moments under full load, start and opening included: what was acknowledged is in the store exactly once, in the state
/// that was acknowledged.</summary>
public sealed class KilledStoreTests
{
    private const int Lanes = 4;
    private static readonly int Kills = Effort.Of(Effort.IsLong ? 250 : 25) * Lanes;

    [Fact]
    public void Kills_lose_nothing_that_was_acknowledged_and_double_nothing()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var problems = new List<string>();
        var (kills, acknowledged) = (0, 0);
        var lanes = Enumerable.Range(0, Lanes).Select(lane => LoopThread.Start("killer", () =>
        {
            var random = new Random(seed + lane);
            using var folder = new StoreFolder();
            try
            {
                for (var round = 0; round < Kills / Lanes; round++)
                {
                    var said = KillOne(folder, random);
                    Verify(folder, said);
                    Interlocked.Increment(ref kills);
                    Interlocked.Add(ref acknowledged, said.Count);
                }
            }
            catch (Exception problem)
            {
                lock (problems) problems.Add($"seed {seed}, lane {lane}: {problem.Message}");
            }
        })).ToArray();
        foreach (var lane in lanes) lane.Join();
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {acknowledged} acknowledgements");
        Assert.Empty(problems);
        Assert.Equal(Kills, kills);
        Assert.True(acknowledged > Kills * 10, $"only {acknowledged} acknowledgements");
    }

    /// <summary>Starts the load, kills it, and returns what it had said until then.</summary>
    private static List<string> KillOne(StoreFolder folder, Random random)
    {
        var info = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "PluginGateway.Tests"), ["-?"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        info.Environment[StoreLoadChild.Variable] = folder.Database;
        info.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        info.Environment["DOTNET_TieredPGO"] = "0";
        using var process = Process.Start(info)!;
        var said = new List<string>();
        // One in five is killed while it starts; the others after some of what they say, in the middle of the next.
        if (random.Next(5) == 0) Thread.Sleep(random.Next(250));
        else for (var lines = random.Next(1, 300); lines > 0 && process.StandardError.ReadLine() is { } line; lines--) said.Add(line);
        process.Kill();
        while (process.StandardError.ReadLine() is { } line)
        {
            said.Add(line);
        }

        process.WaitForExit();
        return said;
    }

    private static void Verify(StoreFolder folder, List<string> said)
    {
        var store = folder.Open();
        store.Balance();
        store.CloseCleanly();
        using var connection = new SqliteConnection($"Data Source={folder.Database};Pooling=False");
        connection.Open();
        var doubled = Rows(connection,
            "SELECT event_id, count(*) FROM inbox GROUP BY event_id HAVING count(*) > 1 UNION ALL SELECT inbox_id, count(*) FROM outbox GROUP BY inbox_id HAVING count(*) > 1");
        Assert.True(doubled.Count == 0, $"doubled: {string.Join(", ", doubled.Keys)}");
        var inbox = Rows(connection, "SELECT event_id, state FROM inbox");
        var outbox = Rows(connection, "SELECT id, state FROM outbox");
        foreach (var line in said)
        {
            var words = line.Split(' ');
            var isTrue = words[0] switch
            {
                "ready" => true,
                "accepted" => inbox.ContainsKey(words[1]),
                "handled" => inbox.GetValueOrDefault(words[1], -1) == 2,
                "owed" or "resent" => outbox.ContainsKey(words[1]),
                "delivered" => outbox.GetValueOrDefault(words[1], -1) == 2,
                // The line that the kill cut off, or what the test runner says of threads that keep it alive.
                _ => ReferenceEquals(line, said[^1]) || line.StartsWith('['),
            };
            Assert.True(isTrue, $"It said '{line}', and the store does not.");
        }
    }

    private static Dictionary<string, long> Rows(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        while (reader.Read()) rows[reader.GetValue(0).ToString()!] = reader.GetInt64(1);
        return rows;
    }
}
