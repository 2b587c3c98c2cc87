namespace PluginGateway.Store.Engine;

/// <summary>Counters of the writer since the start. Written by its thread, read by any.</summary>
internal sealed class WriterStatistics
{
    private long _commits;
    private long _commands;
    private long _failures;

    /// <summary>Transactions that became durable.</summary>
    public long Commits => Volatile.Read(ref _commits);

    /// <summary>Verbs written in those transactions.</summary>
    public long Commands => Volatile.Read(ref _commands);

    /// <summary>Transactions that were rolled back.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public void Add(int commands)
    {
        Volatile.Write(ref _commits, _commits + 1);
        Volatile.Write(ref _commands, _commands + commands);
    }

    public void AddFailure() => Volatile.Write(ref _failures, _failures + 1);
}
