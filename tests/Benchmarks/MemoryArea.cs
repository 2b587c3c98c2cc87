using System.Diagnostics;
using PluginGateway.Store;

namespace PluginGateway.Benchmarks;

/// <summary>How much longer a message takes to be accepted durably while 64 turns a second end beside it, each with 32 KiB of memory, than beside the same turns
/// without memory.</summary>
internal static class MemoryArea
{
    private const int RoundCount = 12, TurnsPerSecond = 64, Sessions = 500, Keys = 2;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);
    private static int _turns;

    public static IEnumerable<Figure> Measure()
    {
        using var folder = new BenchFolder();
        var store = StoreArea.Open(folder["memory.db"]);
        // Every session has its memory already, and the write-ahead log its size.
        for (var i = 0; i < Sessions; i++) EndTurn(store, withMemory: true);
        foreach (var producers in (int[])[1, 64])
        {
            var pairs = Rounds.Pairs(RoundCount, () => Accept(store, producers, withMemory: true), () => Accept(store, producers, withMemory: false));
            yield return new Figure($"memory.accept_{producers}.p99_ms", Rounds.Median(pairs.Select(static p => p.Ours.P99)), "ms");
            yield return new Figure($"memory.without_{producers}.p99_ms", Rounds.Median(pairs.Select(static p => p.Theirs.P99)), "ms");
            yield return new Figure($"memory.accept_{producers}.p99_ratio", Rounds.Median(pairs.Select(static p => p.Ours.P99 / p.Theirs.P99)), "of without");
            yield return new Figure(
                $"memory.accept_{producers}.rate_ratio", Rounds.Median(pairs.Select(static p => p.Ours.PerSecond / p.Theirs.PerSecond)), "of without");
        }

        store.Close(TimeSpan.FromSeconds(30));
    }

    private static (double PerSecond, double P99) Accept(MessageStore store, int producers, bool withMemory)
    {
        using var ended = new CancellationTokenSource();
        var turns = new Thread(() => EndTurns(store, withMemory, ended.Token)) { IsBackground = true };
        turns.Start();
        try
        {
            return StoreArea.Accept(store, producers, Round);
        }
        finally
        {
            ended.Cancel();
            turns.Join();
        }
    }

    /// <summary>Ends turns at their rate, none before the last one has ended.</summary>
    private static void EndTurns(MessageStore store, bool withMemory, CancellationToken cancellationToken)
    {
        var (started, count) = (Stopwatch.GetTimestamp(), 0);
        while (!cancellationToken.IsCancellationRequested)
        {
            EndTurn(store, withMemory);
            var due = TimeSpan.FromSeconds(++count / (double)TurnsPerSecond) - Stopwatch.GetElapsedTime(started);
            if (due > TimeSpan.Zero) Thread.Sleep(due);
        }
    }

    private static void EndTurn(MessageStore store, bool withMemory)
    {
        var (turn, number) = (StoreArea.Ask<Accepted>(done => store.Accept(StoreArea.Entry(), done)).InboxId, _turns++);
        var owner = new MemoryOwner("handler:default", $"a/{number % Sessions}", "a", null);
        StoreArea.Ask<TurnBegin>(done => store.BeginTurn(turn, 1, owner, done));
        var value = new string((char)('a' + (number % 26)), 32 * 1024 / Keys);
        var changes = Enumerable.Range(0, Keys).ToDictionary(static key => $"k{key}", string? (_) => value);
        StoreArea.Ask<EndedTurn>(done => store.FinishTurn(new TurnEnd(turn, new(), withMemory ? new(owner, changes) : null), done));
    }
}
