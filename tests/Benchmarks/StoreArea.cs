using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Benchmarks;

/// <summary>How many messages a second are accepted durably, beside the same rows by a bare group commit; and whether stored rows make it
/// slower.</summary>
internal static class StoreArea
{
    private const int WarmUpRounds = 5, RoundCount = 30, GrowthRounds = 11, Leases = 4000;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(0.25);
    private static readonly byte[] Payload = Payloads.Write(
        new InboundMessage("event", new Chat("1", ChatKind.Direct), new Sender("user"), "A message as people write them, one sentence long."));
    private static long _next;

    public static IEnumerable<Figure> Measure()
    {
        using var folder = new BenchFolder();
        var store = Open(folder["store.db"]);
        using var raw = new RawStore(folder["raw.db"]);
        // Until both write-ahead logs have their size: while a file grows, a file system has more to write for each commit.
        Rounds.Pairs(WarmUpRounds, () => Accept(store, 256), () => Raw(raw, 256));
        foreach (var producers in (int[])[1, 8, 64, 256])
        {
            var pairs = Rounds.Pairs(RoundCount, () => Accept(store, producers), () => Raw(raw, producers));
            yield return new Figure($"store.accept_{producers}.per_s", Rounds.Median(pairs.Select(static p => p.Ours.PerSecond)), "1/s");
            yield return new Figure($"store.accept_{producers}.p99_ms", Rounds.Median(pairs.Select(static p => p.Ours.P99)), "ms");
            yield return new Figure($"store.raw_{producers}.per_s", Rounds.Median(pairs.Select(static p => p.Theirs.PerSecond)), "1/s");
            yield return new Figure($"store.raw_{producers}.p99_ms", Rounds.Median(pairs.Select(static p => p.Theirs.P99)), "ms");
            yield return new Figure(
                $"store.accept_{producers}.of_raw", Rounds.Median(pairs.Select(static p => p.Ours.PerSecond / p.Theirs.PerSecond)), "of raw");
        }

        store.Close(TimeSpan.FromSeconds(30));
        foreach (var figure in Growth(folder)) yield return figure;
    }

    private static IEnumerable<Figure> Growth(BenchFolder folder)
    {
        (int Rows, string Name)[] sizes = [(10_000, "1e4"), (1_000_000, "1e6")];
        var stores = sizes.Select(size => Filled(folder[$"{size.Name}.db"], size.Rows)).ToArray();
        var accepted = sizes.Select(static _ => new List<double>()).ToArray();
        var leased = sizes.Select(static _ => new List<double>()).ToArray();
        for (var round = 0; round <= GrowthRounds; round++)
        {
            for (var i = 0; i < stores.Length; i++)
            {
                var (accept, lease) = (Accept(stores[i], 64).PerSecond, Lease(stores[i]));
                if (round == 0) continue;
                accepted[i].Add(accept);
                leased[i].Add(lease);
            }
        }

        for (var i = 0; i < stores.Length; i++)
        {
            yield return new Figure($"store.rows_{sizes[i].Name}.accept.per_s", Rounds.Median(accepted[i]), "1/s");
            yield return new Figure($"store.rows_{sizes[i].Name}.lease.per_s", Rounds.Median(leased[i]), "1/s");
            stores[i].Close(TimeSpan.FromSeconds(30));
        }
    }

    internal static MessageStore Open(string path) => MessageStore.Open(new StoreOptions(path), TimeProvider.System, NullLogger.Instance);

    /// <summary>A store that has settled so many messages of the last days.</summary>
    private static MessageStore Filled(string path, int rows)
    {
        Open(path).Close(TimeSpan.FromSeconds(30));
        using (var connection = new SqliteConnection(Database.ConnectionString(path)))
        {
            connection.Open();
            Database.Execute(connection, "PRAGMA synchronous=OFF;");
            SchemaFunctions.Register(connection);
            var series = $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}), t(now) AS (SELECT unixepoch() * 1000)";
            var payload = Convert.ToHexString(Payload);
            Database.Execute(connection, $"""
                BEGIN;
                {series} INSERT INTO seen SELECT 'a', event_key('old' || i), now - (i % 500000000) FROM n, t;
                {series} INSERT INTO inbox (adapter_id, generation, event_id, conversation, payload, state, accepted_utc, ended_utc)
                  SELECT 'a', 1, 'old' || i, 'a/' || (i % 100), x'{payload}', 2, now - (i % 500000000), now - (i % 500000000) FROM n, t;
                {series} INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, state, owed_utc, due_utc, ended_utc)
                  SELECT 'old.' || i || '.0', i, 'a', 'a/' || (i % 100), x'{payload}', 2, now - (i % 500000000), now, now - (i % 500000000) FROM n, t;
                INSERT INTO usage (adapter_id, seen) VALUES ('a', {rows});
                INSERT INTO totals VALUES ('Accepted', {rows}), ('Handled', {rows}), ('Owed', {rows}), ('Delivered', {rows});
                COMMIT;
                """);
        }

        return Open(path);
    }

    internal static InboundEntry Entry()
    {
        var number = Interlocked.Increment(ref _next);
        return new("a", 1, $"e{number}", $"a/{number % 100}", Payload, new Dictionary<string, string>());
    }

    /// <summary>Producers that send their next message when the last one is durable, as adapters do.</summary>
    internal static (double PerSecond, double P99) Accept(MessageStore store, int producers, TimeSpan? round = null)
    {
        var latencies = new List<double>[producers];
        var started = Stopwatch.GetTimestamp();
        Task.WhenAll(Enumerable.Range(0, producers).Select(producer => Task.Run(async () =>
        {
            var mine = latencies[producer] = [];
            while (Stopwatch.GetElapsedTime(started) < (round ?? Round))
            {
                var source = new TaskCompletionSource<CommandResult<Accepted>>(TaskCreationOptions.RunContinuationsAsynchronously);
                var posted = Stopwatch.GetTimestamp();
                store.Accept(Entry(), source.SetResult);
                if (!(await source.Task.ConfigureAwait(false)).IsDurable) throw new InvalidOperationException("A message was not stored.");
                mine.Add(Stopwatch.GetElapsedTime(posted).TotalMilliseconds);
            }
        }))).GetAwaiter().GetResult();
        return Summarize(latencies, Stopwatch.GetElapsedTime(started));
    }

    private static (double PerSecond, double P99) Raw(RawStore raw, int producers)
    {
        var latencies = new List<double>();
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Round)
        {
            var posted = Stopwatch.GetTimestamp();
            var batch = new InboundEntry[producers];
            for (var i = 0; i < batch.Length; i++) batch[i] = Entry();
            raw.Accept(batch);
            var took = Stopwatch.GetElapsedTime(posted).TotalMilliseconds;
            for (var i = 0; i < batch.Length; i++) latencies.Add(took);
        }

        return Summarize([latencies], Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Messages that are leased and delivered, 64 at once.</summary>
    private static double Lease(MessageStore store)
    {
        var turn = Ask<Accepted>(done => store.Accept(Entry(), done)).InboxId;
        var payload = Payloads.Write(new Chat("1", ChatKind.Direct), new Reply("An answer."));
        var owed = new long[Leases];
        using (var all = new CountdownEvent(Leases))
        {
            for (var i = 0; i < Leases; i++)
            {
                var ordinal = i;
                store.Enqueue(new OutboxEntry($"{store.DatabaseId}.{turn}.{ordinal}", "a", "a/1", payload) { InboxId = turn }, commandResult =>
                {
                    owed[ordinal] = commandResult.Value.Row!.Id;
                    all.Signal();
                });
            }

            all.Wait();
        }

        Ask<bool>(done => store.EndTurn(new TurnEnd(turn, new ReplyLedger(), null), done));
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var mine && mine < Leases)
            {
                if (await AskAsync<Lease?>(done => store.LeaseSend(owed[mine], 1, 1, done)).ConfigureAwait(false) is null)
                    throw new InvalidOperationException("A message could not be leased.");
                await AskAsync<bool>(done => store.SettleDelivered(owed[mine], "m", done)).ConfigureAwait(false);
            }
        }))).GetAwaiter().GetResult();
        return Leases / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    internal static T Ask<T>(Action<Action<CommandResult<T>>> verb) => AskAsync(verb).GetAwaiter().GetResult();

    private static async Task<T> AskAsync<T>(Action<Action<CommandResult<T>>> verb)
    {
        var source = new TaskCompletionSource<CommandResult<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        verb(source.SetResult);
        var commandResult = await source.Task.ConfigureAwait(false);
        return commandResult.IsDurable ? commandResult.Value! : throw new InvalidOperationException(commandResult.Failure!.Message);
    }

    private static (double PerSecond, double P99) Summarize(IEnumerable<List<double>> latencies, TimeSpan took)
    {
        var all = latencies.SelectMany(static mine => mine).Order().ToArray();
        return (all.Length / took.TotalSeconds, all[(int)(0.99 * (all.Length - 1))]);
    }
}
