namespace PluginGateway.Guard.Calls;

/// <summary>Statistics of the calls of one adapter id or handler, over all its generations. A call costs one interlocked addition, and a second one
/// if it took long enough to be seen by the watch's clock, which moves every 5 ms.</summary>
internal sealed class CallStatistics
{
    private const int Outcomes = 3;

    private static readonly int Operations = Enum.GetValues<Operation>().Length;
    private static readonly double[] BoundSeconds = [0.01, 0.05, 0.25, 1, 5, 30];
    private static readonly long[] BoundTicks = [.. BoundSeconds.Select(static seconds => (long)(seconds * TimeSpan.TicksPerSecond))];

    private readonly long[] _counts = new long[Operations * Outcomes * (BoundSeconds.Length + 1)];
    private readonly long[] _ticks = new long[Operations];

    /// <summary>The upper bounds of the spans in which calls are counted, in seconds; the last span has none.</summary>
    public static IReadOnlyList<double> Bounds => BoundSeconds;

    /// <summary>Counts a call that was entered and has ended. Any thread.</summary>
    public void Count(Operation operation, in CallEnd end)
    {
        var ticks = end.Elapsed.Ticks;
        var span = 0;
        while (span < BoundTicks.Length && ticks > BoundTicks[span]) span++;
        Interlocked.Increment(ref _counts[IndexOf((int)operation, end.Kind, span)]);
        if (ticks > 0) Interlocked.Add(ref _ticks[(int)operation], ticks);
    }

    /// <summary>Every operation that has been called.</summary>
    public IEnumerable<OperationStatistics> Read()
    {
        for (var operation = 0; operation < Operations; operation++)
        {
            var spans = new long[BoundTicks.Length + 1];
            var byOutcome = new Dictionary<CallEndKind, long>();
            foreach (var kind in (ReadOnlySpan<CallEndKind>)[CallEndKind.Completed, CallEndKind.Failed, CallEndKind.Overdue])
            {
                for (var span = 0; span < spans.Length; span++)
                {
                    var count = Volatile.Read(ref _counts[IndexOf(operation, kind, span)]);
                    spans[span] += count;
                    byOutcome[kind] = byOutcome.GetValueOrDefault(kind) + count;
                }
            }

            if (spans.Any(static count => count > 0))
                yield return new((Operation)operation, byOutcome, spans, TimeSpan.FromTicks(Volatile.Read(ref _ticks[operation])));
        }
    }

    private static int IndexOf(int operation, CallEndKind kind, int span) =>
        (((operation * Outcomes) + (int)kind - (int)CallEndKind.Completed) * (BoundTicks.Length + 1)) + span;
}

/// <summary>Calls of one operation: their number by outcome and by span of <see cref="CallStatistics.Bounds"/>, and their total duration.</summary>
internal sealed record OperationStatistics(
    Operation Operation, IReadOnlyDictionary<CallEndKind, long> ByOutcome, IReadOnlyList<long> Spans, TimeSpan Total);
